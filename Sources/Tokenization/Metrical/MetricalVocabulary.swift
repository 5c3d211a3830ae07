/// The metrical schemes TSD and REMI as MidiTok 3 defines them, with several instruments and drums in
/// one stream.
///
/// A note is a program (where they are told), a pitch or drum, a velocity and a duration in beats. TSD
/// tells time by shifts, REMI by bars and positions in them; both tell changes of tempo and metre. At
/// one time the metre comes first, then the tempo, then notes by program (drums last) and pitch, then, where they are
/// told, pedals and wheels, each behind its program as a note is.
///
/// Reference: Fradet et al., "MidiTok: A Python Package for MIDI File Tokenization" (2021); Huang and
/// Yang, "Pop Music Transformer" (2020) for REMI.
public struct MetricalVocabulary: Vocabulary {
  /// How time is told.
  public enum Scheme: String, Hashable, Sendable {
    /// By shifts between notes.
    case tsd
    /// By bars and positions in them.
    case remi
  }

  /// How time is told.
  public let scheme: Scheme
  /// The settings.
  public let settings: MetricalConfiguration
  let grid: MetricalGrid
  let layout: MetricalLayout

  /// Creates a vocabulary.
  ///
  /// - Throws: ``VocabularyError`` where a setting is out of its range.
  public init(
    _ scheme: Scheme, _ settings: MetricalConfiguration = .init()
  ) throws(VocabularyError) {
    try settings.validate()
    self.scheme = scheme
    self.settings = settings
    grid = MetricalGrid(settings)
    layout = MetricalLayout(settings, grid: grid, scheme: scheme)
    guard layout.count <= Int(Token.max) else {
      throw VocabularyError(.tooManyTokens(found: layout.count, limit: Int(Token.max)))
    }
  }

  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration {
    switch scheme {
    case .tsd: .tsd(settings)
    case .remi: .remi(settings)
    }
  }
  /// How many tokens there are.
  public var count: Int { layout.count }
  /// The token that opens every piece.
  public var start: Token { Token(layout.start) }
  /// The token that closes every piece.
  public var end: Token { Token(layout.end) }

  /// A token's kind of event, such as `pitch`.
  public func kind(of token: Token) -> String {
    switch layout.event(token) {
    case .pitch: "pitch"
    case .drum: "drum"
    case .velocity: "velocity"
    case .duration: "duration"
    case .shift: "time-shift"
    case .bar: "bar"
    case .position: "position"
    case .tempo: "tempo"
    case .program: "program"
    case .signature: "time-signature"
    case .start: "start"
    case .end: "end"
    case .controller(let event): event.controller.rawValue
    case nil: "unknown"
    }
  }

  /// A token's event in words.
  ///
  /// Lengths are in beats, positions and positions a beat, as in MidiTok: `duration 1.4.8` lasts a
  /// beat and a half.
  public func name(of token: Token) -> String {
    let kind = kind(of: token)
    return switch layout.event(token) {
    case .pitch(let pitch), .drum(let pitch): "\(kind) \(pitch)"
    case .velocity(let bin): "\(kind) \(grid.velocities[bin])"
    case .duration(let length), .shift(let length): "\(kind) \(grid.lengthNames[length])"
    case .position(let position): "\(kind) \(position)"
    case .tempo(let bin): "\(kind) \(grid.tempos[bin])"
    case .program(let program): program == drumKit ? "\(kind) drums" : "\(kind) \(program)"
    case .signature(let index):
      "\(kind) \(grid.signatures[index].numerator)/\(grid.signatures[index].denominator)"
    case .bar, .start, .end: kind
    case .controller(let event): layout.controllers.name(of: event)
    case nil: "\(kind) \(token)"
    }
  }

  /// What a token tells.
  public func events(of token: Token) -> [TokenEvent] {
    switch layout.event(token) {
    case .pitch(let pitch): [.note(pitch: pitch)]
    case .drum(let pitch): [.drum(pitch: pitch)]
    case .shift(let length): [.time(seconds: seconds(steps: grid.lengths[length]))]
    case .position(let position): [.position(seconds: seconds(steps: position))]
    case .bar: [.bar]
    case .duration(let length): [.duration(seconds: seconds(steps: grid.lengths[length]))]
    case .program(let program): [.program(program)]
    case .tempo(let bin): [.tempo(Double(grid.tempos[bin]))]
    case .signature(let index):
      [
        .metre(
          numerator: grid.signatures[index].numerator,
          denominator: grid.signatures[index].denominator)
      ]
    case .controller(let event): [.controller(layout.controllers.value(of: event))]
    default: [.other]
    }
  }

  /// Steps of a quarter note's beat at 120 quarter notes a minute.
  private func seconds(steps: Int) -> Double { 0.5 * Double(steps) / Double(grid.positions) }

  /// Makes a decoder at the start of a piece.
  public func makeDecoder() -> any TokenDecoder { MetricalDecoder(self) }
  /// Makes an encoder of what is being played, before the start of a piece.
  public func makeEncoder() -> (any TokenEncoder)? { MetricalEncoder(self) }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { MetricalGrammar(self) }
}

extension MetricalVocabulary {
  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    var result = tokens
    for (index, token) in tokens.enumerated() where layout.pitches.contains(Int(token)) {
      let moved = Int(token) + semitones
      guard layout.pitches.contains(moved) else { return nil }
      result[index] = Token(moved)
    }
    return result
  }
}
