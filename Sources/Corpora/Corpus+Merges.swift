public import Tokenization

extension Corpus {
  /// Learns merges from the corpus and encodes it with them.
  ///
  /// - Parameters:
  ///   - count: how many merges to learn.
  ///   - pieces: the pieces to learn from, such as those to train on; all where `nil`.
  ///   - vocabulary: the vocabulary that the corpus is encoded with.
  ///   - threads: how many pieces to encode at once.
  /// - Returns: the vocabulary with the merges, and the corpus encoded with it.
  /// - Throws: ``VocabularyError`` where the vocabulary and the merges are too many tokens.
  public func learningMerges(
    _ count: Int, from pieces: [Int]? = nil, vocabulary: any Vocabulary, threads: Int
  ) throws(VocabularyError) -> (vocabulary: MergedVocabulary, corpus: Corpus) {
    let learned = try MergedVocabulary.learn(
      from: (pieces ?? Array(self.pieces.indices)).map { tokens(ofPiece: $0) }, base: vocabulary,
      count: count)
    let merged = parallelMap(Array(self.pieces.indices), threads: threads) { piece in
      learned.merge(Array(tokens(ofPiece: piece)))
    }
    var all: [Token] = []
    all.reserveCapacity(merged.reduce(0) { $0 + $1.count })
    var moved = self.pieces
    for (piece, tokens) in merged.enumerated() {
      moved[piece].tokens = all.count..<all.count + tokens.count
      all += tokens
    }
    let corpus = Corpus(
      pieces: moved, tokens: all, skipped: skipped, vocabulary: learned.configuration)
    return (learned, corpus)
  }
}
