public import Music
public import Tokenization

/// What piece is asked for.
public struct GenerationSettings: Hashable, Sendable {
  /// How tokens are drawn.
  public var sampling = SamplingSettings()
  /// What the music shall keep to.
  public var steering = Steering()
  /// What the model is told of the piece, of the conditions that it knows.
  public var conditions = PieceAttributes()
  /// Whether the model is told what was not asked for as well, where it is known how its training pieces
  /// combine conditions: of a primer its key, metre and tempo and that its instruments play, what the sampler is led
  /// to, and the rest drawn as those pieces have it.
  public var completesConditions = true
  /// How strongly a piece is led to the key that the model is told where nobody asked for one, as
  /// ``Steering/keyStrength`` leads it to one that was asked for; 0 for not at all.
  public var toldKeyStrength: Float = 0
  /// The part that the piece is written to, by a model that learned to be given one; nil for none.
  public var given: GivenLine?
  /// How much of what the conditions change in the logits counts: 1 all of it, 0 none, more sharpens them.
  public var guidance: Float = 1
  /// How long the generated part shall be; nil for as long as the model likes.
  public var length: PieceLength? = .atMost(60)
  /// A piece to go on from; nil to start from nothing.
  ///
  /// What is new begins where the primer ends, a rest after its last note included.
  public var primer: Score?
  /// How long a note may sound, in seconds; nil for as long as those the model learned from, where a
  /// note can be forgotten while it sounds, and else for as long as the model likes.
  public var longestNoteSeconds: Double?
  /// How long it may be until another note is struck, in seconds; nil for as long as the model likes.
  ///
  /// A model that has fallen silent may not find its way back by itself. Left at its default it gives
  /// way to a ``Steering/density`` of fewer notes; any other is kept.
  public var longestRestSeconds: Double? = Self.defaultLongestRestSeconds

  /// The longest rest where nobody asked for one.
  public static let defaultLongestRestSeconds = 5.0

  /// How much the piece quotes itself, where the network recalls it: 0 never, 1 as the training pieces do,
  /// ``mostRepeats`` as often as it can.
  ///
  /// What is recalled gets likelier or less likely, and is told or not, so that the piece's quotations keep
  /// up with so large a share of the training pieces'. Where nothing is known of those, 1 is as the network
  /// likes.
  public var repeats: Float = 1
  /// What is changed on the way, in order of events.
  public var changes: [SamplingChange] = []
  /// Where every random choice comes from.
  public var seed: UInt64 = 1

  /// Creates the default settings.
  public init() {}

  /// The length in seconds; nil where there is none or it is not in seconds.
  public var seconds: Double? {
    get { if case .seconds(let seconds) = length { seconds } else { nil } }
    set { length = newValue.map(PieceLength.seconds) }
  }

  /// The most that ``repeats`` may be.
  public static let mostRepeats: Float = 2

  /// The most that ``guidance`` may be.
  public static let mostGuidance: Float = 10

  /// The longest piece that may be asked for: a day.
  public static let longestSeconds = 86_400.0

  /// A seed where nobody asks for one: another one each time, and short enough to be typed.
  package static func newSeed() -> UInt64 { .random(in: 1..<1_000_000) }

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``GenerationError`` naming the first that is not.
  public func validate() throws(GenerationError) {
    try sampling.validate()
    for (key, seconds) in [
      ("longestNote", longestNoteSeconds), ("longestRest", longestRestSeconds),
    ] {
      if let seconds { try GenerationError.check(key, "\(seconds) s", seconds > 0, "more than 0") }
    }
    try GenerationError.check(
      "repeats", repeats, (0...Self.mostRepeats).contains(repeats), "0 to 2")
    try GenerationError.check(
      "keyStrength", toldKeyStrength, (0...Steering.mostStrength).contains(toldKeyStrength),
      "0 to 10")
    try GenerationError.check(
      "guidance", guidance, (0...Self.mostGuidance).contains(guidance), "0 to 10")
    try steering.validate()
    try length?.validate()
    for change in changes { try change.validate() }
  }
}

/// How long a piece shall be.
public enum PieceLength: Hashable, Sendable {
  /// So many seconds.
  case seconds(Double)
  /// As long as the model likes, but so many seconds at most.
  case atMost(Double)
  case bars(Int)
  /// So many sections, the primer in the first of them.
  case form(Form)
  case notes(Int)
  case tokens(Int)

  /// The number, of whatever it counts.
  var amount: Double {
    switch self {
    case .seconds(let seconds), .atMost(let seconds): seconds
    case .bars(let count), .notes(let count), .tokens(let count): Double(count)
    case .form(let form): Double(form.bars)
    }
  }

  /// The form that it gives the piece; nil where it gives none.
  var form: Form? { if case .form(let form) = self { form } else { nil } }

  /// The length in seconds, or the most of them; nil for lengths in something else.
  var inSeconds: Double? {
    switch self {
    case .seconds(let seconds), .atMost(let seconds): seconds
    case .bars, .form, .notes, .tokens: nil
    }
  }

  /// The length from which on the model may end the piece by itself, whatever is asked for at most.
  // Not inlined: the optimiser of Swift 6.3.1 ends on an error in `PieceState` where it is.
  @inline(never) var ownEnd: Double? {
    if case .atMost(let seconds) = self { seconds / 6 } else { nil }
  }

  /// How much before the asked length the model is led to end the piece.
  var lead: Double { inSeconds.map { min(8, $0 / 10) } ?? 0 }

  /// How much longer the piece may get until the model ends it; then the first rest does.
  var patience: Double { inSeconds.map { min(6, $0 / 20) } ?? 0 }

  /// How much longer the piece may get until the first rest ends it though its bass is not at home.
  var homecoming: Double { (patience + overrun) / 2 }

  /// For how many seconds the last of so many notes may sound on until all are released.
  static let longestClosing = 5.0

  /// How much longer the piece may get to end where nothing sounds.
  var overrun: Double {
    switch self {
    case .seconds(let seconds), .atMost(let seconds): min(8, seconds / 10)
    case .bars, .form, .notes: 0
    case .tokens(let count): Double(min(128, count / 10))
    }
  }

  /// A model that never lets time pass must not run for ever: no music has 2,000 tokens a second.
  var tokenLimit: Int {
    switch self {
    case .seconds(let seconds), .atMost(let seconds): 10_000 + Int(seconds * 2_000)
    case .bars(let count): 10_000 + count * 4_000
    case .form(let form): PieceLength.bars(form.bars).tokenLimit
    case .notes(let count): 10_000 + count * 200
    case .tokens(let count): count
    }
  }

  /// How many bars a piece may be asked for.
  private static let mostBars = 50_000

  /// Checks that the length is one.
  ///
  /// - Throws: ``GenerationError`` where it is none or longer than a day of music.
  func validate() throws(GenerationError) {
    func check(_ found: String, _ holds: Bool, _ most: String) throws(GenerationError) {
      try GenerationError.check("length", found, holds, "more than 0 and at most \(most)")
    }
    switch self {
    case .seconds(let seconds), .atMost(let seconds):
      try check(
        "\(seconds) s", seconds > 0 && seconds <= GenerationSettings.longestSeconds, "a day")
    case .bars(let count):
      try check("\(count) bars", 1...Self.mostBars ~= count, "\(Self.mostBars)")
    case .form(let form):
      try GenerationError.check(
        "form", "\(form.bars) bars long", form.bars <= Self.mostBars, "at most \(Self.mostBars)")
    case .notes(let count): try check("\(count) notes", 1...1_000_000 ~= count, "1000000")
    case .tokens(let count): try check("\(count) tokens", 1...10_000_000 ~= count, "10000000")
    }
  }
}
