/// How a model's maker lets it be drawn from where nobody asks for anything else: chosen by comparing what it
/// writes with the music it learned from.
///
/// Each is nil where nothing is suggested. Their ranges are those of the settings of the same names in
/// `Generation`; a limit of 0 is none.
public struct Suggestions: Hashable, Sendable, Codable {
  /// What logits are divided by.
  public var temperature: Float?
  /// The probability that the tokens to draw from have together.
  public var topP: Float?
  /// How likely a token must be, relative to the likeliest.
  public var minP: Float?
  /// How much a piece quotes itself.
  public var repeats: Float?
  /// How much what the model is told counts.
  public var guidance: Float?
  /// How strongly a piece is led to the key that the model is told.
  public var keyStrength: Float?
  /// How strongly its phrases are led to their cadences.
  public var cadences: Float?
  /// How many notes may sound at once; 0 for as many as the model likes.
  public var polyphony: Int?
  /// How long a note may sound, in seconds; 0 for as long as where nothing is suggested.
  public var longestNoteSeconds: Double?

  /// Suggests nothing.
  public init() {}

  /// The suggestions by their settings' names, as flags take them: numbers, and times with their unit.
  public var values: [(key: String, value: String)] {
    let all: [(key: String, value: String?)] = [
      ("temperature", temperature?.description), ("topP", topP?.description),
      ("minP", minP?.description), ("repeats", repeats?.description),
      ("guidance", guidance?.description), ("keyStrength", keyStrength?.description),
      ("cadences", cadences?.description), ("polyphony", polyphony?.description),
      ("longestNote", longestNoteSeconds.map { "\($0)s" }),
    ]
    return all.compactMap { key, value in value.map { (key, $0) } }
  }

  /// Takes over what other suggestions say; what they leave out stays as it was.
  public mutating func apply(_ other: Suggestions) {
    temperature = other.temperature ?? temperature
    topP = other.topP ?? topP
    minP = other.minP ?? minP
    repeats = other.repeats ?? repeats
    guidance = other.guidance ?? guidance
    keyStrength = other.keyStrength ?? keyStrength
    cadences = other.cadences ?? cadences
    polyphony = other.polyphony ?? polyphony
    longestNoteSeconds = other.longestNoteSeconds ?? longestNoteSeconds
  }
}
