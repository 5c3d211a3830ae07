import ArgumentParser

/// Among which of the likely events a model chooses.
struct LikelyEventOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Choose among the K likeliest events only.")
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Choose among the likeliest events that together have this probability (default: the model's, \
      else 1).
      """)
  var topP: Float?

  @Option(
    parsing: .unconditional,
    help: """
      Choose among events at least this likely, relative to the likeliest (default: the model's, \
      else 0).
      """)
  var minP: Float?
}
