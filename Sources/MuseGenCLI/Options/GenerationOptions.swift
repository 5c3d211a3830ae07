import ArgumentParser
import MuseGen

/// What piece to generate, and how boldly.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Below 1 safer, above 1 bolder; 0 always takes the likeliest event.")
  var temperature: Float = 1

  @Option(parsing: .unconditional, help: "Choose among the K likeliest events only.")
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: "Choose among the likeliest events that together have this probability.")
  var topP: Float = 1

  @Option(
    parsing: .unconditional,
    help: "Choose among events at least this likely, relative to the likeliest.")
  var minP: Float = 0

  @Option(parsing: .unconditional, help: "How long the piece shall be: 90, 90s, 2m, 1h30m.")
  var length = Duration(seconds: 60)

  @Option(
    parsing: .unconditional,
    help: "Release notes after so long (default: the longest the model learned from).")
  var longestNote: Duration?

  @Option(
    help: "A MIDI file to go on from.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var primer: String?

  @Option(help: "The seed of every random choice (default: a new one, printed).")
  var seed: UInt64?

  /// The settings for a piece; with no seed given, a new one.
  func settings() throws -> GenerationSettings {
    var settings = GenerationSettings()
    settings.sampling.temperature = temperature
    settings.sampling.topK = topK
    settings.sampling.topP = topP
    settings.sampling.minP = minP
    settings.seconds = length.seconds
    settings.longestNoteSeconds = longestNote?.seconds
    settings.seed = seed ?? UInt64.random(in: 1..<1_000_000)
    do {
      try settings.validate()
    } catch {
      throw Failure(.usage, "--\(error)")
    }
    if let primer { settings.primer = try readScore(at: primer) }
    return settings
  }
}
