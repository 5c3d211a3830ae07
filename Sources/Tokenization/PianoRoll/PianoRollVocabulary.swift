/// A grid of frames: the pitches that sound in each, in order, then an end of frame.
///
/// The likelihood of a frame is the product of its tokens', so that it compares with published figures
/// per frame. Without hold tokens a held pitch and one that is struck again look the same, as in those
/// benchmarks. Velocity, tempo and instrument are not told.
///
/// Reference: Boulanger-Lewandowski, Bengio, Vincent, "Modeling Temporal Dependencies in
/// High-Dimensional Sequences" (2012) for the frames.
public struct PianoRollVocabulary: Vocabulary {
  /// The order of the pitches of a frame.
  public enum Order: String, Hashable, Sendable, Codable {
    /// From the lowest pitch upwards.
    case ascending
    /// From the highest pitch downwards.
    case descending
  }

  /// The settings of a piano-roll vocabulary.
  public struct Configuration: Hashable, Sendable {
    /// How many frames a whole note has, 1 to 192: 16 for frames of a sixteenth.
    public var framesPerWhole = 16
    /// The order of the pitches of a frame.
    public var order = Order.ascending
    /// Whether hold tokens tell a held pitch from one that is struck again.
    public var holds = false
    /// The lowest pitch; lower notes are left out.
    public var lowestPitch = 21
    /// The highest pitch; higher notes are left out.
    public var highestPitch = 108
    /// What plays: 0 to 127 for all but drums, 128 for drums only.
    public var program = 0
    /// The tempo of decoded music in quarter notes a minute, 10 to 1,000.
    public var tempo = 120
    /// How many pitches a frame may have; no limit where `nil`.
    public var polyphony: Int?

    /// The length of a quarter note of decoded music.
    var microsecondsPerQuarter: Int { 60_000_000 / tempo }

    /// Creates the default settings.
    public init() {}
  }

  /// The settings.
  public let settings: Configuration
  let layout: PianoRollLayout
  /// Ticks a quarter note and a frame of decoded music.
  let ticksPerQuarter: Int
  let frameTicks: Int

  /// Creates a vocabulary.
  ///
  /// - Throws: ``VocabularyError`` where a setting is out of its range.
  public init(_ settings: Configuration = .init()) throws(VocabularyError) {
    try VocabularyError.check("framesPerWhole", settings.framesPerWhole, in: 1...192)
    try VocabularyError.check("lowestPitch", settings.lowestPitch, in: 0...127)
    try VocabularyError.check("highestPitch", settings.highestPitch, in: settings.lowestPitch...127)
    try VocabularyError.check("program", settings.program, in: 0...128)
    try VocabularyError.check("tempo", settings.tempo, in: 10...1_000)
    if let polyphony = settings.polyphony {
      try VocabularyError.check("polyphony", polyphony, in: 1...128)
    }
    self.settings = settings
    layout = PianoRollLayout(settings)
    let quarters = max(1, 480 / settings.framesPerWhole)
    ticksPerQuarter = settings.framesPerWhole * quarters
    frameTicks = 4 * quarters
  }

  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration { .pianoroll(settings) }
  /// How many tokens there are.
  public var count: Int { layout.end + 1 }
  /// The token that opens every piece.
  public var start: Token { Token(layout.start) }
  /// The token that closes every piece.
  public var end: Token { Token(layout.end) }

  /// A token's kind of event, such as `note`.
  public func kind(of token: Token) -> String {
    switch layout.event(token) {
    case .note: "note"
    case .hold: "hold"
    case .endOfFrame: "end-of-frame"
    case .start: "start"
    case .end: "end"
    case nil: "unknown"
    }
  }

  /// A token's event in words, such as `note 60`.
  public func name(of token: Token) -> String {
    switch layout.event(token) {
    case .note(let pitch), .hold(let pitch): "\(kind(of: token)) \(pitch)"
    case nil: "unknown \(token)"
    default: kind(of: token)
    }
  }

  /// What a token tells; without hold tokens a note may also be one that goes on.
  public func events(of token: Token) -> [TokenEvent] {
    switch layout.event(token) {
    case .note(let pitch) where settings.program == Int(drumKit): [.drum(pitch: pitch)]
    case .note(let pitch): [.note(pitch: pitch)]
    case .endOfFrame: [.frame(seconds: 2 / Double(settings.framesPerWhole))]
    default: [.other]
    }
  }

  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    if settings.program == Int(drumKit) { return tokens }
    var result = tokens
    for (index, token) in tokens.enumerated() {
      for range in [layout.notes, layout.holds] where range.contains(Int(token)) {
        guard range.contains(Int(token) + semitones) else { return nil }
        result[index] = Token(Int(token) + semitones)
      }
    }
    return result
  }

  /// Makes a decoder at the start of a piece.
  public func makeDecoder() -> any TokenDecoder { PianoRollDecoder(self) }
  /// Makes an encoder of what is being played, before the start of a piece.
  public func makeEncoder() -> (any TokenEncoder)? { PianoRollEncoder(self) }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { PianoRollGrammar(self) }
}

extension PianoRollVocabulary.Configuration: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case framesPerWhole, order, holds, lowestPitch, highestPitch, program, tempo, polyphony
  }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads settings; those left out have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try container.read(.framesPerWhole, into: &framesPerWhole)
    try container.read(.order, into: &order)
    try container.read(.holds, into: &holds)
    try container.read(.lowestPitch, into: &lowestPitch)
    try container.read(.highestPitch, into: &highestPitch)
    try container.read(.program, into: &program)
    try container.read(.tempo, into: &tempo)
    try container.read(.polyphony, into: &polyphony)
  }
}
