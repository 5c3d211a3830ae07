public import Corpora
public import Modeling
import Recurrent
import Tokenization

extension PieceRepeats {
  /// Counts in pieces of a corpus, of many in some.
  ///
  /// - Complexity: O(n) for their n tokens.
  init(of pieces: [Int], in corpus: Corpus, recall: Recall?) {
    self.init(of: corpus.someWholePieces(of: pieces), in: corpus.vocabulary, recall: recall)
  }

  /// Counts in the pieces of a corpus in a model's vocabulary, as training does in those it learns from.
  public init(of corpus: Corpus, for model: Model) {
    self.init(
      of: Array(corpus.pieces.indices), in: corpus, recall: model.network.configuration.recall)
  }
}

extension DegreeProfiles {
  /// Counts in pieces of a corpus, of many in some; nil where no piece is told its key, or none has notes enough.
  ///
  /// - Complexity: O(n) for their n tokens.
  init?(of pieces: [Int], in corpus: Corpus) {
    self.init(of: corpus.someWholePieces(of: pieces), in: corpus.vocabulary)
  }

  /// Counts in the pieces of a corpus, as training does in those it learns from; nil where its vocabulary tells no key.
  public init?(of corpus: Corpus) {
    self.init(of: Array(corpus.pieces.indices), in: corpus)
  }
}

extension LearnedPitches {
  /// Of more tokens than these evenly chosen pieces are looked at.
  private static let mostTokens = 1 << 24

  /// Finds the pitches that pieces of a corpus strike, as far down and up as they are transposed: not beyond those of
  /// the vocabulary.
  ///
  /// - Complexity: O(n) for their n tokens.
  init(of pieces: [Int], in corpus: Corpus, transposedBy semitones: Int = 0) {
    let vocabulary = corpus.vocabulary
    var occurs = [Bool](repeating: false, count: vocabulary.count)
    for piece in corpus.evenlyChosen(from: pieces, mostTokens: Self.mostTokens) {
      for token in corpus.tokens(ofPiece: piece) where Int(token) < occurs.count {
        occurs[Int(token)] = true
      }
    }
    let told = occurs.indices.filter { occurs[$0] }.flatMap { vocabulary.events(of: Token($0)) }
    let hasInstruments = told.contains { event in
      if case .program(let program) = event { program < 128 } else { false }
    }
    func struckPitches(_ events: [TokenEvent]) -> [Int] {
      events.compactMap { event in
        if case .note(let pitch) = event, pitch < 128 { Int(pitch) } else { nil }
      }
    }
    let struck = struckPitches(told)
    let known = struckPitches(occurs.indices.flatMap { vocabulary.events(of: Token($0)) })
    guard hasInstruments || !vocabulary.strikesDrumsAsPitches,
      let lowest = struck.min(), let highest = struck.max(),
      let first = known.min(), let last = known.max()
    else {
      self = .drumsOnly
      return
    }
    self = .within(UInt8(max(first, lowest - semitones))...UInt8(min(last, highest + semitones)))
  }

  /// Finds the pitches that the pieces of a corpus strike, in their own keys.
  public init(of corpus: Corpus) {
    self.init(of: Array(corpus.pieces.indices), in: corpus)
  }
}

extension Corpus {
  /// The tokens of at most 1,000 of some pieces, evenly chosen; where a part is given or not, of whole ones.
  fileprivate func someWholePieces(of pieces: [Int]) -> [ArraySlice<Token>] {
    let pieces = wholePieces(of: pieces)
    let count = min(pieces.count, 1_000)
    return (0..<count).map { tokens(ofPiece: pieces[$0 * pieces.count / count]) }
  }
}
