public import Recurrent
public import Tokenization

extension GradientStatistics {
  /// Gathers statistics on what a network writes where it is told nothing of its pieces, and given nothing where a
  /// part may be given or not.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - vocabulary: the vocabulary of its tokens.
  ///   - segment: the segments' length in tokens.
  /// - Throws: `NetworkError` where memory does not suffice.
  public init(
    of network: Network, in vocabulary: any Vocabulary, segment: Int
  ) throws(NetworkError) {
    let whole = vocabulary.whole
    try self.init(
      of: network, from: Int32(whole.start),
      given: whole.opening().dropFirst().map { Int32($0) }, to: Int32(whole.end),
      predictable: whole.predictableCount, segment: segment)
  }
}
