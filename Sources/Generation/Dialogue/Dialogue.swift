public import Modeling
public import Music
import Recurrent
import StandardMIDIFile
public import Tokenization

/// A piece that somebody and a model make together: what is played is read as it comes, as if the model had
/// written it, and the model goes on with it.
///
/// Its memory is bounded: when a piece gets long the model reads the last of it anew, as the beginning of another.
///
/// Like all that writes step by step it does not hear of a cancelled task: whoever asks for more can stop.
public final class Dialogue: Partner {
  /// How long a quarter note lasts in the model's own time; nil where its vocabulary tells seconds.
  public let secondsPerQuarter: Double?
  /// How many tokens of the other's the model has read.
  public private(set) var heardCount = 0
  /// How many tokens it has written that stand.
  public private(set) var writtenCount = 0
  /// The key that the model is told, be it asked for or heard; nil where it is told none.
  public private(set) var key: Key?

  private let model: Model
  private var settings: GenerationSettings
  private let metre: PieceAttributes.Metre
  /// What stands before the first note, without the start token.
  private let head: [Token]
  private let events: [[TokenEvent]]
  private let secondsPerTick: Double
  private let stepper: GuidedStepper
  private var start: PieceStart
  private var state: PieceState
  private var encoder: any TokenEncoder
  private var voice = OwnVoice()
  private var heardKey = HeardKey()
  private var logits: [Float] = []
  /// What the network has still to read, the next one last.
  private var unread: [Token] = []
  /// All tokens behind the head.
  private var tokens: [Token] = []
  /// Where the piece starts in the dialogue.
  private var origin = 0.0
  private var pieceCount: UInt64 = 0
  /// What is to be sent before anything new.
  private var kept: [TimedMessage] = []
  /// What was before each token that can still be taken back.
  private var marks: [Mark] = []

  private struct Mark {
    /// How far the dialogue is settled by the token.
    var settled: Double
    var state: PieceState
    var network: NetworkState
    var encoder: any TokenEncoder
    var voice: OwnVoice
    var logits: [Float]
    var tokenCount: Int
  }

  /// How many tokens a piece may have, and how many of them the next one begins with.
  private static let (longestPiece, rememberedTokens) = (6_000, 1_000)
  /// How many tokens are read at once where there is time: some milliseconds' worth.
  private static let readAtOnce = 96
  /// How many tokens are written at the most where no time passes.
  private static let mostTokensAtOnce = 4_000

  /// Begins a dialogue.
  ///
  /// - Parameters:
  ///   - model: who answers.
  ///   - settings: how it writes; length and form are not used. Of a primer the last is what was heard before, in
  ///     the dialogue's tempo, up to a bar line.
  ///   - metre: the metre of all bars, and of the primer.
  ///   - quartersPerMinute: the tempo that the model is told, where it can be told one, and in which the settings'
  ///     longest note is counted, and a density that the model is told.
  ///   - playsAtOnce: whether both play at the same time, so that each note is told as it is struck.
  /// - Throws: ``GenerationError`` where the model or the settings do not allow it, or memory does not suffice.
  public init(
    model: Model, settings: GenerationSettings, metre: PieceAttributes.Metre,
    quartersPerMinute: Double, playsAtOnce: Bool = false
  ) throws(GenerationError) {
    let vocabulary = model.vocabulary
    guard var encoder = vocabulary.makeEncoder() else {
      throw GenerationError(
        .dialogue("the model writes to a part that is known a bar ahead, expected another one"))
    }
    guard encoder.canTellAtOnce || !playsAtOnce else {
      throw GenerationError(
        .dialogue(
          "the model's vocabulary, \(vocabulary.configuration.name), tells notes together; expected "
            + "performance, tsd or remi for both to play at once"))
    }
    encoder.tellsAtOnce = playsAtOnce
    var settings = settings
    settings.length = .bars(50_000)
    let primer = settings.primer
    settings.primer = nil
    settings.changes = []
    settings.completesConditions = false
    let head = vocabulary.head(
      numerator: metre.numerator, denominator: metre.denominator,
      quartersPerMinute: quartersPerMinute)
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    try Self.check(
      metre, in: head.flatMap { events[Int($0)] }, tellsBars: events.joined().contains(.bar))
    settings.steering.tempo = nil
    for case .tempo(let tempo) in head.flatMap({ events[Int($0)] }) {
      settings.steering.tempo = tempo
    }
    let body = Array(head.dropFirst())
    self.model = model
    self.metre = metre
    self.events = events
    self.head = body
    let opened = vocabulary.decode(head)
    let quarter = Double(opened.tempos.first?.microsecondsPerQuarter ?? 500_000) / 1e6
    let ticks = if case .ticksPerQuarter(let ticks) = opened.division { ticks } else { 1 }
    secondsPerTick = quarter / Double(max(1, ticks))
    secondsPerQuarter = vocabulary.configuration.timeKeeping == .beats ? quarter : nil
    settings = settings.telling(tempo: quartersPerMinute, to: vocabulary)
    if vocabulary.configuration.timeKeeping == .beats {
      let heard = 60 / quartersPerMinute
      settings.countLongestNote(heardAt: heard, writtenAt: quarter)
      try settings.countDensity(heardAt: heard, writtenAt: quarter, in: vocabulary)
    }
    self.settings = settings
    let heard = vocabulary.tellsKeys ? primer.flatMap { HeardKey($0).key } : nil
    key = settings.conditions.key ?? heard
    let told = settings.telling(metre, heard, to: vocabulary)
    let start = try PieceStart(told, model)
    if let primer {
      tokens = try Self.tokens(
        of: primer, behind: head, metre: metre, quartersPerMinute: quartersPerMinute, in: vocabulary
      )
      tokens = Self.lastPassage(of: tokens, events)
    }
    let stepper = try GuidedStepper(model, pieces: 1, guidance: settings.guidance)
    var state = PieceState(told, start.goingOn(from: body + tokens))
    // Which bars come again is not for a plan to say where another plays half of them.
    state.change(repeats: settings.repeats)
    var logits: [Float] = []
    for token in state.opening {
      encoder.follow(token)
      stepper.step([Int32(token)], logits: &logits)
    }
    self.start = start
    self.stepper = stepper
    self.state = state
    self.encoder = encoder
    self.logits = logits
    if tokens.isEmpty {
      _ = self.state.takeMessages()
    } else {
      endPrimer(barQuarters: 4 * Double(metre.numerator) / Double(metre.denominator))
    }
  }

  /// What is told of a primer, in a dialogue's metre and tempo, without the head.
  private static func tokens(
    of primer: Score, behind head: [Token], metre: PieceAttributes.Metre, quartersPerMinute: Double,
    in vocabulary: any Vocabulary
  ) throws(GenerationError) -> [Token] {
    var signatures = primer.timeSignatures
    if signatures.first.map({ $0.tick > 0 }) ?? true {
      signatures.append(TimeSignature(tick: 0, numerator: 4, denominator: 4))
    }
    for signature in signatures
    where signature.numerator != metre.numerator || signature.denominator != metre.denominator {
      throw GenerationError(
        .dialogue(
          "the primer is in \(signature.numerator)/\(signature.denominator), expected \(metre)"))
    }
    var primer = primer
    primer.tempos = [TempoChange(tick: 0, quartersPerMinute: max(1, quartersPerMinute))]
    let tokens = try vocabulary.opening(of: primer, after: [])
    let body = head.dropFirst()
    return Array(tokens.starts(with: body) ? tokens.dropFirst(body.count) : tokens[...])
  }

  /// Lets a primer be over: what is played begins on the bar line behind it.
  private func endPrimer(barQuarters: Double) {
    let settled = state.decoder.settledSeconds
    var end = settled
    if let secondsPerQuarter {
      let bar = barQuarters * secondsPerQuarter
      end = ((settled / bar) - 1e-6).rounded(.up) * bar
    }
    voice.beginning = .infinity
    keep(voice.passed(state.takeMessages(), settled: settled))
    encoder.rest(until: end)
    hearWhatIsTold()
    origin = -end
  }

  /// Refuses a metre that a vocabulary tells another in the place of: common time where it tells bars alone.
  private static func check(
    _ metre: PieceAttributes.Metre, in head: [TokenEvent], tellsBars: Bool
  ) throws(GenerationError) {
    var told = tellsBars ? PieceAttributes.Metre(numerator: 4, denominator: 4) : metre
    for case .metre(let numerator, let denominator) in head {
      told = PieceAttributes.Metre(numerator: numerator, denominator: denominator)
    }
    guard told == metre else {
      throw GenerationError(.dialogue("the model's vocabulary knows no metre \(metre)"))
    }
  }
}

// What is heard.
extension Dialogue {
  /// How far the dialogue is told, in seconds: what is heard next is put there at the earliest.
  public var settledSeconds: Double { origin + state.decoder.settledSeconds }

  /// Hears a note begin.
  ///
  /// - Parameters:
  ///   - program: the program that plays it, 128 for drums.
  ///   - pitch: its pitch, 0 to 127.
  ///   - velocity: how hard it is struck, 1 to 127.
  ///   - seconds: when.
  public func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    encoder.strike(program: program, pitch: pitch, velocity: velocity, at: seconds - origin)
    if program < 128 { heardKey.strike(pitch, at: seconds) }
    if encoder.tellsAtOnce { hearWhatIsTold() }
  }

  /// Hears a note end.
  public func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    encoder.release(program: program, pitch: pitch, at: seconds - origin)
    if program < 128 { heardKey.release(pitch, at: seconds) }
    if encoder.tellsAtOnce { hearWhatIsTold() }
  }

  /// Hears that nothing more comes before a moment.
  public func listen(until seconds: Double) {
    encoder.listen(until: seconds - origin)
    hearWhatIsTold()
    guard tokens.count > Self.longestPiece else { return }
    encoder.releaseAll(at: seconds - origin)
    encoder.rest(until: seconds - origin)
    hearWhatIsTold()
    beginAnew()
  }

  private func hearWhatIsTold() {
    let told = encoder.takeTokens()
    // Where both do not play at once, what sounds while the other plays is the other's.
    if !encoder.tellsAtOnce { voice.beginning = .infinity }
    for token in told {
      state.hear(token)
      voice.hear(events[Int(token)], at: state.decoder.settledSeconds)
    }
    take(told)
    if told.isEmpty { return }
    tokens += told
    heardCount += told.count
    keep(voice.passed(state.takeMessages(), settled: state.decoder.settledSeconds))
  }

  /// Has the network read tokens, behind what it has still to read.
  private func take(_ tokens: [Token]) {
    unread = tokens.reversed() + unread
    // What is read as it comes is no burden; what is read anew is read little by little.
    if unread.count == tokens.count { readAll() }
  }

  /// Reads on where much has to be read anew.
  ///
  /// - Returns: whether all is read.
  public func read() -> Bool {
    for _ in 0..<min(Self.readAtOnce, unread.count) { readNext() }
    return unread.isEmpty
  }

  private func readAll() { while !unread.isEmpty { readNext() } }

  private func readNext() { stepper.step([Int32(unread.removeLast())], logits: &logits) }

  /// Keeps messages to be sent by the next ``write(until:)``.
  private func keep(_ messages: [TimedMessage]) { kept += messages.map(inDialogue) }

  private func inDialogue(_ timed: TimedMessage) -> TimedMessage {
    TimedMessage(seconds: timed.seconds + origin, content: timed.content)
  }
}

// What is written.
extension Dialogue {
  /// Lets the model go on from here: what was played is told to its end, and nothing is struck before a moment.
  ///
  /// The model is told the key of what was played, where it can be told a key and none was asked for.
  ///
  /// - Parameter seconds: when what is written begins.
  public func begin(at seconds: Double) {
    marks = []
    encoder.releaseAll(at: seconds - origin)
    if takeKey() {
      // What waits is told before the piece is read anew.
      encoder.rest(until: settledSeconds - origin)
      hearWhatIsTold()
      beginAnew()
    }
    state.rest(until: Int(((seconds - origin) / secondsPerTick).rounded()))
    encoder.rest(until: seconds - origin)
    hearWhatIsTold()
    voice.beginning = seconds - origin - Self.tolerance
    // Whether what was told of channels before has been sent is not known here.
    kept = voice.programs.sorted { $0.key < $1.key }.map { channel, program in
      TimedMessage(
        seconds: seconds, message: .programChange(channel: channel, program: program))
    }
  }

  /// Writes on.
  ///
  /// - Parameter seconds: up to when, at the least.
  /// - Returns: the messages that this has settled, in playing order; more may have been settled than was asked
  ///   for, and can be taken back until it is heard.
  public func write(until seconds: Double) -> [TimedMessage] {
    var messages = kept
    kept = []
    var count = 0
    while settledSeconds < seconds, count < Self.mostTokensAtOnce {
      readAll()
      var mark = Mark(
        settled: 0, state: state, network: stepper.state, encoder: encoder, voice: voice,
        logits: logits, tokenCount: tokens.count)
      guard let token = state.draw(logits[...], stepper.pieces.first) else {
        beginAnew()
        messages += kept
        kept = []
        count += Self.rememberedTokens
        continue
      }
      encoder.follow(token)
      stepper.step(
        [Int32(token)], hidingRecall: [state.hidesRecall], telling: [state.toldKey], logits: &logits
      )
      tokens.append(token)
      writtenCount += 1
      count += 1
      messages += voice.passed(state.takeMessages(), settled: state.decoder.settledSeconds)
        .map(inDialogue)
      mark.settled = settledSeconds
      marks.append(mark)
    }
    if tokens.count > Self.longestPiece {
      beginAnew()
      messages += kept
      kept = []
    }
    return messages
  }

  /// Says that what was written before a moment was heard, and is not taken back any more.
  public func forget(before seconds: Double) {
    let heard = marks.firstIndex { $0.settled >= seconds } ?? marks.count
    marks.removeFirst(heard)
  }

  /// Takes back what the model has written from a moment on, and has not been heard yet.
  ///
  /// Notes that were struck before stay; when they end is for the listener to say, who has heard them.
  ///
  /// - Parameters:
  ///   - seconds: the moment.
  ///   - isOver: whether the other goes on alone: then all notes end there.
  public func takeBack(from seconds: Double, isOver: Bool) {
    if let index = marks.firstIndex(where: { $0.settled >= seconds - Self.tolerance }) {
      let mark = marks[index]
      // What is drawn anew is another draw: else whoever waits long would for ever wait so long again.
      let later = state
      state = mark.state
      state.keepChanges(of: later)
      if !isOver { state.random = later.random }
      stepper.state = mark.network
      encoder = mark.encoder
      voice = mark.voice
      logits = mark.logits
      writtenCount -= tokens.count - mark.tokenCount
      tokens.removeLast(tokens.count - mark.tokenCount)
    }
    marks = []
    // All before this moment has been sent; what is written anew comes after it.
    voice.beginning = seconds - origin - Self.tolerance
    if isOver {
      encoder.releaseAll(at: seconds - origin)
    } else {
      state.rest(until: Int(((seconds - origin) / secondsPerTick).rounded(.up)))
    }
  }

  /// Rounding errors of seconds are smaller, and what musicians can tell apart is larger.
  private static let tolerance = 1e-6

  /// Takes over the key of what was played, where the model can be told one and none was asked for; whether it is
  /// another.
  private func takeKey() -> Bool {
    let heard = settings.conditions.key ?? heardKey.key ?? key
    guard model.vocabulary.tellsKeys, heard != key else { return false }
    key = heard
    return true
  }

  /// Begins another piece with the last of this one, which the model reads anew.
  private func beginAnew() {
    let present = settledSeconds
    pieceCount += 1
    // Where both play at once this is the only time to tell it.
    _ = takeKey()
    var told = settings.telling(metre, key, to: model.vocabulary)
    told.seed = settings.seed &+ pieceCount
    // Settings that were valid once, and a key that every vocabulary with keys knows.
    if let begun = try? PieceStart(told, model) { start = begun }
    let remembered = lastPassage
    state = PieceState(told, start.goingOn(from: head + remembered))
    state.change(repeats: settings.repeats)
    stepper.reset(piece: 0)
    let tellsAtOnce = encoder.tellsAtOnce
    guard var encoder = model.vocabulary.makeEncoder() else { return }
    encoder.tellsAtOnce = tellsAtOnce
    let isListening = voice.beginning == .infinity
    for token in state.opening { encoder.follow(token) }
    unread = state.opening.reversed()
    self.encoder = encoder
    tokens = remembered
    marks = []
    let settled = state.decoder.settledSeconds
    origin = present - settled
    voice = OwnVoice()
    voice.beginning = isListening ? .infinity : settled
    // Which program plays was told in the past, and is to be sent now.
    keep(
      voice.passed(state.takeMessages(), settled: settled).map {
        TimedMessage(seconds: max($0.seconds, settled), content: $0.content)
      })
  }

  private var lastPassage: [Token] { Self.lastPassage(of: tokens, events) }

  /// The last tokens, from a bar line on where the vocabulary tells bars, else from where time passes.
  private static func lastPassage(of tokens: [Token], _ events: [[TokenEvent]]) -> [Token] {
    let first = max(0, tokens.count - rememberedTokens)
    if first == 0 { return tokens }
    let tellsBars = events.joined().contains(.bar)
    let place = tokens[first...].firstIndex { token in
      guard let event = events[Int(token)].first else { return false }
      return tellsBars ? event == .bar : event.passesTime
    }
    return Array(tokens[(place ?? first)...])
  }
}

// How the model writes.
extension Dialogue {
  /// What the model's tokens are divided by, as ``SamplingSettings/temperature``.
  public var temperature: Float { state.sampler.settings.temperature }
  /// How many notes a second are aimed at; nil for as many as the model likes.
  public var density: Double? { state.density }
  /// How much the piece quotes itself, as ``GenerationSettings/repeats``.
  public var repeats: Float { settings.repeats }

  /// Changes how the tokens to come are drawn.
  ///
  /// - Throws: ``GenerationError`` where a value is out of range; then nothing changes.
  public func change(_ kind: SamplingChange.Kind) throws(GenerationError) {
    try SamplingChange(event: 0, kind).validate()
    switch kind {
    case .temperature(let temperature): settings.sampling.temperature = temperature
    case .density(let density): settings.steering.density = density
    }
    state.change(kind)
  }

  /// Changes how much the piece quotes itself.
  ///
  /// - Throws: ``GenerationError`` where it is out of range; then nothing changes.
  public func change(repeats: Float) throws(GenerationError) {
    var changed = settings
    changed.repeats = repeats
    try changed.validate()
    settings = changed
    state.change(repeats: repeats)
  }
}

extension Vocabulary {
  /// Whether a model can be told a piece's key.
  fileprivate var tellsKeys: Bool { knownConditions?.tells(.key) == true }
}

extension GenerationSettings {
  /// The settings in which a model is told a tempo, too, where it knows such a one and none was asked for.
  func telling(tempo: Double, to vocabulary: any Vocabulary) -> GenerationSettings {
    var (told, attributes) = (self, PieceAttributes())
    attributes.tempo = tempo
    guard let known = vocabulary.knownConditions, known.tells(.tempo),
      (try? known.check(attributes)) != nil
    else { return self }
    told.conditions.tempo = told.conditions.tempo ?? tempo
    return told
  }

  /// The settings in which a model is told what is known of what is played, of the conditions that it knows, where
  /// nothing else was asked for.
  func telling(
    _ metre: PieceAttributes.Metre, _ key: Key?, to vocabulary: any Vocabulary
  ) -> GenerationSettings {
    var told = self
    if let known = vocabulary.knownConditions {
      if known.tells(.key) { told.conditions.key = told.conditions.key ?? key }
      var attributes = PieceAttributes()
      attributes.metre = metre
      if known.tells(.metre), (try? known.check(attributes)) != nil {
        told.conditions.metre = told.conditions.metre ?? metre
      }
    }
    // Where nothing is told there is nothing to sharpen.
    if told.conditions.isEmpty { told.guidance = 1 }
    return told
  }
}
