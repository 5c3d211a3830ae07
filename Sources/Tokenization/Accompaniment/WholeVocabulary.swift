public import Music

/// The vocabulary of whole pieces that a model writes where its part is optional and none is given.
///
/// Its tokens are those of the ``AccompaniedVocabulary``. A score's are the base vocabulary's alone; a network reads
/// behind the start token that the given part is over, which ``Vocabulary/preface`` says.
struct WholeVocabulary: Vocabulary {
  private let accompanied: AccompaniedVocabulary

  /// Creates the vocabulary.
  ///
  /// - Precondition: the part is optional.
  init(_ accompanied: AccompaniedVocabulary) {
    precondition(accompanied.isOptional, "a part that must be given is never left out")
    self.accompanied = accompanied
  }

  private var base: MetricalVocabulary { accompanied.metrical }

  /// What a network reads before a piece, behind the start token and all that is told.
  var preface: [Token] { [accompanied.given.end] }

  /// How many tokens are predicted, which come first.
  var predictableCount: Int { base.count }

  var configuration: VocabularyConfiguration { accompanied.configuration }
  var count: Int { accompanied.count }
  var start: Token { base.start }
  var end: Token { base.end }

  func kind(of token: Token) -> String { accompanied.kind(of: token) }
  func name(of token: Token) -> String { accompanied.name(of: token) }
  func events(of token: Token) -> [TokenEvent] { accompanied.events(of: token) }
  func quantise(_ score: Score) -> Score { base.quantise(score) }
  func endTick(of score: Score) -> Int { base.endTick(of: score) }
  func encode(_ score: Score) -> [Token] { base.encode(score) }
  func encode(_ score: Score, limit: Int) -> [Token]? { base.encode(score, limit: limit) }
  func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    base.transpose(tokens, by: semitones)
  }
  func makeDecoder() -> any TokenDecoder { base.makeDecoder() }
  func makeGrammar() -> any Grammar { ConditionedGrammar(count: count, base: base) }

  /// Which tokens are read and not predicted: those of the part, which is over.
  func areGiven(_ tokens: [Token]) -> [Bool] { tokens.map { Int($0) >= base.count } }
}

extension Vocabulary {
  /// The vocabulary in which pieces are written where no part is given: with all their parts, where the given one is
  /// optional; the same one elsewhere.
  public var whole: any Vocabulary {
    switch self {
    case let vocabulary as AccompaniedVocabulary where vocabulary.isOptional:
      WholeVocabulary(vocabulary)
    case let vocabulary as ConditionedVocabulary: vocabulary.whole
    default: self
    }
  }

  /// Turns a score into the tokens in which a network reads all its parts: where one may be given or not, none is.
  ///
  /// - Parameter score: the score.
  /// - Returns: the tokens from ``start`` to ``end``, with the conditions that the score tells.
  public func wholeReading(of score: Score) -> [Token] {
    switch self {
    case let vocabulary as AccompaniedVocabulary where vocabulary.isOptional:
      vocabulary.encodeWhole(score) ?? []
    case let vocabulary as ConditionedVocabulary:
      vocabulary.telling(
        PieceAttributes(score, toldIn: vocabulary),
        before: vocabulary.base.wholeReading(of: score))
    default: encode(score)
    }
  }

  /// What a network reads before a piece, behind the start token and the conditions: that a part is over which might have
  /// been given; nothing elsewhere.
  public var preface: [Token] {
    (withoutConditions as? WholeVocabulary)?.preface ?? []
  }
}
