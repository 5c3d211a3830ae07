public import Tokenization

extension Corpus {
  /// Collects the conditions that pieces tell and puts them before every piece.
  ///
  /// - Parameters:
  ///   - kinds: what is told; a kind that no piece tells is an error.
  ///   - pieces: the pieces to take values from, such as those to train on; all where nil.
  /// - Returns: the corpus, whose vocabulary tells the conditions.
  /// - Throws: `VocabularyError` where a kind has no values, or there are too many tokens; `CancellationError` where the
  ///   task is cancelled.
  /// - Precondition: the corpus was read with its attributes, and tells no conditions.
  public func learningConditions(
    _ kinds: some Sequence<ConditionKind>, from pieces: [Int]? = nil
  ) throws -> Corpus {
    let told = Set(kinds)
    let conditions = try Conditions(
      told, of: attributes(of: pieces ?? Array(self.pieces.indices), telling: told))
    return try telling(try ConditionedVocabulary(base: vocabulary, conditions: conditions))
  }

  /// What is told of pieces; of one of several styles once for each, and once of a file that is read in two ways.
  private func attributes(
    of pieces: [Int], telling kinds: Set<ConditionKind>
  ) -> [PieceAttributes] {
    let configuration = vocabulary.configuration
    return wholePieces(of: pieces).flatMap { index -> [PieceAttributes] in
      let piece = self.pieces[index]
      let attributes = (piece.attributes ?? PieceAttributes()).inSecondsTold(
        by: configuration, telling: kinds)
      return piece.styles.isEmpty
        ? [attributes]
        : piece.styles.map { name in
          var one = attributes
          one.style = name
          return one
        }
    }
  }

  /// Which conditions pieces have together; nil where the vocabulary tells none.
  ///
  /// - Parameter pieces: the pieces' numbers.
  /// - Returns: the mix.
  public func conditionMix(of pieces: [Int]) -> ConditionMix? {
    vocabulary.knownConditions.map {
      ConditionMix(of: attributes(of: pieces, telling: Set($0.kinds)), in: $0)
    }
  }

  /// The corpus with conditions before every piece.
  func telling(_ vocabulary: ConditionedVocabulary) throws(CancellationError) -> Corpus {
    let slots = vocabulary.conditions.slots.count
    let (configuration, kinds) = (vocabulary.configuration, vocabulary.conditions.kinds)
    return try reencoded(in: vocabulary, counts: pieces.map { $0.tokens.count + slots }) {
      [pieces] piece, tokens in
      var attributes = (pieces[piece].attributes ?? PieceAttributes()).inSecondsTold(
        by: configuration, telling: kinds)
      attributes.style = pieces[piece].knownStyles(in: vocabulary.conditions).first
      return vocabulary.telling(attributes, before: Array(tokens))
    }
  }

  /// A piece's tokens without those that are given, such as conditions: what a network is to predict,
  /// behind the start token.
  ///
  /// - Parameter piece: the piece's number.
  /// - Returns: the tokens, from the start token to the end token.
  /// - Complexity: constant for a vocabulary of which nothing is given.
  public func tokensWithoutConditions(ofPiece piece: Int) -> ArraySlice<Token> {
    let whole = tokens(ofPiece: piece)
    guard vocabulary.knownConditions != nil || vocabulary.accompanied != nil else { return whole }
    let tokens = Array(whole)
    return zip(tokens, vocabulary.areGiven(tokens)).lazy.filter { !$1 }.map(\.0)[...]
  }

  /// How many tokens of a piece are predicted when it is read: all but its first and those given.
  ///
  /// - Parameter piece: the piece's number.
  /// - Returns: the number; 0 for a piece of one token.
  /// - Complexity: constant, but for a vocabulary with a given part.
  public func predictionCount(ofPiece piece: Int) -> Int {
    if hasGivenPart { return tokensWithoutConditions(ofPiece: piece).count - 1 }
    return max(0, pieces[piece].tokens.count - 1 - conditionCount)
  }
}

extension Piece {
  /// Those of its styles that conditions know.
  public func knownStyles(in conditions: Conditions) -> [String] {
    let known = Set(conditions.values(of: .style))
    return styles.filter(known.contains)
  }
}
