/// How a token is drawn from a network's logits.
public struct SamplingSettings: Hashable, Sendable, Codable {
  /// What logits are divided by: below 1 safer, above 1 bolder, 0 always the likeliest token.
  public var temperature: Float = 1
  /// Draw only from the so many likeliest tokens; nil for all.
  public var topK: Int?
  /// Draw only from the fewest tokens that together have this probability; 1 for all.
  ///
  /// Nucleus sampling, Holtzman et al. 2020.
  public var topP: Float = 1
  /// Draw only from tokens at least so likely, relative to the likeliest; 0 for all.
  public var minP: Float = 0

  /// Creates settings that draw from the network's own distribution.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``GenerationError`` naming the first that is not.
  public func validate() throws(GenerationError) {
    func check(
      _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ expected: String
    )
      throws(GenerationError)
    {
      guard holds else {
        throw GenerationError(.setting(name: name, value: value.description, expected: expected))
      }
    }
    try check(temperature >= 0 && temperature.isFinite, "temperature", temperature, "0 or more")
    try check(topK.map { $0 > 0 } ?? true, "top-k", topK ?? 0, "1 or more")
    try check(topP > 0 && topP <= 1, "top-p", topP, "more than 0 and at most 1")
    try check(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1")
  }
}
