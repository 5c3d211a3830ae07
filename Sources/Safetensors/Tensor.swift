/// A named array of numbers as a safetensors file holds it.
public struct Tensor: Sendable {
  /// The kind of number, under the format's names.
  public enum Element: String, Hashable, Sendable, CaseIterable {
    /// Truth values, a byte each.
    case bool = "BOOL"
    /// Unsigned bytes.
    case uint8 = "U8"
    /// Signed bytes.
    case int8 = "I8"
    /// 16-bit integers.
    case int16 = "I16"
    /// 16-bit unsigned integers.
    case uint16 = "U16"
    /// IEEE 754 half precision.
    case float16 = "F16"
    /// The upper half of IEEE 754 single precision.
    case bfloat16 = "BF16"
    /// 32-bit integers.
    case int32 = "I32"
    /// 32-bit unsigned integers.
    case uint32 = "U32"
    /// IEEE 754 single precision.
    case float32 = "F32"
    /// IEEE 754 double precision.
    case float64 = "F64"
    /// 64-bit integers.
    case int64 = "I64"
    /// 64-bit unsigned integers.
    case uint64 = "U64"

    /// Bytes a number.
    public var size: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .float64, .int64, .uint64: 8
      }
    }
  }

  /// The name, such as `rnn.weight_ih_l0`.
  public var name: String
  /// The kind of number.
  public var element: Element
  /// The extent of each dimension, outermost first; empty for a single number.
  public var shape: [Int]
  private var content: Content

  /// Numbers that are in memory anyway are turned into bytes only where these are asked for.
  private enum Content: Sendable {
    case bytes(ArraySlice<UInt8>)
    case floats(ArraySlice<Float>)
    case rounded(ArraySlice<Float>)
  }

  /// The numbers, little-endian, row-major.
  public var bytes: ArraySlice<UInt8> {
    get {
      if case .bytes(let bytes) = content { return bytes }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(byteCount)
      forEachPiece { bytes += $0 }
      return bytes[...]
    }
    set { content = .bytes(newValue) }
  }

  /// How many bytes the numbers take.
  public var byteCount: Int {
    switch content {
    case .bytes(let bytes): bytes.count
    case .floats(let values): values.count * 4
    case .rounded(let values): values.count * 2
    }
  }

  /// Hands out the bytes in pieces of a megabyte at most, so that they are never there twice.
  ///
  /// - Parameter body: called with one piece after the other.
  /// - Throws: what `body` throws.
  public func forEachPiece<Failure: Error>(
    _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let most = 1 << 20
    switch content {
    case .bytes(let bytes):
      var rest = bytes
      while !rest.isEmpty {
        try body(rest.prefix(most))
        rest = rest.dropFirst(most)
      }
    case .floats(let values):
      try Tensor.forEachPart(of: values, most / 4) { (part) throws(Failure) in
        var piece: [UInt8] = []
        piece.reserveCapacity(part.count * 4)
        for value in part { piece.appendLittleEndian(value.bitPattern) }
        try body(piece[...])
      }
    case .rounded(let values):
      try Tensor.forEachPart(of: values, most / 2) { (part) throws(Failure) in
        var piece: [UInt8] = []
        piece.reserveCapacity(part.count * 2)
        for value in part { piece.appendLittleEndian(Tensor.bfloat16(nearest: value)) }
        try body(piece[...])
      }
    }
  }

  private static func forEachPart<Failure: Error>(
    of values: ArraySlice<Float>, _ count: Int,
    _ body: (ArraySlice<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    var rest = values
    while !rest.isEmpty {
      try body(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
  }

  /// Creates a tensor; `bytes` must hold as many numbers as the shape says.
  public init(name: String, element: Element, shape: [Int], bytes: ArraySlice<UInt8>) {
    precondition(
      bytes.count == shape.reduce(element.size, *),
      "tensor \(name): \(bytes.count) bytes for shape \(shape)")
    self.name = name
    self.element = element
    self.shape = shape
    content = .bytes(bytes)
  }
}

extension Tensor: Hashable {
  /// Tensors are equal where they would be the same in a file.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    left.name == right.name && left.element == right.element && left.shape == right.shape
      && left.bytes == right.bytes
  }

  /// Takes in what makes tensors equal.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(element)
    hasher.combine(shape)
    hasher.combine(bytes)
  }
}

extension Tensor {
  /// Creates a tensor of single-precision numbers, which are shared until its bytes are asked for.
  public init(name: String, shape: [Int], floats: some Collection<Float>) {
    self.init(name, .float32, shape, .floats(Tensor.shared(floats)))
  }

  /// Creates a tensor of bfloat16 numbers, rounded to nearest, ties to even.
  public init(name: String, shape: [Int], roundingToBFloat16 floats: some Collection<Float>) {
    self.init(name, .bfloat16, shape, .rounded(Tensor.shared(floats)))
  }

  private init(_ name: String, _ element: Element, _ shape: [Int], _ content: Content) {
    self.name = name
    self.element = element
    self.shape = shape
    self.content = content
    precondition(
      byteCount == shape.reduce(element.size, *),
      "tensor \(name): \(byteCount) bytes for shape \(shape)")
  }

  /// The same numbers, without a copy where they are an array's.
  private static func shared(_ floats: some Collection<Float>) -> ArraySlice<Float> {
    if let slice = floats as? ArraySlice<Float> { return slice }
    if let array = floats as? [Float] { return array[...] }
    return ArraySlice(floats)
  }

  private static func bfloat16(nearest value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = value.isNaN ? bits | 0x0040_0000 : bits &+ 0x7FFF &+ (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
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
    if element == .float32, case .floats(let values) = content { return Array(values) }
    return switch element {
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
    let bytes = bytes
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
