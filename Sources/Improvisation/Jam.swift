public import Generation
public import Modeling
public import Music
import StandardMIDIFile
import Tokenization

/// Somebody and a model, who play together in time.
///
/// Whoever has it tells it what is played (``receive(_:at:)``) and that time passes (``advance(to:)``), both with
/// moments of one clock that never goes back, and sends what it is answered. It waits for nobody: an hour of
/// playing can pass in seconds. Its memory is bounded however long and however fast somebody plays.
public final class Jam {
  /// What is to be sent, each with its moment on the clock.
  public struct Output: Hashable, Sendable {
    /// The answer, what is passed through, and the clicks.
    public var messages: [TimedMessage] = []
    /// The clock for other devices.
    public var timing: [TimedTimingMessage] = []
  }

  let settings: JamSettings
  let partner: any Partner
  var clock: BeatClock
  /// When the jam began.
  let beginning: Double
  /// The latest moment that it was told of.
  private(set) var now: Double
  var turn = Turn.listening
  /// The keys that are down.
  var keys: [Key: HeldKey] = [:]
  /// The player's channels whose pedals are down.
  private var pedals: Set<UInt8> = []
  /// What of the call counts for when it is answered.
  var call = Call()
  /// The last beat that was written where the model accompanies, in quarter notes.
  var accompanied = 0.0
  /// The answer's messages that are not sent yet, in the partner's time.
  var pending: [TimedMessage] = []
  private var output = Output()
  private var recording: [RecordedMessage] = []
  private var sounding: [Key: Double] = [:]
  /// The channels whose pedals the answer holds down, and since when.
  private var heldPedals: [UInt8: Double] = [:]
  private var channels: AnswerChannels
  /// The program of each of the player's channels.
  private var programs = [UInt8](repeating: 0, count: 16)
  private var follower = ClockFollower()
  private var beats: PlayedBeats
  private var taps = TapTempo()
  /// Whether anybody knows where the beat is: it was clicked, sent or tapped, or somebody has begun to play.
  private var isBeatKnown: Bool
  private var metronome: Metronome
  private var limiter = NoteLimiter()
  private var sensing: Double?
  private var controllers = KnobControllers()
  /// What knobs were turned to and is not heeded yet.
  private var turned: [Knob: Double] = [:]
  /// How many notes a second are aimed at, in seconds that are heard; nil for as many as the model likes.
  private var density: Double?
  /// How many notes a second the model was told that there are; nil where it was told nothing of them.
  private var toldDensity: Double?
  private var clicks: Bool

  /// A key of an instrument, or a note of the answer.
  struct Key: Hashable, Comparable {
    var channel: UInt8
    var pitch: UInt8

    static func < (left: Key, right: Key) -> Bool {
      (left.channel, left.pitch) < (right.channel, right.pitch)
    }
  }

  /// Since when a key is down, and which program it plays: another one may be chosen before it is let go.
  struct HeldKey: Hashable {
    var since: Double
    var program: UInt8
  }

  /// How long before their moments messages are given out, in seconds.
  static let lead = 0.01
  /// After how many seconds a key is taken for stuck, and a note of the answer for forgotten.
  private static let longestNote = 30.0
  /// After how many seconds without a sign a sender is gone that gave signs: MIDI has 0.3.
  private static let longestSilence = 0.5

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - model: who answers.
  ///   - generation: how it writes.
  ///   - settings: who plays when, and in which time.
  ///   - seconds: the moment at which the first bar, or the first that is counted in, begins.
  ///   - thinksAside: whether the model thinks on a task of its own (``BackgroundPartner``), as is right by the clock; else
  ///     it thinks while the jam is told something, and the same playing is answered alike.
  /// - Throws: ``Generation/GenerationError`` for a setting out of range, or a model that cannot do it.
  public convenience init(
    model: Model, generation: GenerationSettings, settings: JamSettings = JamSettings(),
    at seconds: Double = 0, thinksAside: Bool = false
  ) throws(GenerationError) {
    do {
      try settings.validate()
    } catch {
      throw GenerationError(.setting(error))
    }
    let partner: any Partner =
      thinksAside
      ? BackgroundPartner(try Self.partner(model, generation, settings))
      : try Self.partner(model, generation, settings)
    self.init(with: partner, settings: settings, at: seconds)
    toldDensity = generation.conditions.density
  }

  private static func partner(
    _ model: Model, _ generation: GenerationSettings, _ settings: JamSettings
  ) throws(GenerationError) -> sending any Partner {
    if settings.mode == .accompany {
      return try Accompanist(
        model: model, settings: generation, metre: settings.metre,
        quartersPerMinute: settings.quartersPerMinute)
    }
    return try Dialogue(
      model: model, settings: generation, metre: settings.metre,
      quartersPerMinute: settings.quartersPerMinute, playsAtOnce: settings.mode == .duet)
  }

  /// Begins to listen, with somebody who answers.
  ///
  /// - Parameters:
  ///   - partner: who answers.
  ///   - settings: who plays when, and in which time, each in its range.
  ///   - seconds: the moment at which the first bar, or the first that is counted in, begins.
  public init(with partner: any Partner, settings: JamSettings, at seconds: Double = 0) {
    self.settings = settings
    self.partner = partner
    density = partner.density
    clock = BeatClock(startingAt: seconds, quartersPerMinute: settings.quartersPerMinute)
    metronome = Metronome(
      barQuarters: settings.barQuarters, beatQuarters: settings.beatQuarters)
    beats = PlayedBeats(
      beatQuarters: settings.beatQuarters, quartersPerMinute: settings.quartersPerMinute)
    channels = AnswerChannels(first: settings.answerChannel)
    clicks = settings.clicks
    isBeatKnown = settings.clicks || settings.countInBars > 0 || settings.sendsClock
    beginning = seconds
    now = seconds
  }

  /// Takes what comes from an instrument or another device.
  ///
  /// - Parameters:
  ///   - message: the message.
  ///   - seconds: when it came; taken for now where that is past.
  public func receive(_ message: LiveMessage, at seconds: Double) {
    now = max(now, seconds)
    switch message {
    case .activeSensing:
      sensing = now
      return
    case .timing(let message):
      guard settings.follows == .clock else { return }
      let isElsewhere = follower.take(
        message, at: now, moving: &clock, barQuarters: settings.barQuarters)
      if isElsewhere { yield(at: now) }
    case .channel(let message):
      if sensing != nil { sensing = now }
      hear(message)
    }
  }

  /// Lets go of all keys and pedals that are down: who held them has gone, and tells of no release any more.
  ///
  /// - Parameter seconds: the present moment.
  public func releaseAllKeys(at seconds: Double) {
    now = max(now, seconds)
    sensing = nil
    releaseKeysAndPedals()
  }

  /// Lets time pass.
  ///
  /// - Parameter seconds: the present moment.
  /// - Returns: what is to be sent, by its moments from now on.
  public func advance(to seconds: Double) -> Output {
    now = max(now, seconds)
    releaseStuckKeys()
    heedKnobs()
    // What is due is sent before an answer ends, and what was just written after it.
    sendPending()
    takeTurn()
    sendPending()
    forgetLongNotes()
    let horizon = now + Self.lead
    // The beat after the count-in is the first of the music.
    let clicked = clicks ? horizon : min(horizon, clock.seconds(at: countInQuarters) - 1e-6)
    if clicked >= now {
      output.messages += metronome.clicks(until: clicked, from: now, clock)
    }
    if settings.sendsClock {
      output.timing += metronome.clocks(until: horizon, from: now, clock)
    }
    return takeOutput()
  }

  /// Waits, where the model thinks aside, until it has thought, for a second or two at the most.
  ///
  /// For those who let time pass that nobody hears. What it has written by then is sent by the next ``advance(to:)``.
  public func letThink() { (partner as? BackgroundPartner)?.finish() }

  /// Ends: nothing sounds any more.
  ///
  /// - Returns: what is to be sent for that.
  public func end() -> Output {
    yield(at: now)
    if settings.sendsClock {
      output.timing.append(TimedTimingMessage(seconds: now, message: .stop))
    }
    return takeOutput()
  }

  /// What is to be sent, by its moments; what has the same moment in the order in which it came.
  private func takeOutput() -> Output {
    defer { output = Output() }
    output.messages = output.messages.enumerated()
      .sorted { ($0.element.seconds, $0.offset) < ($1.element.seconds, $1.offset) }
      .map(\.element)
    return output
  }

  /// Removes and returns what was played and answered since the last call.
  public func takeRecording() -> [RecordedMessage] {
    defer { recording.removeAll(keepingCapacity: true) }
    return recording
  }
}

// What is played.
extension Jam {
  private func hear(_ message: ChannelMessage) {
    switch message {
    case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
      if case .key(pitch) = settings.cue { return answer(at: now) }
      guard limiter.admits(at: now) else { return }
      strike(Key(channel: channel & 15, pitch: pitch & 127), velocity: velocity & 127)
    case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
      release(Key(channel: channel & 15, pitch: pitch & 127))
    case .controlChange(let channel, let controller, let value):
      if case .controller(controller) = settings.cue {
        if value >= 64 { answer(at: now) }
        return
      }
      if let knob = controllers.knob(of: controller) {
        turned[knob] = knob.value(ofController: value)
        return
      }
      if message.endsAllNotes { releaseKeys { $0.channel == channel & 15 } }
      guard limiter.admitsControl(at: now) else { return }
      pass(message)
    case .programChange(let channel, let program):
      programs[Int(channel & 15)] = program & 127
      pass(message)
    default:
      guard limiter.admitsControl(at: now) else { return }
      pass(message)
    }
  }

  private func strike(_ key: Key, velocity: UInt8) {
    // A key that is struck twice was let go in between, whatever has become of its note-off.
    if keys[key] != nil { release(key) }
    let program = program(of: key)
    keys[key] = HeldKey(since: now, program: program)
    // An answer keeps the tempo in which it was asked for.
    if settings.follows == .playing { followStrike() }
    channels.leave(key.channel)
    let time = partnerTime(at: now)
    switch settings.mode {
    case .duet: takeBack(from: now)
    case .accompany: break
    case .answer, .continue: if turn != .listening { yield(at: now) }
    }
    call.strike(at: quarters(at: now))
    partner.strike(program: program, pitch: key.pitch, velocity: velocity, at: time)
    pass(.noteOn(channel: key.channel, pitch: key.pitch, velocity: velocity))
  }

  /// Keeps the beat with what is played: where nobody could know it, the first note begins a bar.
  private func followStrike() {
    if !isBeatKnown, turn == .listening {
      // Of who begins a little late it is the bar that has begun.
      let bar = settings.barQuarters
      let begun = quarters(at: now) - settings.beatQuarters / 2
      clock.move(to: max(0, (begun / bar).rounded(.up) * bar), at: now)
    }
    isBeatKnown = true
    beats.strike(at: now, moving: &clock)
  }

  private func release(_ key: Key) {
    guard let held = keys.removeValue(forKey: key) else { return }
    if settings.mode == .duet { takeBack(from: now) }
    call.end(at: quarters(at: now))
    partner.release(program: held.program, pitch: key.pitch, at: partnerTime(at: now))
    pass(.noteOff(channel: key.channel, pitch: key.pitch, velocity: 64))
  }

  private func releaseKeys(where isMeant: (Key) -> Bool) {
    for key in keys.keys.filter(isMeant).sorted() { release(key) }
  }

  private func releaseKeysAndPedals() {
    releaseKeys { _ in true }
    for channel in pedals.sorted() {
      pass(.controlChange(channel: channel, controller: 64, value: 0))
    }
  }

  /// General MIDI's tenth channel plays drums.
  private func program(of key: Key) -> UInt8 {
    key.channel == 9 ? 128 : programs[Int(key.channel)]
  }

  /// Writes a message down, and sends it on where it is to be heard.
  private func pass(_ message: ChannelMessage) {
    if case .controlChange(let channel, 64, let value) = message {
      if value >= 64 { pedals.insert(channel) } else { pedals.remove(channel) }
    }
    recording.append(
      RecordedMessage(quarters: quarters(at: now), side: .played, message: message))
    if settings.passesThrough {
      output.messages.append(TimedMessage(seconds: now, message: message))
    }
  }

  private func releaseStuckKeys() {
    if let last = sensing, now - last > Self.longestSilence {
      sensing = nil
      releaseKeysAndPedals()
    }
    guard !keys.isEmpty else { return }
    let stuck = keys.filter { now - $0.value.since > Self.longestNote }
    for key in stuck.keys.sorted() { release(key) }
  }
}

// What is sent.
extension Jam {
  /// Sends what of the answer is due.
  private func sendPending() {
    let horizon = partnerTime(at: now + Self.lead)
    var count = 0
    while count < pending.count, pending[count].seconds <= horizon {
      send(pending[count])
      count += 1
    }
    pending.removeFirst(count)
  }

  /// Sends a message of the answer.
  private func send(_ timed: TimedMessage) {
    guard let message = timed.message else { return }
    let seconds = max(now, moment(ofPartnerTime: timed.seconds))
    let channel = channels.channel(for: message.channel)
    switch message {
    case .noteOn(_, let pitch, let velocity) where velocity > 0:
      let key = Key(channel: channel, pitch: pitch)
      if sounding[key] != nil { silence(key, at: seconds) }
      sounding[key] = seconds
      answer(.noteOn(channel: channel, pitch: pitch, velocity: velocity), at: seconds)
    case .noteOn(_, let pitch, _), .noteOff(_, let pitch, _):
      let key = Key(channel: channel, pitch: pitch)
      if sounding[key] != nil { silence(key, at: seconds) }
    case .programChange(_, let program):
      answer(.programChange(channel: channel, program: program), at: seconds)
    case .controlChange(_, let controller, let value):
      if controller == 64 { heldPedals[channel] = value >= 64 ? seconds : nil }
      answer(
        .controlChange(channel: channel, controller: controller, value: value), at: seconds)
    case .pitchBend(_, let value):
      answer(.pitchBend(channel: channel, value: value), at: seconds)
    default: break
    }
  }

  private func answer(_ message: ChannelMessage, at seconds: Double) {
    output.messages.append(TimedMessage(seconds: seconds, message: message))
    recording.append(
      RecordedMessage(quarters: quarters(at: seconds), side: .answered, message: message))
  }

  private func silence(_ key: Key, at seconds: Double) {
    // What was given out ahead of its moment ends no earlier than it begins.
    let seconds = max(seconds, sounding.removeValue(forKey: key) ?? seconds)
    answer(.noteOff(channel: key.channel, pitch: key.pitch, velocity: 64), at: seconds)
  }

  /// Lets go of all notes of the answer, and of its pedals.
  func silenceAnswer(at seconds: Double) {
    for key in sounding.keys.sorted() { silence(key, at: seconds) }
    for (channel, pressed) in heldPedals.sorted(by: { $0.key < $1.key }) {
      answer(
        .controlChange(channel: channel, controller: 64, value: 0), at: max(seconds, pressed))
    }
    heldPedals = [:]
  }

  private func forgetLongNotes() {
    guard !sounding.isEmpty else { return }
    let long = sounding.filter { now - $0.value > Self.longestNote }
    for key in long.keys.sorted() { silence(key, at: now) }
  }
}

// Time.
extension Jam {
  /// How many quarter notes have passed at a moment, those that are counted in among them.
  func quarters(at seconds: Double) -> Double { clock.quarters(at: seconds) }

  /// How many quarter notes are counted in.
  var countInQuarters: Double { Double(settings.countInBars) * settings.barQuarters }

  /// A moment in the partner's time.
  func partnerTime(at seconds: Double) -> Double {
    partner.secondsPerQuarter.map { max(0, quarters(at: seconds)) * $0 }
      ?? max(0, seconds - beginning)
  }

  /// The moment of a time of the partner.
  func moment(ofPartnerTime time: Double) -> Double {
    partner.secondsPerQuarter.map { clock.seconds(at: time / $0) } ?? time + beginning
  }

  /// Takes a tap on the beat: the next ones come as fast as the last ones, and on them.
  ///
  /// Does nothing where another device has the tempo.
  public func tap(at seconds: Double) {
    now = max(now, seconds)
    guard settings.follows != .clock, let tempo = taps.tap(at: seconds) else { return }
    isBeatKnown = true
    clock.setTempo(quartersPerMinute: tempo * settings.beatQuarters, at: now)
    beats.expect(quartersPerMinute: clock.quartersPerMinute)
    let beats = quarters(at: now) / settings.beatQuarters
    clock.move(to: beats.rounded() * settings.beatQuarters, at: now)
  }

  /// Goes on in another tempo, one out of ``BeatClock/tempos`` in the nearest of them.
  ///
  /// Does nothing where another device has the tempo.
  public func setTempo(quartersPerMinute: Double) {
    guard settings.follows != .clock, quartersPerMinute.isFinite else { return }
    clock.setTempo(quartersPerMinute: quartersPerMinute, at: now)
    beats.expect(quartersPerMinute: clock.quartersPerMinute)
  }

  /// Whether beats are clicked.
  public var clicksBeats: Bool {
    get { clicks }
    set {
      clicks = newValue
      isBeatKnown = isBeatKnown || newValue
    }
  }
}

// Knobs.
extension Jam {
  /// Lets the next controller that is turned turn a knob from then on.
  public func learn(_ knob: Knob) { controllers.learning = knob }

  /// Turns a knob; a value out of ``Knob/range`` is set to the nearest of it.
  public func set(_ knob: Knob, to value: Double) {
    guard value.isFinite else { return }
    turned[knob] = min(max(value, knob.range.lowerBound), knob.range.upperBound)
  }

  /// Where a knob is; nil for a density that is the model's.
  ///
  /// One that the model was told is where its knob begins.
  public func value(of knob: Knob) -> Double? {
    if let value = turned[knob] { return value }
    return switch knob {
    case .temperature: Double(partner.temperature)
    case .density: density ?? toldDensity
    case .repeats: Double(partner.repeats)
    }
  }

  /// Heeds each knob once, however often it was turned meanwhile.
  private func heedKnobs() {
    for (knob, value) in turned {
      // A partner takes all that a knob can be turned to.
      switch knob {
      case .temperature: try? partner.change(.temperature(Float(value)))
      case .density: density = value
      case .repeats: try? partner.change(repeats: Float(value))
      }
    }
    keepDensity(isTurned: turned[.density] != nil)
    turned.removeAll(keepingCapacity: true)
  }

  /// Tells the partner how many notes are aimed at in a second of its own, which lasts as the tempo has it.
  private func keepDensity(isTurned: Bool) {
    guard let density else { return }
    let pace = partner.secondsPerQuarter.map { clock.secondsPerQuarter / $0 } ?? 1
    let asked = min(max(density * pace, Self.densities.lowerBound), Self.densities.upperBound)
    // A tempo that sways a little changes nothing.
    if !isTurned, let told = partner.density, abs(asked / told - 1) < Self.tempoSway { return }
    try? partner.change(.density(asked))
  }

  /// What a partner takes.
  private static let densities = 0.05...200.0
  /// By which share a tempo may change until the density is told anew.
  private static let tempoSway = 0.02
}

// What a display shows.
extension Jam {
  /// What a jam is doing.
  public struct Status: Hashable, Sendable {
    /// Whose turn it is: whether the model plays.
    public var isAnswering: Bool
    /// The bar, from 1, below 1 while it is counted in; the beat in it, from 1.
    public var bar, beat: Int
    /// The tempo in quarter notes a minute.
    public var quartersPerMinute: Double
    /// Whether another device's clock runs.
    public var isFollowing: Bool
    /// The key that the model is told.
    public var key: Music.Key?
    /// How many tokens the model has read of what was played, and written.
    public var heardTokens, writtenTokens: Int
    /// How many notes came too fast to be heard.
    public var lostNotes: Int
    /// The knob that waits for its controller.
    public var learning: Knob?
  }

  /// How many quarter notes have passed, those that were counted in among them.
  public var place: Double { max(0, quarters(at: now)) }

  /// What it is doing.
  public var status: Status {
    let quarters = quarters(at: now) - countInQuarters + 1e-6
    let bar = (quarters / settings.barQuarters).rounded(.down)
    let inBar = quarters - bar * settings.barQuarters
    return Status(
      isAnswering: turn != .listening, bar: Int(bar) + 1,
      beat: Int(inBar / settings.beatQuarters) + 1, quartersPerMinute: clock.quartersPerMinute,
      isFollowing: follower.isRunning, key: partner.key, heardTokens: partner.heardCount,
      writtenTokens: partner.writtenCount, lostNotes: limiter.lostCount,
      learning: controllers.learning)
  }
}
