public import Settings
public import Tokenization

/// How somebody and a model play together.
public struct JamSettings: Hashable, Sendable {
  /// Who plays when.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// In turn: the model answers, as long as the call was, and listens again.
    case answer
    /// The model goes on until somebody plays.
    case `continue`
    /// Both at once.
    case duet
    /// The model plays the other parts to what is played, and is silent where nothing is: for models that
    /// learned to write to a given part.
    case accompany
  }

  /// Whose tempo a jam follows.
  public enum Leader: String, Hashable, Sendable, CaseIterable {
    /// Another device's, whose clock comes with what is played: its tempo, and its place in the bar.
    case clock
    /// That of who plays, as their beats come earlier or later than they were expected.
    case playing
  }

  /// What asks for an answer, beside ``Jam/answer(at:)``.
  public enum Cue: Hashable, Sendable {
    /// So many bars in which no key is down.
    case silence(bars: Double)
    /// A controller, such as the pedals 66 and 67, that is pressed down.
    case controller(UInt8)
    /// A key, which is then no part of the music.
    case key(UInt8)
  }

  /// Who plays when.
  public var mode = Mode.answer
  /// What asks for an answer.
  public var cue = Cue.silence(bars: 1)
  /// How many bars an answer has, 1 to 1,000; nil for as many as the call, 16 at most.
  public var answerBars: Int?
  /// The tempo in quarter notes a minute, 20 to 400.
  public var quartersPerMinute = 120.0
  /// The metre of all bars.
  public var metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
  /// Whether beats are clicked.
  public var clicks = false
  /// How many bars are clicked before the first, 0 to 8; the model writes nothing in them.
  public var countInBars = 0
  /// Whose tempo it is; nil for ``quartersPerMinute`` until it is tapped or set.
  public var follows: Leader?
  /// Whether a clock is sent for other devices.
  public var sendsClock = false
  /// Whether what is played is sent on, to be heard where the answer is.
  public var passesThrough = true
  /// The channel of answers, 0 to 15; of a model of several instruments that of the first.
  public var answerChannel: UInt8 = 1

  /// Creates the default settings.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: `SettingError` naming the first that is not.
  public func validate() throws(SettingError) {
    func check(
      _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
    ) throws(SettingError) {
      try SettingError.check(key, found, holds, expected)
    }
    if let answerBars {
      try check("answerBars", answerBars, 1...1_000 ~= answerBars, "1 to 1000")
    }
    try check(
      "tempo", quartersPerMinute, BeatClock.tempos.contains(quartersPerMinute), "20 to 400")
    try check(
      "metre", metre,
      1...64 ~= metre.numerator && [1, 2, 4, 8, 16, 32].contains(metre.denominator),
      "such as 3/4 or 6/8")
    try check("countIn", countInBars, 0...8 ~= countInBars, "0 to 8")
    try check("channel", Int(answerChannel) + 1, answerChannel < 16, "1 to 16")
    switch cue {
    case .silence(let bars): try check("silence", bars, 0.25...64 ~= bars, "0.25 to 64 bars")
    case .controller(let number): try check("cue", number, number < 120, "a controller below 120")
    case .key(let pitch): try check("cue", pitch, pitch < 128, "a pitch below 128")
    }
  }

  /// How many quarter notes a bar and a beat have.
  var barQuarters: Double { beatQuarters * Double(metre.numerator) }
  var beatQuarters: Double { 4 / Double(metre.denominator) }
}
