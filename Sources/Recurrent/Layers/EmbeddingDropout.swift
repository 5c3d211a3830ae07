import Tensors

/// Which tokens' vectors are zero for one window; the others are scaled, so that sums stay as large.
///
/// Whole vectors, for all streams: a dropped token is not heard wherever it stands in the window. In the
/// first layer's table its row is that of a zero vector; what recall looks up there stays whole.
///
/// - Reference: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural
///   Networks" (2016); Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models" (2018).
struct EmbeddingDropout: Sendable {
  private let rate: Float
  private let seed: UInt64
  private let tokens: Int

  /// Nil where nothing is dropped.
  ///
  /// - Parameters:
  ///   - configuration: the network's options.
  ///   - seed: chooses what is dropped in the window; nil for nothing.
  init?(_ configuration: NetworkConfiguration, seed: UInt64?) {
    guard let seed, configuration.embeddingDropout > 0 else { return nil }
    rate = configuration.embeddingDropout
    self.seed = seed &+ 0x3C6E_F372_FE94_F82B
    tokens = configuration.vocabularySize
  }

  /// Masks the vectors, or their gradients, [rows, embedding size], of which the tokens' are the first.
  func mask(_ vectors: Matrix<Float>) {
    let factors = Matrix<Float>(rows: tokens, columns: 1)
    factors.fill(1, rows: 0..<tokens)
    factors.dropout(
      rows: 0..<tokens, into: factors, row: 0, rounded: nil, rate: rate, seed: seed, key: 0)
    vectors.scale(rows: 0..<tokens, by: factors)
  }
}
