import MuseGen
import Playback

/// Call and response on one clock: what is played sounds at once, what is answered from a bar line on.
struct PlayingSession {
  /// Whose turn it is.
  enum Turn {
    /// The player's, who may have played something.
    case yours
    /// A model thinks of an answer that is to begin at a tick.
    case thinking(ModelAnswer, start: Int)
    /// An answer sounds until a tick.
    case answering(until: Int)
  }

  /// What is told of a turn: whose it is, and of an answer from when until when, in seconds.
  struct TurnMessage: Encodable {
    var turn: String
    var from: Double?
    var to: Double?
    /// How many notes an answer has.
    var count: Int?
    /// Why there is no answer.
    var problem: String?
  }

  let grid: BeatGrid
  let stream: SoundStream
  private(set) var music: PlayedMusic
  private(set) var turn = Turn.yours
  /// Whether a bar's pause is answered.
  var answersPauses = true
  /// Whether beats are heard after the count-in.
  var clicks = true

  private let order: PieceOrder
  private let model: Model
  /// What is to sound, by its time.
  private var scheduled: [TimedMessage] = []
  private var nextBeat = 0
  private var lastRelease = 0.0
  private var isAsked = false
  private var news: [TurnMessage] = []
  /// Whether something was played or answered that is not kept yet.
  private(set) var isChanged = false

  private static let wholeStep = Synthesizer.quantum
  /// How long before it sounds an answer is there at the latest, in seconds.
  private static let lead = 0.05
  /// What the player's keys sound on; a model's answers have the others.
  private static let playersChannel: UInt8 = 0
  /// Wood blocks: the first beat's and the others'.
  private static let (firstBeat, otherBeat): (UInt8, UInt8) = (76, 77)

  /// Begins with a bar that is counted in.
  init(
    _ grid: BeatGrid, program: UInt8, order: PieceOrder, model: Model, stream: SoundStream
  ) {
    self.grid = grid
    self.order = order
    self.model = model
    self.stream = stream
    music = PlayedMusic(grid, program: program, companion: order.model)
    scheduled = [
      TimedMessage(
        seconds: 0, message: .programChange(channel: Self.playersChannel, program: program))
    ]
  }

  /// Where the next sample is, in seconds from the first beat of the count-in.
  var seconds: Double { stream.seconds }

  /// Whether so many notes were played that no more are taken.
  var isFull: Bool { music.noteCount >= PlayedMusic.mostNotes }

  /// A key is struck: it sounds with the next sample, and is written down where it was meant.
  mutating func strike(_ pitch: UInt8, velocity: UInt8, at second: Double) {
    let tick = grid.tick(at: min(second, seconds))
    // A key that was held is let go of first.
    if music.heldPitches.contains(pitch) {
      send(.noteOff(channel: Self.playersChannel, pitch: pitch, velocity: 64))
    }
    music.strike(pitch, velocity: velocity, at: tick)
    send(.noteOn(channel: Self.playersChannel, pitch: pitch, velocity: velocity))
    isChanged = true
  }

  /// A key is let go of.
  mutating func release(_ pitch: UInt8, at second: Double) {
    guard music.release(pitch, at: grid.tick(at: min(second, seconds))) else { return }
    send(.noteOff(channel: Self.playersChannel, pitch: pitch, velocity: 64))
    lastRelease = seconds
  }

  /// Asks for an answer without a bar's pause; does nothing while one is thought of.
  mutating func ask() {
    if case .thinking = turn { return }
    isAsked = true
  }

  /// Ends an answer, or what is thought of one.
  mutating func breakOff() {
    isAsked = false
    switch turn {
    case .yours: return
    case .thinking(let answer, _): answer.cancel()
    case .answering:
      let now = seconds
      // What the player does in this moment waits there, too: a key that is let go of would sound for ever.
      scheduled.removeAll { $0.seconds >= now && $0.message?.channel != Self.playersChannel }
      for channel: UInt8 in 1..<16 {
        send(.controlChange(channel: channel, controller: 123, value: 0))
      }
      music.cutAnswers(at: grid.tick(at: seconds))
    }
    begin(.yours)
  }

  private mutating func send(_ message: ChannelMessage) {
    let timed = TimedMessage(seconds: seconds, message: message)
    let place = scheduled.firstIndex { $0.seconds > timed.seconds } ?? scheduled.count
    scheduled.insert(timed, at: place)
  }

  /// What was not told yet of turns.
  mutating func takeNews() -> [TurnMessage] {
    defer { news = [] }
    return news
  }

  /// All that was played and answered, once: nil where nothing has come since it was taken.
  mutating func takePiece() -> Score? {
    guard isChanged else { return nil }
    isChanged = false
    var music = music
    music.releaseAll(at: grid.tick(at: seconds))
    return music.noteCount > 0 ? music.piece : nil
  }

  /// The next samples.
  ///
  /// - Parameter frames: how many are wanted; some more may come.
  /// - Returns: interleaved samples, left then right.
  mutating func next(frames: Int) -> [Float] {
    takeTurns()
    let step = Self.wholeStep
    let count = min(max(1, (frames + step - 1) / step) * step, SoundStream.blockFrames)
    let end = seconds + Double(count) / Double(stream.sampleRate)
    scheduleBeats(until: end)
    let due = scheduled.prefix { $0.seconds < end }
    scheduled.removeFirst(due.count)
    stream.append(Array(due), settledUntil: end)
    return stream.next(frames: count) ?? []
  }

  private mutating func scheduleBeats(until end: Double) {
    while case let second = grid.seconds(of: nextBeat * grid.beat), second < end {
      let isFirst = nextBeat % grid.metre.numerator == 0
      if clicks || nextBeat < grid.metre.numerator {
        let pitch = isFirst ? Self.firstBeat : Self.otherBeat
        for message in [
          TimedMessage(
            seconds: max(second, seconds),
            message: .noteOn(channel: 9, pitch: pitch, velocity: isFirst ? 100 : 70)),
          TimedMessage(
            seconds: second + 0.05, message: .noteOff(channel: 9, pitch: pitch, velocity: 64)),
        ] {
          let place = scheduled.firstIndex { $0.seconds > message.seconds } ?? scheduled.count
          scheduled.insert(message, at: place)
        }
      }
      nextBeat += 1
    }
  }

  // MARK: Turns

  private mutating func begin(_ turn: Turn) {
    self.turn = turn
    switch turn {
    case .yours: news.append(TurnMessage(turn: "yours"))
    case .thinking(_, let start):
      news.append(TurnMessage(turn: "thinking", from: grid.seconds(of: start)))
    case .answering: break
    }
  }

  private mutating func takeTurns() {
    switch turn {
    case .yours:
      let hasPaused =
        answersPauses && !music.isHeld && seconds >= lastRelease + grid.seconds(of: grid.bar)
      guard isAsked || hasPaused else { return }
      // Keys that are held belong to what is answered.
      if isAsked {
        for pitch in music.heldPitches { release(pitch, at: seconds) }
      }
      isAsked = false
      guard let bars = music.callBars else { return }
      music.closeCall(at: grid.tick(at: seconds))
      let answer = ModelAnswer(
        to: music.primer, bars: bars, order: order, grid: grid, model: model)
      begin(.thinking(answer, start: grid.barLine(from: seconds + Self.lead)))
    case .thinking(let answer, var start):
      guard let outcome = answer.outcome else { return }
      // What was thought of too late waits for the next bar line.
      start = max(start, grid.barLine(from: seconds + Self.lead))
      do {
        play(try outcome.get(), bars: answer.bars, at: start)
      } catch {
        begin(.yours)
        news[news.count - 1].problem = "\(error)"
      }
    case .answering(let end):
      if seconds >= grid.seconds(of: end) { begin(.yours) }
    }
  }

  private mutating func play(_ parts: [PlayedMusic.Part], bars: Int, at start: Int) {
    let end = start + bars * grid.bar
    var messages: [TimedMessage] = []
    for (channel, part) in music.add(parts, at: start) {
      if !part.isDrums {
        messages.append(
          TimedMessage(
            seconds: seconds, message: .programChange(channel: channel, program: part.program)))
      }
      messages += part.messages(on: channel, in: grid)
    }
    scheduled = (scheduled + messages).sorted { $0.seconds < $1.seconds }
    isChanged = true
    begin(.answering(until: end))
    news.append(
      TurnMessage(
        turn: "answer", from: grid.seconds(of: start), to: grid.seconds(of: end),
        count: parts.reduce(0) { $0 + $1.notes.count }))
  }
}
