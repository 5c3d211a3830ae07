/// A named array of numbers as a safetensors file holds it.
public struct Tensor: Hashable, Sendable {
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
  /// The numbers, little-endian, row-major.
  public var bytes: ArraySlice<UInt8>

  /// Creates a tensor; `bytes` must hold as many numbers as the shape says.
  public init(name: String, element: Element, shape: [Int], bytes: ArraySlice<UInt8>) {
    precondition(
      bytes.count == shape.reduce(element.size, *),
      "tensor \(name): \(bytes.count) bytes for shape \(shape)")
    self.name = name
    self.element = element
    self.shape = shape
    self.bytes = bytes
  }
}
