import MuseGen

/// Writes music into a player's queue, a few seconds ahead, until it ends or nobody listens.
struct MusicWriter {
  let model: Model
  let settings: GenerationSettings
  /// The piece that these settings make.
  let first: PieceStream
  /// Whether another piece follows each one.
  let isEndless: Bool
  let queue: MessageQueue
  let music: PlayedMusic

  /// The rest between two pieces, in seconds.
  private static let rest = 1.5

  /// Writes.
  func run() async throws {
    // However writing ends, the player must not wait for more.
    defer { queue.finish() }
    var history = PieceHistory(settings)
    var begun: PieceStream? = first
    var start = 0.0
    guard await push(music.opening, settledUntil: 0) else { return }
    while true {
      let settings = history.present
      let piece = try begun.take() ?? Self.piece(by: model, settings)
      if history.isReplayed { music.take(temperature: settings.sampling.temperature, density: nil) }
      music.begin(
        piece, settings, PieceCredit(model: model, seed: settings.seed), at: start)
      let outcome = try await write(piece, settings, from: start)
      history.note(await piece.changes)
      switch outcome {
      case .unheard(let end):
        music.end(await piece.score, await piece.changes, at: end, isWhole: false)
        return
      case .ended(let end):
        music.end(await piece.score, await piece.changes, at: end, isWhole: true)
        guard isEndless || history.hasNext else { return }
        history.follow(.next)
        start = end + MusicWriter.rest
      case .left(let step):
        let end = queue.discard()
        music.end(await piece.score, await piece.changes, at: end, isWhole: false)
        history.follow(step)
        start = end + 0.05
        music.truncate(at: start)
      }
      // A piece that is new goes on as bold as the one before.
      if !history.isReplayed { history.setTemperature(music.temperature) }
      if !(await push(TimedMessage.blankSlate(at: start), settledUntil: start)) {
        return
      }
    }
  }

  /// Begins a piece.
  ///
  /// - Throws: ``Failure`` where the model cannot write what is asked for.
  static func piece(by model: Model, _ settings: GenerationSettings) throws(Failure) -> PieceStream
  {
    do {
      return try PieceStream(model: model, settings: settings)
    } catch {
      throw Failure(error)
    }
  }

  private enum Outcome {
    case ended(at: Double)
    case left(PlayerStep)
    case unheard(at: Double)
  }

  private func write(
    _ piece: PieceStream, _ settings: GenerationSettings, from start: Double
  ) async throws -> Outcome {
    let steps = music.steps.count
    var listener = Listener(settings)
    // A piece may begin with a rest, which a listener would take for a slow start: it is left out.
    var rest: Double?
    var isShown = false
    var end = start
    try await listener.ask(piece, music)
    for await passage in piece {
      rest = rest ?? passage.messages.first { $0.message?.isStrike == true }?.seconds
      let shift = start - (rest ?? passage.settledSeconds)
      end = passage.settledSeconds + shift
      music.shift(by: shift)
      // Time that passes without messages counts, too: a rest must not look like a late writer.
      let isHeard = await push(
        passage.messages.map { timed in
          TimedMessage(seconds: max(start, timed.seconds + shift), content: timed.content)
        }, settledUntil: end)
      guard isHeard else { return .unheard(at: end) }
      let now = music.steps
      if now.count != steps { return .left(now.last) }
      if !isShown, rest != nil {
        showTempos(of: await piece.score, from: start)
        isShown = true
      }
      try await listener.ask(piece, music)
    }
    return .ended(at: end)
  }

  /// What a listener asks of a piece while it is written.
  private struct Listener {
    private let settings: GenerationSettings
    /// What was heeded, or what the piece has changed by itself.
    private var temperature: Float
    private var density: Double?

    init(_ settings: GenerationSettings) {
      self.settings = settings
      temperature = settings.sampling.temperature
    }

    /// Draws what comes at the temperature and the density that are asked for now; what a piece changes by
    /// itself, as it did when it was heard before, is shown.
    mutating func ask(_ piece: PieceStream, _ music: PlayedMusic) async throws {
      if let asked = music.temperature, asked != temperature {
        try await piece.change(.temperature(asked))
        temperature = asked
      }
      if music.density != density {
        density = music.density
        try await piece.change(.density(density ?? settings.steering.density))
      }
      guard !settings.changes.isEmpty else { return }
      temperature = await piece.sampling.temperature
      let told = await piece.density
      density = told == settings.steering.density ? nil : told
      music.take(temperature: temperature, density: density)
    }
  }

  private func push(_ messages: [TimedMessage], settledUntil: Double) async -> Bool {
    let messages = music.sent(messages)
    if !messages.isEmpty { music.append(messages) }
    return await queue.push(messages, settledUntil: settledUntil)
  }

  private func showTempos(of score: Score, from start: Double) {
    let map = TempoMap(division: score.division, tempos: score.tempos)
    music.setTempos(
      score.tempos.map { (map.seconds(atTick: $0.tick) + start, $0.quartersPerMinute) },
      from: start)
  }
}

extension ChannelMessage {
  /// Whether it strikes a note.
  fileprivate var isStrike: Bool {
    if case .noteOn(_, _, let velocity) = self { velocity > 0 } else { false }
  }
}
