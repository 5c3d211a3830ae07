import Music

/// Turns music into tokens while it is being played, note by note: what a ``TokenDecoder`` is for the way back.
///
/// Times are those of the decoder: seconds from the start of the piece, at the tempo and in the metre that the
/// tokens before tell. An encoder writes what ``Vocabulary/encode(_:)`` writes for the same notes, each token as
/// soon as nothing that is played later can change it. It begins before the start token, which it is told by
/// ``follow(_:)`` like all else that others write.
public protocol TokenEncoder: Sendable {
  /// Whether a note can be told at the moment at which it is struck.
  ///
  /// It cannot where a token tells more than one note, or notes that are struck together come in an order.
  var canTellAtOnce: Bool { get }
  /// Whether notes are told as they are struck, for two who play at the same time.
  ///
  /// Where a note tells its length, that of the note released last stands in for one that is not known yet.
  var tellsAtOnce: Bool { get set }
  /// A note begins.
  ///
  /// What comes before a token that was written is put where that stands. A note that the vocabulary has no
  /// tokens for is left out.
  ///
  /// - Parameters:
  ///   - program: the program that plays it, 128 for drums.
  ///   - pitch: its pitch, 0 to 127.
  ///   - velocity: how hard it is struck, 1 to 127.
  ///   - seconds: when.
  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double)
  /// A note ends; one that does not sound is left alone.
  mutating func release(program: UInt8, pitch: UInt8, at seconds: Double)
  /// All notes end, whoever struck them.
  mutating func releaseAll(at seconds: Double)
  /// Lets time pass: what is played from now on comes at this moment or later.
  mutating func listen(until seconds: Double)
  /// Ends all notes and tells them, then as much of the time up to a moment as can be told without a note.
  mutating func rest(until seconds: Double)
  /// Goes on behind a token that another wrote.
  mutating func follow(_ token: Token)
  /// Removes and returns the tokens of what is certain.
  mutating func takeTokens() -> [Token]
}

extension Vocabulary {
  /// Makes an encoder of what is being played, before the start of a piece; nil where a piece is written to a
  /// part that is known ahead.
  public func makeEncoder() -> (any TokenEncoder)? { nil }

  /// What a network reads before a piece of one metre and tempo in which nothing has been struck yet: the
  /// start token, and those of metre and tempo where the vocabulary tells them.
  ///
  /// - Parameters:
  ///   - numerator: beats in a bar.
  ///   - denominator: the note value of a beat.
  ///   - quartersPerMinute: the tempo.
  /// - Returns: the tokens, without those of conditions.
  public func head(
    numerator: Int, denominator: Int, quartersPerMinute: Double
  ) -> [Token] {
    let silence = Score(
      tempos: [TempoChange(tick: 0, quartersPerMinute: max(1, quartersPerMinute))],
      timeSignatures: [TimeSignature(tick: 0, numerator: numerator, denominator: denominator)])
    return withoutConditions.encode(silence).filter { $0 != end }
  }
}
