import ArgumentParser
import MuseGen

/// Which conditions a model learns to be told.
struct ConditionsFlag: FormedArgument, CustomStringConvertible {
  static let form =
    "none, or any of \(ConditionKind.allCases.map(\.rawValue).joined(separator: ","))"

  let kinds: [ConditionKind]

  init(_ kinds: [ConditionKind] = []) { self.kinds = kinds }

  init?(argument: String) {
    guard argument != "none" else {
      kinds = []
      return
    }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let kinds = parts.compactMap { ConditionKind(rawValue: String($0)) }
    guard kinds.count == parts.count, Set(kinds).count == kinds.count else { return nil }
    self.kinds = kinds.sorted()
  }

  var description: String {
    kinds.isEmpty ? "none" : kinds.map(\.rawValue).joined(separator: ",")
  }

  var defaultValueDescription: String { description }
}

/// What pieces are told of themselves in training.
struct ConditionTrainingOptions: ParsableArguments {
  @Option(
    help: """
      Tell the network before each piece what it is, so that it can be asked for: any of \
      \(ConditionKind.allCases.map(\.rawValue).joined(separator: ",")).
      """)
  var conditions = ConditionsFlag()

  @Option(
    parsing: .unconditional,
    help: """
      The share in which each of them is hidden in training, 0 to 0.5 (default: \
      \(TrainingSettings.defaultConditionDropout)).
      """)
  var conditionDropout: Float?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Let the network hear them at every event, not only before the piece.")
  var keepConditions = true

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("conditions", conditions.description), .init("condition-dropout", conditionDropout),
      .init("keep-conditions", keepConditions),
    ]
  }

  /// The names of the settings that a trained model has fixed.
  static let shapeNames: Set = ["conditions", "keep-conditions"]
}

/// What a model that knows conditions is told, besides what steering asks for.
struct ConditionOptions: ParsableArguments {
  @Option(help: "The style or composer, of those that the model knows; musegen info lists them.")
  var style: String?

  @Option(
    parsing: .unconditional,
    help: """
      How much what the model is told counts: 1 as it learned, more sharpens it, at twice the work \
      (default: the model's, else 1).
      """)
  var guidance: Float?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: """
      Tell the model also what is not asked for: of a primer its key, metre, tempo and instruments, the rest \
      drawn as the music it learned from combines it.
      """)
  var completeConditions = true

  @Flag(help: "Let the sampler lean to --key and --density even where the model knows them.")
  var steer = false

  /// The names of the flags; all have an effect on some models only.
  static let flags = ["style", "guidance", "steer", "complete-conditions"]
}
