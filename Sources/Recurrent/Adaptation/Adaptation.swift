/// How a network learns from the piece that it reads, for as long as it reads it.
///
/// After each segment the weights take a step down the gradient of its loss, and a step back to where
/// training left them. What is counted of a segment is its loss before it was learnt from.
///
/// - Reference: Krause, Kahembwe, Murray and Renals, "Dynamic Evaluation of Neural Sequence Models"
///   (2018).
public struct Adaptation: Hashable, Sendable {
  /// How far a step goes; the gradient is measured in what is usual for each weight.
  public var rate: Float
  /// The share of the way back that a weight goes at each step, on average.
  public var decay: Float
  /// How many tokens are read between two steps.
  public var segment: Int

  /// Creates settings.
  public init(rate: Float = 0.0003, decay: Float = 0.003, segment: Int = 32) {
    self.rate = rate
    self.decay = decay
    self.segment = segment
  }

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``NetworkError`` naming the first that is not.
  public func validate() throws(NetworkError) {
    try NetworkError.check("adaptRate", rate, rate > 0 && rate <= 1, "more than 0, at most 1")
    try NetworkError.check("adaptDecay", decay, (0...1).contains(decay), "0 to 1")
    try NetworkError.check("adaptSegment", segment, in: 1...4096)
  }
}
