import MuseGen

/// Writes music into a player's queue, a few seconds ahead, until it ends or nobody listens.
struct MusicWriter {
  let model: Model
  let settings: GenerationSettings
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
    var settings = settings
    var start = 0.0
    guard await push(music.opening, settledUntil: 0) else { return }
    while true {
      let piece: PieceStream
      do {
        piece = try PieceStream(model: model, settings: settings)
      } catch {
        throw Failure(error)
      }
      music.begin(piece, PieceCredit(model: model, seed: settings.seed), at: start)
      let outcome = try await write(piece, from: start)
      switch outcome {
      case .unheard(let end):
        music.end(await piece.score, at: end, isWhole: false)
        return
      case .ended(let end):
        music.end(await piece.score, at: end, isWhole: true)
        guard isEndless else { return }
        settings.seed &+= 1
        start = end + MusicWriter.rest
      case .reseeded:
        settings.seed = UInt64.random(in: 1..<1_000_000)
        let end = queue.discard()
        music.end(await piece.score, at: end, isWhole: false)
        start = end + 0.05
        music.truncate(at: start)
      }
      settings.sampling.temperature = music.temperature ?? settings.sampling.temperature
      if !(await push(MusicWriter.blankSlate(at: start), settledUntil: start)) {
        return
      }
    }
  }

  private enum Outcome {
    case ended(at: Double)
    case reseeded
    case unheard(at: Double)
  }

  private func write(_ piece: PieceStream, from start: Double) async throws -> Outcome {
    let reseeds = music.reseeds
    // A piece may begin with a rest, which a listener would take for a slow start: it is left out.
    var rest: Double?
    var isShown = false
    var end = start
    try await heedListener(of: piece)
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
      if music.reseeds != reseeds { return .reseeded }
      if !isShown, rest != nil {
        showTempos(of: await piece.score, from: start)
        isShown = true
      }
      try await heedListener(of: piece)
    }
    return .ended(at: end)
  }

  /// Draws what comes at the temperature and the density that the listener asks for.
  private func heedListener(of piece: PieceStream) async throws {
    let density = music.density ?? settings.steering.density
    if await piece.density != density { try await piece.change(density: density) }
    guard let temperature = music.temperature else { return }
    var sampling = await piece.sampling
    guard sampling.temperature != temperature else { return }
    sampling.temperature = temperature
    try await piece.change(sampling)
  }

  private func push(_ messages: [TimedMessage], settledUntil: Double) async -> Bool {
    let messages = music.sent(messages)
    if !messages.isEmpty { music.append(messages) }
    return await queue.push(messages, settledUntil: settledUntil)
  }

  private func showTempos(of score: Score, from start: Double) {
    let map = TempoMap(division: score.division, tempos: score.tempos)
    music.setTempos(
      score.tempos.map { tempo in
        (
          map.seconds(atTick: tempo.tick) + start,
          60e6 / Double(tempo.microsecondsPerQuarter)
        )
      }, from: start)
  }

  /// What puts all channels back between two pieces.
  private static func blankSlate(at seconds: Double) -> [TimedMessage] {
    (UInt8(0)..<16).flatMap { channel -> [TimedMessage] in
      [
        .controlChange(channel: channel, controller: 123, value: 0),
        .controlChange(channel: channel, controller: 121, value: 0),
        .programChange(channel: channel, program: 0),
      ].map { TimedMessage(seconds: seconds, message: $0) }
    }
  }
}

extension ChannelMessage {
  /// Whether it strikes a note.
  fileprivate var isStrike: Bool {
    if case .noteOn(_, _, let velocity) = self { velocity > 0 } else { false }
  }
}
