public import Corpora
public import Modeling
import Recurrent
import Tokenization

extension PieceRepeats {
  /// Counts in pieces of a corpus.
  ///
  /// Fewer than 2,000 pieces are looked at, evenly chosen; where a part is given or not, whole ones.
  ///
  /// - Complexity: O(n) for their n tokens.
  init(of pieces: [Int], in corpus: Corpus, recall: Recall) {
    let accompanied = corpus.vocabulary.accompanied
    let pieces = pieces.filter { piece in
      guard let accompanied, accompanied.isOptional else { return true }
      return accompanied.isWhole(corpus.tokens(ofPiece: piece))
    }
    let spacing = max(1, pieces.count / 1_000)
    self.init(
      of: stride(from: 0, to: pieces.count, by: spacing).map { corpus.tokens(ofPiece: pieces[$0]) },
      in: corpus.vocabulary, recall: recall)
  }

  /// Counts in the pieces of a corpus in a model's vocabulary, as training does in those it learns from; nil
  /// where the model recalls nothing.
  public init?(of corpus: Corpus, for model: Model) {
    guard let recall = model.network.configuration.recall else { return nil }
    self.init(of: Array(corpus.pieces.indices), in: corpus, recall: recall)
  }
}
