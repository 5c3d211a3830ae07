import Tokenization

/// Where a corpus keeps what is large of its pieces: their tokens, and the lines from which near-duplicates are told.
protocol PieceStore: Sendable {
  /// A piece's tokens, from the start token to the end token.
  func tokens(ofPiece piece: Int) -> ArraySlice<Token>

  /// A piece's lines of notes.
  func lines(ofPiece piece: Int) -> PieceLines

  /// How many steps a piece's lines have.
  func stepCounts(ofPiece piece: Int) -> (whole: Int, voices: Int)

  /// Whether the pieces are too many to be held in memory together.
  var isMapped: Bool { get }

  /// What has become of a piece that can no longer be read; nil where all can be.
  var damage: CorpusError? { get }

  /// The groups of near-duplicates, if somebody kept them for a corpus of this digest.
  func groups(ofCorpus digest: String, count: Int) -> [Int]?

  /// Keeps the groups of near-duplicates.
  func keep(_ groups: [Int], ofCorpus digest: String)
}

extension PieceStore {
  var isMapped: Bool { false }
  var damage: CorpusError? { nil }
  func groups(ofCorpus digest: String, count: Int) -> [Int]? { nil }
  func keep(_ groups: [Int], ofCorpus digest: String) {}
}

/// Pieces in memory.
struct LoadedPieces: PieceStore {
  /// The tokens of all pieces end to end.
  let tokens: [Token]
  /// Where each piece's stand.
  let places: [Range<Int>]
  let lines: [PieceLines]

  func tokens(ofPiece piece: Int) -> ArraySlice<Token> { tokens[places[piece]] }

  func lines(ofPiece piece: Int) -> PieceLines { lines[piece] }

  func stepCounts(ofPiece piece: Int) -> (whole: Int, voices: Int) {
    (lines[piece].whole.count, lines[piece].voices.count)
  }
}

/// Other pieces in other tokens, which are made when they are asked for.
struct ReencodedPieces: PieceStore {
  /// Makes a piece's tokens of those that it has in the other store.
  typealias Encoding = @Sendable (_ piece: Int, _ tokens: ArraySlice<Token>) -> [Token]

  let base: any PieceStore
  let encode: Encoding

  func tokens(ofPiece piece: Int) -> ArraySlice<Token> {
    encode(piece, base.tokens(ofPiece: piece))[...]
  }

  func lines(ofPiece piece: Int) -> PieceLines { base.lines(ofPiece: piece) }

  func stepCounts(ofPiece piece: Int) -> (whole: Int, voices: Int) {
    base.stepCounts(ofPiece: piece)
  }

  var isMapped: Bool { base.isMapped }
  var damage: CorpusError? { base.damage }

  func groups(ofCorpus digest: String, count: Int) -> [Int]? {
    base.groups(ofCorpus: digest, count: count)
  }

  func keep(_ groups: [Int], ofCorpus digest: String) { base.keep(groups, ofCorpus: digest) }
}
