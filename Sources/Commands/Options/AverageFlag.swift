import ArgumentParser

/// The average of the weights that is kept, as typed: `0.999`, `auto` or `auto:3`.
enum AverageFlag: FormedArgument {
  static let form = "a number such as 0.999, auto or auto:3"

  /// A running average of this decay.
  case decay(Float)
  /// The plain mean, begun by the validations.
  case trigger(validations: Int)

  private static let usualValidations = 5

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts[0] == "auto" {
      guard parts.count == 1 || Int(parts[1]) != nil else { return nil }
      self = .trigger(validations: parts.count == 1 ? Self.usualValidations : Int(parts[1]) ?? 0)
    } else {
      guard let decay = Float(argument) else { return nil }
      self = .decay(decay)
    }
  }

  var decay: Float? { if case .decay(let decay) = self { decay } else { nil } }

  var trigger: Int? { if case .trigger(let validations) = self { validations } else { nil } }

  /// As it stands in a file of settings.
  var value: ConfigurationEntry.Value {
    switch self {
    case .decay(let decay): .number("\(decay)")
    case .trigger(let validations):
      .text(validations == Self.usualValidations ? "auto" : "auto:\(validations)")
    }
  }
}
