/// How a token is drawn from a network's logits.
public struct SamplingSettings: Hashable, Sendable, Codable {
  /// What logits are divided by: below 1 safer, above 1 bolder, 0 always the likeliest token.
  public var temperature: Float = 1
  /// The temperature at the end of the piece, to which it moves evenly; nil to stay.
  public var finalTemperature: Float?
  /// The temperature among pitches; nil for the common one.
  public var pitchTemperature: Float?
  /// The temperature among tokens that let time pass; nil for the common one.
  public var timeTemperature: Float?
  /// Draw only from the so many likeliest tokens; nil for all.
  public var topK: Int?
  /// Draw only from the fewest tokens that together have this probability; 1 for all.
  ///
  /// Nucleus sampling, Holtzman et al. 2020.
  public var topP: Float = 1
  /// Draw only from the tokens whose surprise is nearest to the expected one, until they together
  /// have this probability; 1 for all.
  public var typicalP: Float = 1
  /// Draw only from tokens at least so likely, relative to the likeliest; 0 for all.
  public var minP: Float = 0

  /// How many times less likely a pitch gets that was struck lately; 1 for no change.
  public var repetitionPenalty: Float = 1
  /// How many notes back ``repetitionPenalty`` looks.
  public var repetitionWindow = 16

  /// The temperature where a share of the piece, 0 to 1, is written.
  public func temperature(at progress: Float) -> Float {
    guard let finalTemperature else { return temperature }
    return temperature + (finalTemperature - temperature) * min(1, max(0, progress))
  }

  /// Creates settings that draw from the network's own distribution.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``GenerationError`` naming the first that is not.
  public func validate() throws(GenerationError) {
    func check(_ key: String, _ value: Float, from least: Int) throws(GenerationError) {
      try GenerationError.check(
        key, value, value >= Float(least) && value.isFinite,
        value == .infinity ? "a finite number" : "\(least) or more")
    }
    try check("temperature", temperature, from: 0)
    for (key, value) in [
      ("finalTemperature", finalTemperature), ("pitchTemperature", pitchTemperature),
      ("timeTemperature", timeTemperature),
    ] {
      try check(key, value ?? 0, from: 0)
    }
    try GenerationError.check(
      "typicalP", typicalP, typicalP > 0 && typicalP <= 1, "more than 0 and at most 1")
    try check("repetitionPenalty", repetitionPenalty, from: 1)
    try GenerationError.check(
      "repetitionWindow", repetitionWindow, 1...10_000 ~= repetitionWindow, "1 to 10000")
    try GenerationError.check("topK", topK ?? 1, topK ?? 1 > 0, "1 or more")
    try GenerationError.check("topP", topP, topP > 0 && topP <= 1, "more than 0 and at most 1")
    try GenerationError.check("minP", minP, minP >= 0 && minP <= 1, "0 to 1")
  }
}
