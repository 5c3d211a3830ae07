/// A 64-bit hash that is the same in every run and on every machine, unlike `Hasher`.
///
/// Reference: Fowler, Noll, Vo, FNV-1a, with the finaliser of SplitMix64.
public struct StableHash: Sendable {
  /// The state after what was combined so far: FNV-1a itself where only bytes were.
  public private(set) var state: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01B3

  /// Creates the hash of nothing.
  public init() {}

  /// Takes in bytes, one after the other.
  public mutating func combine(_ bytes: [UInt8]) { combine(bytes[...]) }

  /// Takes in bytes, one after the other.
  public mutating func combine(_ bytes: ArraySlice<UInt8>) {
    // Not for any sequence: a generic function of another module takes bytes one call at a time.
    for byte in bytes { state = (state ^ UInt64(byte)) &* Self.prime }
  }

  /// Takes in numbers, four at once.
  public mutating func combine(_ numbers: ArraySlice<UInt16>) {
    var place = numbers.startIndex
    while numbers.endIndex - place >= 4 {
      let low = UInt64(numbers[place]) | UInt64(numbers[place + 1]) << 16
      let high = UInt64(numbers[place + 2]) | UInt64(numbers[place + 3]) << 16
      state = splitMix64(state ^ (low | high << 32)) &* Self.prime
      place += 4
    }
    for number in numbers[place...] { combineBytes(of: number) }
  }

  /// Takes in a number's eight bytes, the lowest first.
  public mutating func combine(bytesOf number: UInt64) { combineBytes(of: number) }

  // For this module alone: in another one it would be called for any number, a shift at a time.
  private mutating func combineBytes(of number: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      state = (state ^ UInt64(truncatingIfNeeded: number >> shift) & 0xFF) &* Self.prime
    }
  }

  /// Takes in the bytes of many numbers, the lowest of each first.
  public mutating func combine(bytesOf numbers: [Float]) {
    for number in numbers { combineBytes(of: number.bitPattern) }
  }

  /// Takes in a number at once.
  public mutating func combine(_ value: Int) {
    // Whole words through one multiplication would let neighbouring values cancel.
    state = splitMix64(state ^ UInt64(bitPattern: Int64(value))) &* Self.prime
  }

  /// The hash, every bit of it depending on every bit that went in.
  public var value: UInt64 { splitMix64(state) }
}

/// The finaliser of SplitMix64 after one step of its counter: neighbouring numbers become unlike ones.
///
/// Reference: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
public func splitMix64(_ value: UInt64) -> UInt64 {
  var mixed = value &+ 0x9E37_79B9_7F4A_7C15
  mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
  return mixed ^ mixed >> 31
}

/// A seed for one purpose, out of a run's seed and two numbers that name the purpose.
///
/// No choice then depends on how many others were made before it.
public func derivedSeed(_ seed: UInt64, _ first: UInt64, _ second: UInt64) -> UInt64 {
  [first, second].reduce(seed) { splitMix64($0 &+ 0x9E37_79B9_7F4A_7C15 &* $1) }
}

extension FixedWidthInteger {
  /// The number in hexadecimal, with all its leading zeros.
  public var hexadecimal: String {
    let digits = String(Magnitude(truncatingIfNeeded: self), radix: 16)
    return String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
  }
}
