/// How much of a piece is written anew.
public struct InpaintingSettings: Hashable, Sendable {
  /// The share of the piece's bars that are written anew, 0 to 1.
  public var strength = 0.3
  /// How many candidates are written for each span, 1 to 4,096.
  public var candidates = 16
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
    try FillingError.check("strength", strength, strength >= 0 && strength <= 1, "0 to 1")
    try FillingError.check("candidates", candidates, 1...4096 ~= candidates, "1 to 4096")
    try FillingError.check(
      "temperature", temperature, temperature > 0 && temperature <= 100,
      "more than 0 and at most 100")
  }
}
