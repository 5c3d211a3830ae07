public import Music

/// What piece is asked for.
public struct GenerationSettings: Hashable, Sendable {
  /// How tokens are drawn.
  public var sampling = SamplingSettings()
  /// What the music shall keep to.
  public var steering = Steering()
  /// How long the generated part shall be; nil for as long as the model likes.
  public var length: PieceLength? = .seconds(60)
  /// A piece to go on from; nil to start from nothing.
  public var primer: Score?
  /// How long a note may sound, in seconds; nil for as long as those the model learned from.
  public var longestNoteSeconds: Double?
  /// How long it may be until another note is struck, in seconds; nil for as long as the model likes.
  ///
  /// A model that has fallen silent may not find its way back by itself.
  public var longestRestSeconds: Double? = 5
  /// Where every random choice comes from.
  public var seed: UInt64 = 1

  /// Creates the default settings.
  public init() {}

  /// The length in seconds; nil where there is none or it is not in seconds.
  public var seconds: Double? {
    get { if case .seconds(let seconds) = length { seconds } else { nil } }
    set { length = newValue.map(PieceLength.seconds) }
  }

  /// The longest piece that may be asked for: a day.
  public static let longestSeconds = 86_400.0

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``GenerationError`` naming the first that is not.
  public func validate() throws(GenerationError) {
    try sampling.validate()
    for (key, seconds) in [
      ("longestNote", longestNoteSeconds), ("longestRest", longestRestSeconds),
    ] {
      if let seconds { try GenerationError.check(key, "\(seconds) s", seconds > 0, "more than 0") }
    }
    try steering.validate()
    try length?.validate()
  }
}
