public import Music

/// An index into a vocabulary, from 0 to its `count` - 1.
public typealias Token = UInt16

/// A set of musical events, numbered, with a way from scores to tokens and back.
///
/// Decoding any token sequence whatever gives a valid score, and `decode(encode(score))` is
/// `quantise(score)`.
public protocol Vocabulary: Sendable {
  /// The settings that make this vocabulary, as stored in a model file.
  var configuration: VocabularyConfiguration { get }
  /// How many tokens there are.
  var count: Int { get }
  /// The token that opens every piece.
  var start: Token { get }
  /// The token that closes every piece.
  var end: Token { get }

  /// A token's kind of event, such as `note-on`.
  func kind(of token: Token) -> String
  /// A token's event in words, such as `note-on 60`.
  func name(of token: Token) -> String
  /// What a token tells: one event, or one for each token that it is merged from.
  func events(of token: Token) -> [TokenEvent]
  /// Moves a score onto the vocabulary's grid, leaving out what it has no tokens for.
  func quantise(_ score: Score) -> Score
  /// Where a score ends on the grid, in ticks of the quantised one; later than its last onset.
  ///
  /// A score may end before its last note does on the grid, or after a rest that has no tokens.
  func endTick(of score: Score) -> Int
  /// Turns a score into tokens, from ``start`` to ``end``.
  func encode(_ score: Score) -> [Token]
  /// Turns a score into tokens, as ``encode(_:)`` does, where they are not too many; else nil.
  ///
  /// A file of a few bytes can claim to sound for a day. What is refused takes no more memory than as many
  /// tokens and as the score itself.
  ///
  /// - Parameters:
  ///   - score: the score.
  ///   - limit: how many tokens there may be, before merges.
  /// - Returns: the tokens; nil where they would be more than the limit.
  func encode(_ score: Score, limit: Int) -> [Token]?
  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  func transpose(_ tokens: [Token], by semitones: Int) -> [Token]?
  /// Makes a decoder at the start of a piece.
  func makeDecoder() -> any TokenDecoder
  /// Makes an encoder of what is being played, before the start of a piece; nil where music cannot become
  /// tokens while it is played.
  func makeEncoder() -> (any TokenEncoder)?
  /// Makes the grammar's state at the start of a piece, before the ``start`` token.
  func makeGrammar() -> any Grammar
}

/// Turns tokens into music one by one, so that a piece can be heard while it is being written.
public protocol TokenDecoder: Sendable {
  /// Takes one token; a token that makes no sense here is ignored.
  mutating func consume(_ token: Token)
  /// How far the music is settled, in seconds: no later token changes anything before it.
  var settledSeconds: Double { get }
  /// How many notes may sound at once; nil, and as many as tokens tell, where there is no limit.
  ///
  /// The newest notes sound: one beyond the limit ends the one struck first, and of those struck
  /// together the lowest is left out, so that a melody goes on over what accompanies it.
  var polyphony: Int? { get set }
  /// How long a note may sound that waits for a token to release it, in seconds; nil for ever.
  ///
  /// It holds for notes struck after it is set.
  var longestNoteSeconds: Double? { get set }
  /// How many bars each section has, counted from the start, over whose end no note sounds; nil where
  /// notes may sound over all bar lines.
  var sectionBars: Int? { get set }
  /// How many notes the ``score`` holds.
  var noteCount: Int { get }
  /// How many bars of its metres, of 4/4 before the first, the ``score`` is long, the last in part.
  ///
  /// - Complexity: as long for a long piece as for a short one.
  var barsWritten: Double { get }
  /// How many bars have passed up to the present, where the next note is struck; this one in part.
  var barsPassed: Double { get }
  /// Where the music ends at the latest; nil for wherever tokens take it.
  ///
  /// It holds for the messages as for the score. Music that is there already is left as it is, and a step
  /// more may always come.
  var bound: PieceBound? { get set }
  /// Whether the ``bound`` is reached, so that tokens to come strike nothing more.
  var hasReachedBound: Bool { get }
  /// A tick of the ``score``, from the present on, in seconds and in bars from its start.
  func place(atTick tick: Int) -> (seconds: Double, bars: Double)
  /// Removes and returns the messages before ``settledSeconds``, in playing order.
  mutating func takeSettledMessages() -> [TimedMessage]
  /// Ends the piece: releases what sounds and settles everything.
  mutating func finish()
  /// The score of all tokens so far, its sounding notes released now.
  var score: Score { get }
}

/// Tells which tokens may come next.
///
/// A token costs the same however long the piece is: for the vocabularies without merges a few dozen
/// operations, for merged ones those of the base grammar for each beginning of a merged token that is
/// still allowed.
public protocol Grammar: Sendable {
  /// How long a note may sound, in seconds, but for one step of the vocabulary's time, which each lasts
  /// at least; nil for ever.
  ///
  /// It holds for notes struck after it is set. A note that waits for a token to release it must be let
  /// go at the next chance when it is overdue, however much time has passed at once; the
  /// ``TokenDecoder/longestNoteSeconds`` ends it in time.
  var longestNoteSeconds: Double? { get set }
  /// How long it may be from one strike to the next, in seconds, but for one step of the vocabulary's
  /// time; nil for ever.
  ///
  /// Where no wanted note can be struck, as all sound already, time goes on.
  var longestRestSeconds: Double? { get set }
  /// How many bars each section has, counted from the start, over whose end no note may be held where
  /// the vocabulary tells bars or frames; nil where notes may be held over all bar lines.
  var sectionBars: Int? { get set }
  /// The tokens that may be drawn, of those allowed; nil for all. None is forced by
  /// ``longestRestSeconds`` to be any other.
  var wanted: TokenMask? { get set }
  /// Lets nothing be struck before a tick of the decoder's score, which the next note comes at or after.
  ///
  /// It is for music that goes on from a piece that ends with a rest or while its last note sounds.
  mutating func rest(until tick: Int)
  /// Takes the token that came.
  mutating func advance(_ token: Token)
  /// The tokens that may come next; never empty.
  var allowed: TokenMask { get }
}

extension Vocabulary {
  /// Turns a score into tokens, and counts them after that.
  public func encode(_ score: Score, limit: Int) -> [Token]? {
    let tokens = encode(score)
    return tokens.count <= limit ? tokens : nil
  }

  /// How many notes begin with a token; without hold tokens a piano roll's may also be held.
  public func noteCount(of token: Token) -> Int { events(of: token).count(where: \.isStrike) }

  /// How many notes begin in a piece's tokens, from its start on.
  ///
  /// Where a piano roll has no hold tokens, a pitch that sounds in the frame before, too, begins no note.
  ///
  /// - Complexity: O(n) in the number of events that the tokens tell.
  public func noteCount(in tokens: some Sequence<Token>) -> Int {
    guard tellsHeldNotesAsStruck else { return tokens.reduce(0) { $0 + noteCount(of: $1) } }
    var count = 0
    // The pitches of the frame before, and those of the present one so far, a bit each.
    var (before, present): (UInt128, UInt128) = (0, 0)
    for token in tokens {
      for event in events(of: token) {
        switch event {
        case .note(let pitch), .drum(let pitch):
          let bit: UInt128 = 1 << UInt128(pitch & 127)
          if (before | present) & bit == 0 { count += 1 }
          present |= bit
        case .frame: (before, present) = (present, 0)
        default: break
        }
      }
    }
    return count
  }

  /// How many notes begin with each token, to look up where many tokens are counted.
  ///
  /// - Complexity: O(n) in the number of events that the vocabulary's tokens tell.
  public var noteCounts: [Int] { (0..<count).map { noteCount(of: Token($0)) } }

  /// How many frames of a fixed grid end with a token: 0 where the vocabulary has none.
  public func frameCount(of token: Token) -> Int { events(of: token).count(where: \.isFrame) }

  /// How many tokens of the vocabulary without merges a token stands for: 1 where there are none.
  public func baseCount(of token: Token) -> Int { events(of: token).count }

  /// Turns tokens into a score.
  public func decode(_ tokens: some Sequence<Token>) -> Score {
    var decoder = makeDecoder()
    for token in tokens { decoder.consume(token) }
    decoder.finish()
    return decoder.score
  }
}

extension Vocabulary {
  /// Whether each note tells how long it lasts, so that none can be forgotten while it sounds.
  public var tellsDurations: Bool {
    switch configuration.plain {
    case .tsd, .remi: true
    case .performance, .pianoroll, .merged, .conditioned, .accompanied: false
    }
  }

  /// Whether a note that sounds on is told as one that begins: by a piano roll without hold tokens.
  package var tellsHeldNotesAsStruck: Bool {
    if case .pianoroll(let settings) = configuration.plain { !settings.holds } else { false }
  }

  /// Whether drums are struck by the tokens of pitches, and the program before them alone tells that they are drums.
  package var strikesDrumsAsPitches: Bool {
    if case .performance(let settings) = configuration.plain { settings.programs } else { false }
  }
}
