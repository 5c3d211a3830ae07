public import Recurrent
public import Tokenization

extension GradientStatistics {
  /// Gathers statistics on what a network writes where it is told nothing of its pieces.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - vocabulary: the vocabulary of its tokens.
  ///   - segment: the segments' length in tokens.
  /// - Throws: `NetworkError` where memory does not suffice.
  public init(
    of network: Network, in vocabulary: any Vocabulary, segment: Int
  ) throws(NetworkError) {
    try self.init(
      of: network, from: Int32(vocabulary.start),
      given: vocabulary.opening().dropFirst().map { Int32($0) }, to: Int32(vocabulary.end),
      predictable: vocabulary.predictableCount, segment: segment)
  }
}
