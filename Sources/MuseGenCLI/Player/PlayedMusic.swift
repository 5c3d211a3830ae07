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
    /// All messages so far, for saving: about three megabytes an hour.
    var messages: [TimedMessage] = []
  }

  let timeline = NoteTimeline()
  private let state: Mutex<State>

  /// A file's music.
  init(_ score: Score, title: String) {
    let performance = Performance(score)
    let map = TempoMap(division: score.division, tempos: score.tempos)
    // A file that gives no tempo is played at 120 quarter notes a minute.
    let tempos = score.tempos.map { tempo in
      (map.seconds(atTick: tempo.tick), 60e6 / Double(tempo.microsecondsPerQuarter))
    }
    state = Mutex(
      State(
        title: title, duration: performance.duration, tempos: [(0, 120)] + tempos,
        messages: performance.messages))
    timeline.append(performance.messages)
  }

  /// Music that is being written.
  init(title: String, temperature: Float) {
    state = Mutex(State(title: title, temperature: temperature))
  }

  var title: String {
    get { state.withLock { $0.title } }
    set { state.withLock { $0.title = newValue } }
  }
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

  func setTempos(_ tempos: [(seconds: Double, quartersPerMinute: Double)]) {
    state.withLock { $0.tempos = tempos }
  }

  /// Asks the writer to go on with another seed.
  func reseed() { state.withLock { $0.reseeds += 1 } }

  /// Adds music that has been written.
  func append(_ messages: [TimedMessage]) {
    state.withLock { $0.messages += messages }
    timeline.append(messages)
  }

  /// Forgets what was written after a moment.
  func truncate(at seconds: Double) {
    state.withLock { state in state.messages.removeAll { $0.seconds >= seconds } }
    timeline.truncate(at: seconds)
  }

  /// What was played until a moment, as a score: a quarter note is half a second.
  func score(until seconds: Double) -> Score {
    let messages = state.withLock { $0.messages }
    return Score(messages.filter { $0.seconds < seconds }, until: seconds)
  }
}
