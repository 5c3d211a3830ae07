extension Tensor {
  /// Creates a tensor of single-precision numbers.
  public init(name: String, shape: [Int], floats: some Collection<Float>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(floats.count * 4)
    for value in floats { bytes.appendLittleEndian(value.bitPattern) }
    self.init(name: name, element: .float32, shape: shape, bytes: bytes[...])
  }

  /// Creates a tensor of bfloat16 numbers, rounded to nearest, ties to even.
  public init(name: String, shape: [Int], roundingToBFloat16 floats: some Collection<Float>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(floats.count * 2)
    for value in floats {
      let bits = value.bitPattern
      let rounded = value.isNaN ? bits | 0x0040_0000 : bits &+ 0x7FFF &+ (bits >> 16 & 1)
      bytes.appendLittleEndian(UInt16(truncatingIfNeeded: rounded >> 16))
    }
    self.init(name: name, element: .bfloat16, shape: shape, bytes: bytes[...])
  }

  /// Creates a tensor of unsigned 64-bit integers.
  public init(name: String, shape: [Int], integers: some Collection<UInt64>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(integers.count * 8)
    for value in integers { bytes.appendLittleEndian(value) }
    self.init(name: name, element: .uint64, shape: shape, bytes: bytes[...])
  }

  /// The numbers in single precision; nil unless the tensor holds floating-point numbers.
  public var floats: [Float]? {
    switch element {
    case .float32: integers(UInt32.self).map { Float(bitPattern: $0) }
    case .bfloat16: integers(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .float16: integers(UInt16.self).map(Tensor.single(fromHalf:))
    case .float64: integers(UInt64.self).map { Float(Double(bitPattern: $0)) }
    default: nil
    }
  }

  /// The numbers of a tensor of unsigned 64-bit integers; nil for any other.
  public var unsignedIntegers: [UInt64]? {
    element == .uint64 ? integers(UInt64.self) : nil
  }

  /// IEEE 754 half to single precision.
  private static func single(fromHalf half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 0x1F)
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  private func integers<Integer: FixedWidthInteger>(_: Integer.Type) -> [Integer] {
    let width = Integer.bitWidth / 8
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
      var value: Integer = 0
      for offset in (0..<width).reversed() {
        value = value << 8 | Integer(truncatingIfNeeded: bytes[start + offset])
      }
      return value
    }
  }
}

extension [UInt8] {
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
