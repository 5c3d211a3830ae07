import ArgumentParser
import MuseGen

/// How the weights learn from a piece.
struct AdaptationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "How far the weights go at each step as they learn from a piece."
  )
  var adaptRate = Adaptation().rate

  @Option(
    parsing: .unconditional,
    help: "The share of the way back to the model that they go at each step.")
  var adaptDecay = Adaptation().decay

  @Option(parsing: .unconditional, help: "How many events are read between two steps.")
  var adaptSegment = Adaptation().segment

  /// The flags' long names.
  static let flags = ["adapt-rate", "adapt-decay", "adapt-segment"]

  /// The settings.
  var adaptation: Adaptation {
    Adaptation(rate: adaptRate, decay: adaptDecay, segment: adaptSegment)
  }
}
