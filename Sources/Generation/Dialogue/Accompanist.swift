public import Modeling
public import Music
import Recurrent
import StandardMIDIFile
public import Tokenization

/// A model that plays the other parts to what somebody plays, for models that learned to write to a given part.
///
/// Such a model is told the part a bar ahead. Live the rest of the present bar and the next one are not known: what is
/// expected of them (``ExpectedMelody``) is told in their place. Whoever plays with it takes back from each beat on what
/// it wrote, and lets it write anew: by then it has read what was played up to there, as if it had been told so
/// from the first, and expects better. What was heard of its own stays.
///
/// A model that can be told a key is told the one that is heard, where none is asked for.
///
/// It writes in beats, at ``secondsPerQuarter``, and its memory is bounded.
public final class Accompanist: Partner {
  /// How long a quarter note lasts in its own time.
  public let secondsPerQuarter: Double?
  /// How many notes it has heard.
  public private(set) var heardCount = 0
  /// How many tokens of its own stand.
  public private(set) var writtenCount = 0
  /// The key that the model is told, be it asked for or heard; nil where it is told none.
  public private(set) var key: Key?

  private let model: Model
  private let vocabulary: AccompaniedVocabulary
  private let metre: PieceAttributes.Metre
  private let barQuarters: Double
  private let quarter: Double
  private let secondsPerTick: Double
  private let stepper: GuidedStepper
  private var settings: GenerationSettings
  private var melody: ExpectedMelody
  private var heardKey = HeardKey()
  /// The bar at which the piece begins that the model reads.
  private var origin = 0
  private var present: Moment
  /// Its own tokens behind the start, and how far each settled the piece.
  private var tokens: [Token] = []
  private var settled: [Double] = []
  /// The first bar whose notes have changed since it was told; nil where none has.
  private var changedBar: Int?
  /// What was before each bar of the given part was told, the last few.
  private var marks: [Moment] = []
  /// What is to be sent before anything new.
  private var kept: [TimedMessage] = []
  /// How far the messages were told, in seconds of the dialogue.
  private var toldSeconds = 0.0
  private var pieceCount: UInt64 = 0
  /// The program of each channel that has played.
  private var programs: [UInt8: UInt8] = [:]

  /// All that changes from token to token.
  private struct Moment {
    var state: PieceState
    var network: NetworkState
    var encoder: any TokenEncoder
    var logits: [Float]
    var tokenCount = 0
    /// How many bars of the given part were told.
    var barCount: Int { state.givenBarCount }
  }

  /// How many bars a piece may have, and how many of them the next one begins with.
  private static let (longestPiece, rememberedBars) = (48, 8)
  /// How many tokens are written at the most where no time passes.
  private static let mostTokensAtOnce = 4_000
  /// Rounding errors of seconds are smaller, and what musicians can tell apart is larger.
  private static let tolerance = 1e-6

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - model: a model that learned to write to a given part.
  ///   - settings: how it writes; length, primer and form are not used.
  ///   - metre: the metre of all bars.
  ///   - quartersPerMinute: the tempo that the model is told, where it can be told one, and in which the settings'
  ///     longest note is counted, and a density that the model is told; nil where none is known.
  /// - Throws: ``GenerationError`` where the model or the settings do not allow it, or memory does not suffice.
  public init(
    model: Model, settings: GenerationSettings, metre: PieceAttributes.Metre,
    quartersPerMinute: Double? = nil
  ) throws(GenerationError) {
    guard let vocabulary = model.vocabulary.accompanied,
      let encoder = vocabulary.base.makeEncoder()
    else {
      throw GenerationError(
        .dialogue("the model writes to no given part, expected one that learned to"))
    }
    self.model = model
    self.vocabulary = vocabulary
    self.metre = metre
    barQuarters = 4 * Double(metre.numerator) / Double(metre.denominator)
    melody = ExpectedMelody(barQuarters: barQuarters)
    var settings = settings
    settings.length = .bars(50_000)
    settings.primer = nil
    settings.changes = []
    settings.longestRestSeconds = nil
    settings.guidance = 1
    // Drawn at random the key would be another than that of what is played.
    settings.completesConditions = false
    if let quartersPerMinute {
      settings = settings.telling(tempo: quartersPerMinute, to: model.vocabulary)
    }
    key = settings.conditions.key
    let line = GivenLine(
      melody.score(
        fromBar: 0, present: 0, until: 2 * barQuarters, metre: TimeSignature(tick: 0, metre)),
      in: vocabulary, ofSoFar: 2)
    settings.given = line
    guard line.tells(metre, in: vocabulary) else {
      throw GenerationError(.dialogue("the model's vocabulary knows no metre \(metre)"))
    }
    let opened = vocabulary.decode([vocabulary.start])
    quarter = Double(opened.tempos.first?.microsecondsPerQuarter ?? 500_000) / 1e6
    let ticks = if case .ticksPerQuarter(let ticks) = opened.division { ticks } else { 1 }
    secondsPerTick = quarter / Double(max(1, ticks))
    secondsPerQuarter = quarter
    if let quartersPerMinute {
      let heard = 60 / quartersPerMinute
      settings.countLongestNote(heardAt: heard, writtenAt: quarter)
      try settings.countDensity(heardAt: heard, writtenAt: quarter, in: model.vocabulary)
    }
    self.settings = settings
    stepper = try GuidedStepper(model, pieces: 1, guidance: 1)
    let state = PieceState(settings, try PieceStart(settings, model))
    // What a change of the repeats sets is what every later piece begins with.
    present = Moment(state: state, network: stepper.state, encoder: encoder, logits: [])
    open(with: line)
  }
}

extension Accompanist {
  /// Hears a note begin; drums are no part that is given.
  public func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    guard program < 128, velocity > 0 else { return }
    heardCount += 1
    melody.strike(pitch, at: seconds / quarter)
    heardKey.strike(pitch, at: seconds)
    note(changeAt: seconds)
  }

  /// Hears a note end.
  public func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    guard program < 128 else { return }
    melody.release(pitch, at: seconds / quarter)
    heardKey.release(pitch, at: seconds)
    // A note is told in the bar in which it was struck, with its length.
    note(changeAt: melody.notes.last { $0.pitch == pitch }.map { $0.onset * quarter } ?? seconds)
  }

  /// Does nothing: what is heard is told when something is written to it.
  public func listen(until seconds: Double) {}
  /// All is read: what it reads anew is a few bars.
  public func read() -> Bool { true }
  /// Does nothing: what is taken back is for who plays with it to say.
  public func forget(before seconds: Double) {}

  private func note(changeAt seconds: Double) {
    // A strike just before a bar line is told behind it.
    let bar = Int(max(0, seconds / quarter + 0.125) / barQuarters)
    changedBar = min(changedBar ?? bar, bar)
  }

  /// Begins to play from a moment on, to what was played before it and is expected behind it.
  public func begin(at seconds: Double) {
    reconsider(from: seconds, isBeginning: true)
  }

  /// Takes back what it wrote from a moment on; where it goes on, what was played by then is known.
  public func takeBack(from seconds: Double, isOver: Bool) {
    if isOver {
      drop(from: seconds)
      kept = []
    } else {
      reconsider(from: seconds, isBeginning: false)
    }
  }

  /// Writes on.
  ///
  /// - Parameter seconds: up to when, at the least.
  /// - Returns: what is to be sent.
  public func write(until seconds: Double) -> [TimedMessage] {
    var messages = kept
    kept = []
    var count = 0
    while dialogueSeconds(present.state.decoder.settledSeconds) < seconds,
      count < Self.mostTokensAtOnce
    {
      readGiven()
      let before = present
      guard let token = present.state.draw(present.logits[...], stepper.pieces.first) else {
        beginAnew(atBar: bar(at: seconds))
        count += Self.mostTokensAtOnce / 4
        continue
      }
      count += 1
      finishReading(token, before: before)
      writtenCount += 1
      messages += takeMessages(from: toldSeconds)
    }
    return messages
  }
}

// What is read.
extension Accompanist {
  private func dialogueSeconds(_ seconds: Double) -> Double {
    seconds + Double(origin) * barQuarters * quarter
  }

  private func bar(at seconds: Double) -> Int {
    Int((max(0, seconds) / quarter / barQuarters + 1e-6).rounded(.down))
  }

  /// Reads the start of a piece whose first bars are these.
  private func open(with line: GivenLine) {
    pieceCount += 1
    settings.given = line
    var told = settings.telling(metre, key, to: model.vocabulary)
    told.guidance = 1
    told.seed = settings.seed &+ pieceCount
    // Settings that were valid once.
    guard let start = try? PieceStart(told, model),
      let encoder = vocabulary.base.makeEncoder()
    else { return }
    stepper.reset(piece: 0)
    var state = PieceState(told, start)
    state.change(repeats: settings.repeats)
    present = Moment(state: state, network: stepper.state, encoder: encoder, logits: [])
    for token in state.opening {
      present.encoder.follow(token)
      stepper.step([Int32(token)], logits: &present.logits)
    }
    present.network = stepper.state
    (tokens, settled, marks) = ([], [], [])
  }

  /// Reads what is given next.
  private func readGiven() {
    while let token = present.state.takeGiven() {
      if Int(token) < vocabulary.base.count { present.encoder.follow(token) }
      stepper.step([Int32(token)], logits: &present.logits)
    }
    present.network = stepper.state
  }

  /// Reads a token of its own, be it written before or the rest of one that was silent.
  private func read(_ token: Token, isRest: Bool = false) {
    readGiven()
    let before = present
    if isRest { present.state.hear(token) } else { present.state.readAgain(token) }
    finishReading(token, before: before)
  }

  /// Has the network read what the piece has taken.
  private func finishReading(_ token: Token, before: Moment) {
    // The metres are given, and told by whoever gives them.
    if Int(token) < vocabulary.base.count { present.encoder.follow(token) }
    stepper.step(
      [Int32(token)], hidingRecall: [present.state.hidesRecall],
      telling: [present.state.toldKey], logits: &present.logits)
    present.network = stepper.state
    guard !vocabulary.isGiven(token) else { return }
    tokens.append(token)
    settled.append(present.state.decoder.settledSeconds)
    present.tokenCount = tokens.count
    if present.barCount > before.barCount {
      marks.append(before)
      if marks.count > Self.keptMarks { marks.removeFirst() }
    }
  }

  private static let keptMarks = 6

  /// Forgets its own tokens from a moment on.
  private func drop(from seconds: Double) {
    let local = seconds - dialogueSeconds(0)
    let count = settled.firstIndex { $0 >= local - Self.tolerance } ?? settled.count
    tokens.removeSubrange(count...)
    settled.removeSubrange(count...)
    marks.removeAll { $0.tokenCount > count }
  }

  /// Takes over the key that is heard, where the model can be told one and none was asked for; whether it is another.
  private func takeKey() -> Bool {
    guard model.vocabulary.knownConditions?.tells(.key) == true, settings.conditions.key == nil,
      let heard = heardKey.key, heard != key
    else { return false }
    key = heard
    return true
  }

  /// Reads anew what has changed, and is ready to write from a moment on.
  private func reconsider(from seconds: Double, isBeginning: Bool) {
    let written = tokens.count
    drop(from: seconds)
    writtenCount -= written - tokens.count
    let bar = bar(at: seconds)
    if takeKey() || bar - origin > Self.longestPiece {
      beginAnew(atBar: bar)
    } else {
      let line = line(upTo: bar, at: seconds)
      let replayed = tokens
      let changed = min(changedBar ?? bar, bar) - origin
      if let mark = marks.last(where: { $0.barCount <= changed }) {
        // What is drawn anew is another draw.
        let later = present.state
        present = mark
        present.state.random = later.random
        present.state.keepChanges(of: later)
        stepper.state = mark.network
        present.state.goOn(with: line)
        tokens.removeSubrange(mark.tokenCount...)
        settled.removeSubrange(mark.tokenCount...)
        marks.removeAll { $0.tokenCount > mark.tokenCount }
        if marks.last?.tokenCount == mark.tokenCount { marks.removeLast() }
        for token in replayed[mark.tokenCount...] { read(token) }
      } else {
        open(with: line)
        for token in replayed { read(token) }
      }
    }
    changedBar = nil
    let local = seconds - dialogueSeconds(0)
    if isBeginning {
      // Bars in which it was silent are told as such.
      readGiven()
      var silence = present.encoder
      silence.rest(until: local)
      for token in silence.takeTokens() where !vocabulary.isGiven(token) {
        read(token, isRest: true)
      }
    }
    present.state.rest(until: Int((local / secondsPerTick).rounded()))
    toldSeconds = seconds - Self.tolerance
    kept = takeMessages(from: toldSeconds)
    if isBeginning { kept = programsTold(at: seconds) + kept }
  }

  /// The messages that are settled, of those from a moment on; what programs play counts always.
  private func takeMessages(from seconds: Double) -> [TimedMessage] {
    present.state.takeMessages().compactMap { timed in
      var timed = timed
      timed.seconds = dialogueSeconds(timed.seconds)
      if case .programChange(let channel, let program)? = timed.message {
        programs[channel] = program
        timed.seconds = max(timed.seconds, seconds)
        return timed
      }
      return timed.seconds >= seconds ? timed : nil
    }
  }

  private func programsTold(at seconds: Double) -> [TimedMessage] {
    programs.sorted { $0.key < $1.key }.map { channel, program in
      TimedMessage(
        seconds: seconds, message: .programChange(channel: channel, program: program))
    }
  }

  /// What is known and expected of the given part, up to the bar behind a bar.
  private func line(upTo bar: Int, at seconds: Double) -> GivenLine {
    let end = Double(bar + 2) * barQuarters
    return GivenLine(
      melody.score(
        fromBar: origin, present: seconds / quarter, until: end,
        metre: TimeSignature(tick: 0, metre)),
      in: vocabulary, ofSoFar: bar + 2 - origin)
  }

  /// Begins another piece with the last bars of this one, up to a bar.
  private func beginAnew(atBar bar: Int) {
    let first = max(0, bar - Self.rememberedBars)
    let start = Double(first) * barQuarters * quarter - dialogueSeconds(0)
    // From the token on that passes into the first bar: in REMI its own, in TSD a shift that may pass further.
    let place = settled.firstIndex { $0 >= start - Self.tolerance } ?? tokens.count
    let isOnBar = place < tokens.count && abs(settled[place] - start) <= Self.tolerance
    let remembered = isOnBar ? Array(tokens[place...]) : []
    origin = first
    open(with: line(upTo: bar, at: Double(bar) * barQuarters * quarter))
    for token in remembered { read(token) }
  }
}

// How the model writes.
extension Accompanist {
  /// What the model's tokens are divided by.
  public var temperature: Float { present.state.sampler.settings.temperature }
  /// How many notes a second are aimed at.
  public var density: Double? { present.state.density }
  /// How much the piece quotes itself.
  public var repeats: Float { settings.repeats }

  /// Changes how the tokens to come are drawn.
  public func change(_ kind: SamplingChange.Kind) throws(GenerationError) {
    try SamplingChange(event: 0, kind).validate()
    switch kind {
    case .temperature(let temperature): settings.sampling.temperature = temperature
    case .density(let density): settings.steering.density = density
    }
    present.state.change(kind)
  }

  /// Changes how much the piece quotes itself.
  public func change(repeats: Float) throws(GenerationError) {
    var changed = settings
    changed.repeats = repeats
    try changed.validate()
    settings = changed
    present.state.change(repeats: repeats)
  }
}

extension TimeSignature {
  fileprivate init(tick: Int, _ metre: PieceAttributes.Metre) {
    self.init(tick: tick, numerator: metre.numerator, denominator: metre.denominator)
  }
}
