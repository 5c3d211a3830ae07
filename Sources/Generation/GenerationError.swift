public import Recurrent
public import Settings

/// Why a piece cannot be generated as asked.
public struct GenerationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// A setting outside its range.
    case setting(SettingError)
    /// Steering that contradicts itself or the model's vocabulary.
    case steering(String)
    /// A condition that the model cannot be told.
    case condition(String)
    /// A given part that the model knows nothing of, or none that it needs.
    case given(String)
    /// A model that cannot play together with somebody in the way that is asked for.
    case dialogue(String)
    /// A form that the model cannot keep to, or the primer leaves no room for.
    case form(String)
    /// A primer without notes in the model's vocabulary.
    case emptyPrimer
    /// A network that cannot be stepped on this machine.
    case network(NetworkError)
    /// Weights that learn from a primer grew beyond all bounds.
    case adaptationDiverged
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .setting(let error): error.description
    case .steering(let problem), .condition(let problem), .given(let problem), .form(let problem),
      .dialogue(let problem):
      problem
    case .network(let error): error.description
    case .adaptationDiverged:
      "the weights ran away as they learnt from the primer, expected a lower rate"
    case .emptyPrimer: "the primer holds no note that the model's vocabulary knows"
    }
  }
}

extension GenerationError {
  /// Throws unless a setting is what it may be.
  static func check(
    _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(GenerationError) {
    do {
      try SettingError.check(key, found, holds, expected)
    } catch {
      throw GenerationError(.setting(error))
    }
  }
}
