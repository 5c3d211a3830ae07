import Drawing
import MuseGen
import Synchronization

/// What is being played: its notes for the picture, its messages for saving, and what can be told.
final class PlayedMusic: Sendable {
  struct State {
    var title: String
    /// The whole length in seconds, nil for music that is being written.
    var duration: Double?
    var tempos: [(seconds: Double, quartersPerMinute: Double)] = []
    /// The sampling temperature, nil for a file.
    var temperature: Float?
    /// Counts the times that another seed was asked for.
    var reseeds = 0
    /// The messages that can be saved.
    var messages: [TimedMessage] = []
    /// Who wrote the pieces in them, and when each begins, in seconds.
    var credits: [(seconds: Double, credit: PieceCredit)] = []
    /// When the first of them may come, in seconds.
    var start = 0.0
  }

  let timeline = NoteTimeline()
  /// How much of music without end is kept for saving, in seconds: some megabytes.
  private static let keptSeconds = 3_600.0
  /// How much of it is kept for the picture, in seconds.
  private static let shownSeconds = 60.0
  private let state: Mutex<State>

  /// A file's music.
  init(_ score: Score, title: String) {
    let performance = Performance(score)
    let map = TempoMap(division: score.division, tempos: score.tempos)
    // A file that gives no tempo is played at 120 quarter notes a minute; time code has none.
    var tempos: [(seconds: Double, quartersPerMinute: Double)] = []
    if case .ticksPerQuarter = score.division {
      tempos = [(0, 120)]
      tempos += score.tempos.map { tempo in
        (map.seconds(atTick: tempo.tick), 60e6 / Double(tempo.microsecondsPerQuarter))
      }
    }
    state = Mutex(
      State(
        title: title, duration: performance.duration, tempos: tempos,
        messages: performance.messages))
    timeline.append(performance.messages)
  }

  /// Music that is being written.
  init(title: String, temperature: Float) {
    state = Mutex(State(title: title, temperature: temperature))
  }

  var title: String { state.withLock { $0.title } }
  var duration: Double? { state.withLock { $0.duration } }
  var temperature: Float? {
    get { state.withLock { $0.temperature } }
    set { state.withLock { $0.temperature = newValue } }
  }
  var reseeds: Int { state.withLock { $0.reseeds } }

  /// The tempo at a moment, in quarter notes a minute; nil where none is given.
  func tempo(at seconds: Double) -> Double? {
    state.withLock { $0.tempos.last { $0.seconds <= seconds }?.quartersPerMinute }
  }

  /// Says how fast the music is from a moment on, which may not be heard yet.
  ///
  /// - Parameters:
  ///   - tempos: in order of time.
  ///   - start: the moment.
  func setTempos(_ tempos: [(seconds: Double, quartersPerMinute: Double)], from start: Double) {
    state.withLock { state in
      state.tempos.removeAll { $0.seconds >= start }
      // Music without end fits: what is heard now began in the last minute, or with the last tempo.
      let old = start - PlayedMusic.shownSeconds
      let kept = state.tempos.lastIndex { $0.seconds <= old } ?? 0
      state.tempos = state.tempos[kept...] + tempos
    }
  }

  /// Asks the writer to go on with another seed.
  func reseed() { state.withLock { $0.reseeds += 1 } }

  /// Says that a piece begins.
  func begin(_ credit: PieceCredit, at seconds: Double) {
    state.withLock { state in
      state.title = "new music, seed \(credit.seed)"
      state.credits.append((seconds, credit))
    }
  }

  /// Adds music that has been written.
  func append(_ messages: [TimedMessage]) {
    guard let newest = messages.last?.seconds else { return }
    state.withLock { state in
      state.messages += messages
      // A minute at a time: each cut looks at all that is kept.
      if newest - state.start > PlayedMusic.keptSeconds + 60 {
        state.cut(before: newest - PlayedMusic.keptSeconds)
      }
    }
    timeline.append(messages)
    timeline.forget(before: newest - PlayedMusic.shownSeconds)
  }

  /// Forgets what was written after a moment.
  func truncate(at seconds: Double) {
    state.withLock { state in
      state.messages.removeAll { $0.seconds >= seconds }
      state.credits.removeAll { $0.seconds >= seconds }
    }
    timeline.truncate(at: seconds)
  }

  /// What was played until a moment, of music without end the last hour of it, as a score: a
  /// quarter note is half a second.
  func score(until seconds: Double) -> Score {
    let (messages, credits, start) = state.withLock { ($0.messages, $0.credits, $0.start) }
    let heard = messages.filter { $0.seconds < seconds }.map { timed in
      TimedMessage(seconds: timed.seconds - start, message: timed.message)
    }
    var score = Score(Performance(messages: heard, duration: max(0, seconds - start)))
    let pieces = credits.filter { $0.seconds < seconds }
    if pieces.count == 1 { pieces[0].credit.sign(&score) }
    if pieces.count > 1 {
      score.texts = pieces.map { seconds, credit in
        TextEvent(
          tick: score.tempoMap.tick(atSeconds: max(0, seconds - start)), kind: .text,
          text: credit.text)
      }
    }
    return score
  }
}

extension PlayedMusic.State {
  /// Forgets the notes before a moment; what else was sent before it is sent there at once.
  fileprivate mutating func cut(before seconds: Double) {
    let split = messages.firstIndex { $0.seconds >= seconds } ?? messages.count
    var settings: [TimedMessage] = []
    var seen: Set<ChannelSetting> = []
    // Of each setting the last one holds.
    for timed in messages[..<split].reversed() {
      guard let setting = ChannelSetting(timed.message), seen.insert(setting).inserted else {
        continue
      }
      settings.append(TimedMessage(seconds: seconds, message: timed.message))
    }
    messages = settings.reversed() + messages[split...]
    let begun = credits.lastIndex { $0.seconds <= seconds } ?? 0
    credits.removeFirst(begun)
    start = seconds
  }
}

/// What a message sets for its channel.
private struct ChannelSetting: Hashable {
  /// The controller; beyond 127 what has a message of its own.
  var number: Int
  var channel: UInt8

  /// nil for a message that is about one note.
  init?(_ message: ChannelMessage) {
    switch message {
    case .noteOn, .noteOff, .polyphonicPressure: return nil
    case .controlChange(let channel, let controller, _): self.init(channel, Int(controller))
    case .programChange(let channel, _): self.init(channel, 128)
    case .channelPressure(let channel, _): self.init(channel, 129)
    case .pitchBend(let channel, _): self.init(channel, 130)
    }
  }

  private init(_ channel: UInt8, _ number: Int) {
    self.channel = channel
    self.number = number
  }
}
