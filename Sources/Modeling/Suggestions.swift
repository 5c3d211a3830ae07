/// How a model's maker lets it be drawn from where nobody asks for anything else: chosen by comparing what it
/// writes with the music it learned from.
///
/// Each is nil where nothing is suggested. Their ranges are those of the settings of the same names in
/// `Generation`.
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

  /// Suggests nothing.
  public init() {}

  /// The suggestions by their settings' names.
  public var values: [(key: String, value: Float)] {
    [
      ("temperature", temperature), ("topP", topP), ("minP", minP), ("repeats", repeats),
      ("guidance", guidance), ("keyStrength", keyStrength),
      ("cadences", cadences),
    ].compactMap { key, value in value.map { (key, $0) } }
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
  }
}
