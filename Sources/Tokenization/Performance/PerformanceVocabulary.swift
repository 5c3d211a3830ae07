/// The performance events: note-on, note-off, time-shift and velocity, with the sustain pedal folded
/// into note ends.
///
/// With its default settings these are the 388 events of the reference, in its order, followed by the
/// start and the end of a piece, and, where `programs` is set, by 129 program tokens. At one step
/// note-offs come before note-ons, both by program and pitch; a velocity or program token comes only
/// where it differs from the one before. Where pedals and wheels are told, they move after the notes of their step.
///
/// Reference: Oore, Simon, Dieleman, Eck, Simonyan, "This Time with Feeling: Learning Expressive
/// Musical Performance" (2018).
public struct PerformanceVocabulary: Vocabulary {
  /// The settings of a performance vocabulary.
  public struct Configuration: Hashable, Sendable {
    /// The length of a step in milliseconds, 1 to 1,000.
    public var stepMilliseconds = 10
    /// The longest time-shift in steps, 1 to 10,000.
    public var maximumShift = 100
    /// How many velocities are told apart at most, 0 to 127; with 0 there are no velocity tokens.
    ///
    /// As in the reference's implementation bins are equally wide, 127 over their number and rounded up: of 50 bins of
    /// three velocities 43 are filled.
    public var velocityBins = 32
    /// The lowest pitch; lower notes are left out.
    public var lowestPitch = 0
    /// The highest pitch; higher notes are left out.
    public var highestPitch = 127
    /// Whether program tokens tell instruments apart.
    public var programs = false
    /// What plays where programs are not told apart: 0 to 127 for all but drums, 128 for drums only.
    public var program = 0
    /// How many notes may sound at once; no limit where `nil`.
    public var polyphony: Int?
    /// Of which pedals and wheels tokens tell; of none where `nil`.
    ///
    /// A pedal that is told is not folded into note ends.
    public var controllers: ControllerSettings?

    /// Creates the settings of the reference.
    public init() {}
  }

  /// The settings.
  public let settings: Configuration
  let layout: PerformanceLayout

  /// Creates the vocabulary of the reference.
  public init() {
    settings = Configuration()
    layout = PerformanceLayout(settings)
  }

  /// Creates a vocabulary.
  ///
  /// - Throws: ``VocabularyError`` where a setting is out of its range.
  public init(_ settings: Configuration) throws(VocabularyError) {
    try VocabularyError.check("stepMilliseconds", settings.stepMilliseconds, in: 1...1_000)
    try VocabularyError.check("maximumShift", settings.maximumShift, in: 1...10_000)
    try VocabularyError.check("velocityBins", settings.velocityBins, in: 0...127)
    try VocabularyError.check("lowestPitch", settings.lowestPitch, in: 0...127)
    try VocabularyError.check("highestPitch", settings.highestPitch, in: settings.lowestPitch...127)
    try VocabularyError.check("program", settings.program, in: 0...128)
    if let polyphony = settings.polyphony {
      try VocabularyError.check("polyphony", polyphony, in: 1...1_000)
    }
    try settings.controllers?.validate()
    self.settings = settings
    layout = PerformanceLayout(settings)
    guard layout.count <= Int(Token.max) else {
      throw VocabularyError(.tooManyTokens(found: layout.count, limit: Int(Token.max)))
    }
  }

  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration { .performance(settings) }
  /// How many tokens there are.
  public var count: Int { layout.count }
  /// The token that opens every piece.
  public var start: Token { Token(layout.start) }
  /// The token that closes every piece.
  public var end: Token { Token(layout.end) }

  /// A token's kind of event, such as `note-on`.
  public func kind(of token: Token) -> String {
    switch layout.event(token) {
    case .noteOn: "note-on"
    case .noteOff: "note-off"
    case .shift: "time-shift"
    case .velocity: "velocity"
    case .start: "start"
    case .end: "end"
    case .program: "program"
    case .controller(let event): event.controller.rawValue
    case nil: "unknown"
    }
  }

  /// A token's event in words: `note-on 60`, `time-shift 250 ms`, `program 40`, `program drums`.
  public func name(of token: Token) -> String {
    switch layout.event(token) {
    case .noteOn(let pitch): "note-on \(pitch)"
    case .noteOff(let pitch): "note-off \(pitch)"
    case .shift(let steps): "time-shift \(steps * settings.stepMilliseconds) ms"
    case .velocity(let bin): "velocity \(layout.velocity(ofBin: bin))"
    case .start: "start"
    case .end: "end"
    case .program(let program): program == drumKit ? "program drums" : "program \(program)"
    case .controller(let event): layout.controllers.name(of: event)
    case nil: "unknown \(token)"
    }
  }

  /// What a token tells.
  public func events(of token: Token) -> [TokenEvent] {
    switch layout.event(token) {
    case .noteOn(let pitch) where !settings.programs && settings.program == Int(drumKit):
      [.drum(pitch: pitch)]
    case .noteOn(let pitch): [.note(pitch: pitch)]
    case .noteOff(let pitch): [.release(pitch: pitch)]
    case .shift(let steps):
      [.time(seconds: Double(steps * settings.stepMilliseconds) / 1000)]
    case .program(let program): [.program(program)]
    case .controller(let event): [.controller(layout.controllers.value(of: event))]
    default: [.other]
    }
  }

  /// Makes a decoder at the start of a piece.
  public func makeDecoder() -> any TokenDecoder { PerformanceDecoder(self) }
  /// Makes an encoder of what is being played, before the start of a piece.
  public func makeEncoder() -> (any TokenEncoder)? { PerformanceEncoder(self) }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { PerformanceGrammar(self) }
}

extension PerformanceVocabulary.Configuration: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case stepMilliseconds, maximumShift, velocityBins, lowestPitch, highestPitch, programs, program
    case polyphony, controllers
  }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads settings; those left out have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try container.read(.stepMilliseconds, into: &stepMilliseconds)
    try container.read(.maximumShift, into: &maximumShift)
    try container.read(.velocityBins, into: &velocityBins)
    try container.read(.lowestPitch, into: &lowestPitch)
    try container.read(.highestPitch, into: &highestPitch)
    try container.read(.programs, into: &programs)
    try container.read(.program, into: &program)
    try container.read(.polyphony, into: &polyphony)
    try container.read(.controllers, into: &controllers)
  }
}
