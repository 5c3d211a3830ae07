/// How a melody is harmonised.
public struct HarmonizationSettings: Hashable, Sendable {
  /// Where the given voice lies among the others.
  public enum Voice: String, Hashable, Sendable, CaseIterable {
    /// Nothing sounds above it.
    case soprano
    /// Nothing sounds below it.
    case bass
    /// Anywhere.
    case any
  }

  /// Where the given voice lies.
  public var voice = Voice.soprano
  /// The track that holds the melody, counted from 1; nil for the highest notes of all tracks.
  ///
  /// Of several notes at once the highest is taken, for the bass the lowest.
  public var track: Int?
  /// How many particles look ahead, 1 to 4,096.
  public var particles = 64
  /// What logits are divided by, above 0: below 1 safer, above 1 bolder.
  public var temperature: Float = 1
  /// Where every random choice comes from.
  public var seed: UInt64 = 1

  /// Creates the default settings.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``FillingError`` naming the first that is not.
  public func validate() throws(FillingError) {
    try FillingError.check("particles", particles, 1...4096 ~= particles, "1 to 4096")
    try FillingError.check(
      "temperature", temperature, temperature > 0 && temperature <= 100,
      "more than 0 and at most 100")
  }
}
