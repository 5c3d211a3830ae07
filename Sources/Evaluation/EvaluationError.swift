public import Recurrent

/// Why a model cannot be measured.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// The pieces are encoded in another vocabulary than the model's, each by its name.
    case vocabulary(corpus: String, model: String)
    /// Memory would not suffice for the network.
    case network(NetworkError)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .vocabulary(let corpus, let model):
      "the pieces are encoded in \(corpus), expected the model's own \(model)"
    case .network(let error): error.description
    }
  }
}
