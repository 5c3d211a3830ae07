/// Why bytes are not a safetensors file.
public struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// Fewer bytes than the format's smallest file.
    case tooShort(bytes: Int)
    /// The header's length goes past the end of the file.
    case headerPastEnd(length: UInt64, available: Int)
    /// The header is not the JSON that the format asks for.
    case malformedHeader(String)
    /// A tensor's element type is unknown.
    case unknownElement(tensor: String, element: String)
    /// A tensor's byte range does not fit its shape, its neighbours or the file.
    case misplacedTensor(String)
    /// The file ends before its last tensor, or goes on after it.
    case wrongLength(data: Int, expected: Int)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .tooShort(let bytes):
      "\(bytes) bytes are too few for a safetensors file"
    case .headerPastEnd(let length, let available):
      "byte 0: not a safetensors file: header of \(length) bytes, \(available) bytes follow"
    case .malformedHeader(let what):
      "byte 8: not a safetensors file: \(what)"
    case .unknownElement(let tensor, let element):
      "tensor \(tensor) has elements of type \(element), which is unknown"
    case .misplacedTensor(let tensor):
      "tensor \(tensor) has a byte range that does not fit its shape, its neighbours or the file"
    case .wrongLength(let data, let expected):
      data < expected
        ? "cut short: \(data) bytes of numbers, expected \(expected)"
        : "\(data) bytes of numbers, expected \(expected)"
    }
  }
}
