import Drawing
import MuseGen
import Synchronization

/// What is being played: its notes for the picture, what of it can be saved, and what can be told.
final class PlayedMusic: Sendable {
  struct State {
    var title: String
    /// The whole length in seconds, nil for music that is being written.
    var duration: Double?
    var tempos: [(seconds: Double, quartersPerMinute: Double)] = []
    /// The sampling temperature, nil for a file.
    var temperature: Float?
    /// The temperature that the piece was begun with.
    var askedTemperature: Float?
    /// How many notes a second the listener asks for; nil for as many as without a word of his.
    var density: Double?
    /// Counts the times that other music was asked for.
    var steps = 0
    /// Where the listener went the last time.
    var lastStep = PlayerStep.next
    /// The file's music; nil for music that is being written.
    var file: Score?
    /// The file as it can be kept; nil for music that is being written.
    var source: KeptPiece?
    /// What is being written.
    var pieces = PlayedPieces()
  }

  let timeline = NoteTimeline()
  /// How much of music without end is kept for the picture, in seconds.
  private static let shownSeconds = 60.0
  private let program: UInt8?
  private let state: Mutex<State>

  /// A file's music.
  ///
  /// - Parameters:
  ///   - score: its music.
  ///   - source: the file.
  ///   - title: what is shown of it.
  init(_ score: Score, of source: KeptPiece, title: String) {
    let performance = Performance(score)
    let map = TempoMap(division: score.division, tempos: score.tempos)
    // A file that gives no tempo is played at 120 quarter notes a minute; time code has none.
    var tempos: [(seconds: Double, quartersPerMinute: Double)] = []
    if case .ticksPerQuarter = score.division {
      tempos = [(0, 120)]
      tempos += score.tempos.map { tempo in
        (map.seconds(atTick: tempo.tick), tempo.quartersPerMinute)
      }
    }
    program = nil
    state = Mutex(
      State(
        title: title, duration: performance.duration, tempos: tempos, file: score, source: source))
    timeline.append(performance.messages)
  }

  /// Music that is being written.
  ///
  /// - Parameters:
  ///   - title: what is shown of it.
  ///   - temperature: the sampling temperature.
  ///   - program: what plays all but the drums; nil for what the music says.
  init(title: String, temperature: Float, program: UInt8? = nil) {
    self.program = program
    state = Mutex(
      State(title: title, temperature: temperature, askedTemperature: temperature))
  }

  /// What is sent before the first piece: the program that was asked for, to all channels but the drums'.
  var opening: [TimedMessage] {
    guard let program else { return [] }
    return (UInt8(0)..<16).filter { $0 != 9 }.map {
      TimedMessage(seconds: 0, message: .programChange(channel: $0, program: program))
    }
  }

  /// Messages as they are sent: with the program that was asked for.
  func sent(_ messages: [TimedMessage]) -> [TimedMessage] {
    guard let program else { return messages }
    return messages.map { timed in
      guard case .programChange(let channel, _)? = timed.message, channel & 15 != 9 else {
        return timed
      }
      return TimedMessage(
        seconds: timed.seconds, message: .programChange(channel: channel, program: program))
    }
  }

  var title: String { state.withLock { $0.title } }
  var duration: Double? { state.withLock { $0.duration } }
  var temperature: Float? {
    get { state.withLock { $0.temperature } }
    set { state.withLock { $0.temperature = newValue } }
  }
  var askedTemperature: Float? { state.withLock { $0.askedTemperature } }
  var density: Double? {
    get { state.withLock { $0.density } }
    set { state.withLock { $0.density = newValue } }
  }

  /// Takes what a piece is drawn with that the listener goes back to.
  func take(temperature: Float, density: Double?) {
    state.withLock { state in
      (state.temperature, state.density) = (temperature, density)
    }
  }

  /// Takes the temperature that the model suggests; the listener may have chosen another already.
  func suggest(temperature: Float) {
    state.withLock { state in
      if state.temperature == state.askedTemperature { state.temperature = temperature }
      state.askedTemperature = temperature
    }
  }

  /// How often other music was asked for, and which the last time.
  var steps: (count: Int, last: PlayerStep) { state.withLock { ($0.steps, $0.lastStep) } }

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

  /// Asks the writer to go on with other music than what is heard at a moment.
  func step(_ step: PlayerStep, at seconds: Double) {
    state.withLock { state in
      state.steps += 1
      state.lastStep = step
      if step == .discard { state.pieces.discard(at: seconds) }
    }
  }

  /// Says that a piece begins.
  func begin(
    _ piece: PieceStream, _ settings: GenerationSettings, _ credit: PieceCredit,
    at seconds: Double
  ) {
    state.withLock { state in
      state.title = "new music, seed \(credit.seed)"
      state.pieces.begin(piece, settings, credit, at: seconds)
    }
  }

  /// What can be kept of what is heard at a moment; nil where nothing is.
  func keptPiece(at seconds: Double) async -> KeptPiece? {
    let (source, pieces) = state.withLock { ($0.source, $0.pieces) }
    if let source { return source }
    return await pieces.settings(at: seconds).map { .written($0) }
  }

  /// Says how much later than in the piece itself its moments are heard.
  func shift(by seconds: Double) { state.withLock { $0.pieces.shift(by: seconds) } }

  /// Says that the piece goes no further, and whether it was written to its end.
  func end(_ score: Score, _ changes: [SamplingChange], at seconds: Double, isWhole: Bool) {
    state.withLock { $0.pieces.end(score, changes, at: seconds, isWhole: isWhole) }
  }

  /// Adds music that has been written.
  func append(_ messages: [TimedMessage]) {
    guard let newest = messages.last?.seconds else { return }
    timeline.append(messages)
    timeline.forget(before: newest - PlayedMusic.shownSeconds)
  }

  /// Forgets what was written after a moment.
  func truncate(at seconds: Double) {
    state.withLock { $0.pieces.truncate(at: seconds) }
    timeline.truncate(at: seconds)
  }

  /// What was played until a moment, as it was heard: of a file up to there, of music without end the last
  /// hour.
  func score(until seconds: Double, _ changes: PlayedChanges) async -> Score {
    let (file, pieces) = state.withLock { ($0.file, $0.pieces) }
    guard let file else {
      let score = await pieces.score(until: seconds, changes)
      return program.map { score.playing($0) } ?? score
    }
    let tick = file.tempoMap.tick(atSeconds: seconds)
    let score = tick >= file.endTick ? file : file.trimmed(to: 0..<max(0, tick))
    return score.changed(as: changes)
  }
}
