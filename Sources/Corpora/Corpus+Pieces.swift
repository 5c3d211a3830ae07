public import Tokenization

extension Corpus {
  /// A piece's tokens, from the start token to the end token.
  ///
  /// - Parameter piece: the piece's number.
  /// - Returns: a slice of ``tokens``.
  public func tokens(ofPiece piece: Int) -> ArraySlice<Token> { tokens[pieces[piece].tokens] }
}
