/// How likely a model finds one piece, and what it counts by.
public struct PieceLikelihood: Hashable, Sendable, Codable {
  /// The file.
  public var path: String
  /// The negative log-likelihood of all tokens after the start, the end included, in nats.
  public var nats: Double
  /// How many tokens were predicted.
  public var tokens: Int
  /// How many notes they tell.
  public var notes: Int
  /// How many frames of a fixed grid they tell; 0 where the vocabulary has none.
  public var frames: Int
  /// How long the piece is in seconds.
  public var seconds: Double
}
