import Music
import Tokenization

/// Numbers and attributes written one behind the other, all little-endian.
struct ByteWriter {
  var bytes: [UInt8] = []

  /// Writes attributes but for their style: key, metre, tempo, density and families, all bits set for
  /// what is not known.
  mutating func write(_ attributes: PieceAttributes) {
    write(attributes.key.map { UInt64($0.tonic + ($0.isMinor ? 12 : 0)) } ?? .max)
    write(
      attributes.metre.map {
        UInt64(UInt32(clamping: $0.numerator)) << 32 | UInt64(UInt32(clamping: $0.denominator))
      } ?? .max)
    write(attributes.tempo?.bitPattern ?? .max)
    write(attributes.density?.bitPattern ?? .max)
    write(
      attributes.instruments.map { families in
        InstrumentFamily.allCases.enumerated().reduce(UInt64(0)) { bits, family in
          families.contains(family.element) ? bits | UInt64(1) << UInt64(family.offset) : bits
        }
      } ?? .max)
  }

  mutating func write(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
  }

  /// Writes numbers of 16 bits: an append for each byte would look each time whether there is room.
  mutating func write(_ numbers: [some FixedWidthInteger]) {
    var place = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: 2 * numbers.count))
    var room = bytes.mutableSpan
    for number in numbers {
      room[place] = UInt8(truncatingIfNeeded: number)
      room[place + 1] = UInt8(truncatingIfNeeded: number >> 8)
      place += 2
    }
  }

  mutating func write(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

/// Reads what a ``ByteWriter`` wrote; nil where the bytes are over.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  var rest: Int { bytes.endIndex - place }

  mutating func read() -> UInt64? {
    guard rest >= 8 else { return nil }
    defer { place += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  /// Reads bytes; nil where there are not so many.
  mutating func read(count: Int) -> [UInt8]? {
    guard count >= 0, count <= rest else { return nil }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  /// Reads attributes; nil where they are none.
  mutating func readAttributes() -> PieceAttributes? {
    guard let key = read(), let metre = read(), let tempo = read(), let density = read(),
      let families = read()
    else { return nil }
    var attributes = PieceAttributes()
    if key != .max {
      guard key < 24 else { return nil }
      attributes.key = Key(tonic: Int(key % 12), isMinor: key >= 12)
    }
    if metre != .max {
      attributes.metre = PieceAttributes.Metre(
        numerator: Int(metre >> 32), denominator: Int(metre & 0xFFFF_FFFF))
    }
    for (bits, path) in [
      (tempo, \PieceAttributes.tempo), (density, \PieceAttributes.density),
    ] where bits != .max {
      let value = Double(bitPattern: bits)
      guard value > 0, value.isFinite else { return nil }
      attributes[keyPath: path] = value
    }
    if families != .max {
      attributes.instruments = Set(
        InstrumentFamily.allCases.enumerated().filter { families >> UInt64($0.offset) & 1 == 1 }
          .map(\.element))
    }
    return attributes
  }

  /// Reads a length of time; nil where it is none.
  mutating func readSeconds() -> Double? {
    read().map(Double.init(bitPattern:)).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
  }
}
