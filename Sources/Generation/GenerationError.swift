/// Why a piece cannot be generated as asked.
public struct GenerationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// A setting outside its range.
    case setting(name: String, value: String, expected: String)
    /// Steering that contradicts itself or the model's vocabulary.
    case steering(String)
    /// A primer without notes in the model's vocabulary.
    case emptyPrimer
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .setting(let name, let value, let expected): "\(name) is \(value), expected \(expected)"
    case .steering(let problem): problem
    case .emptyPrimer: "the primer holds no note that the model's vocabulary knows"
    }
  }
}
