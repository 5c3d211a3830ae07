/// A message in the wire format of protocol buffers, in the order in which its fields are added.
///
/// What a field means only its number says; a field that is not added has its default. Fields in the order of
/// their numbers give the bytes that Google's implementation does.
///
/// Reference: Protocol Buffers documentation, "Encoding".
public struct MessageWriter: Hashable, Sendable {
  /// The message.
  public private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  /// Creates an empty message.
  public init() {}

  /// Adds a whole number (`int32`, `int64`, an enumeration); one below zero takes ten bytes.
  public mutating func add(_ field: Int, _ value: Int) {
    add(field, .varint)
    add(varint: UInt64(bitPattern: Int64(value)))
  }

  /// Adds a number of `float`.
  public mutating func add(_ field: Int, _ value: Float) {
    add(field, .fourBytes)
    add(littleEndian: value.bitPattern)
  }

  /// Adds a number of `double`.
  public mutating func add(_ field: Int, _ value: Double) {
    add(field, .eightBytes)
    add(littleEndian: value.bitPattern)
  }

  /// Adds a text.
  public mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  /// Adds bytes.
  public mutating func add(_ field: Int, _ value: [UInt8]) {
    add(field, .counted)
    add(varint: UInt64(value.count))
    bytes += value
  }

  /// Adds a message.
  public mutating func add(_ field: Int, _ value: MessageWriter) { add(field, value.bytes) }

  /// Adds whole numbers, packed; nothing where there are none.
  public mutating func add(_ field: Int, _ values: [Int]) {
    guard !values.isEmpty else { return }
    var packed = MessageWriter()
    for value in values { packed.add(varint: UInt64(bitPattern: Int64(value))) }
    add(field, packed)
  }

  /// Adds numbers of `float`, packed; nothing where there are none.
  public mutating func add(_ field: Int, _ values: [Float]) {
    guard !values.isEmpty else { return }
    var packed = MessageWriter()
    for value in values { packed.add(littleEndian: value.bitPattern) }
    add(field, packed)
  }

  /// Adds numbers of `double`, packed; nothing where there are none.
  public mutating func add(_ field: Int, _ values: [Double]) {
    guard !values.isEmpty else { return }
    var packed = MessageWriter()
    for value in values { packed.add(littleEndian: value.bitPattern) }
    add(field, packed)
  }

  private mutating func add(_ field: Int, _ type: WireType) {
    add(varint: UInt64(field) << 3 | type.rawValue)
  }

  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func add(littleEndian value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
