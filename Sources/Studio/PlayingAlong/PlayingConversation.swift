import FlyingFox
import Foundation
import MuseGen
import Playback

/// Playing along over a WebSocket: keys come in, samples go out, and a model answers.
struct PlayingConversation: Sendable {
  /// What a client says; each of these is heeded for itself.
  private struct Request: Decodable {
    /// Who answers, and in which key, tempo and metre; the first message, and no other.
    var order: PieceOrder?
    /// What the player's keys play, a program of General MIDI; in the first message.
    var program: Int?
    /// A key that is struck: pitch, velocity, and the second of the music in which it was meant.
    var on: [Double]?
    /// A key that is let go of: pitch, second.
    var off: [Double]?
    /// Whether an answer is wanted now, from the next bar line on; false ends the one that sounds.
    var answer: Bool?
    /// Whether a bar's pause is answered.
    var pauses: Bool?
    /// Whether beats are heard after the count-in.
    var clicks: Bool?
    /// So many frames of samples more.
    var frames: Int?

    static let keys: Set = [
      "order", "program", "on", "off", "answer", "pauses", "clicks", "frames",
    ]
  }

  /// What a client is told.
  private struct News: Encodable {
    var sampleRate: Int?
    var channels: Int?
    /// How long a beat and a bar are, in seconds; the first bar is counted in.
    var beatSeconds: Double?
    var barSeconds: Double?
    /// Where the next sample is in the music, and after how many frames.
    var seconds: Double?
    var frame: Int?
    /// The notes of an answer: second, seconds, pitch, velocity, part.
    var notes: [[Double]]?
    /// The piece in which all is kept.
    var kept: String?
    var error: String?
  }

  let models: ModelRack
  let shelf: PieceShelf
  let soundFont: String?

  /// The most frames of a request: a second or so.
  private static let mostFrames = 1 << 16
  /// The tempo and the metre where none is asked for.
  private static let (tempo, metre) = (100.0, "4/4")

  func run(_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode {
    var requests = received.makeAsyncIterator()
    do {
      guard let first = await requests.next() else { return .normalClosure }
      let request = try read(first)
      guard let order = request.order else {
        throw Refusal(.badRequest, "\"order\" is missing, expected in the first message")
      }
      var playing = try await begin(order, program: request.program ?? 0)
      let grid = playing.session.grid
      await send.json(
        News(
          sampleRate: playing.session.stream.sampleRate, channels: Synthesizer.channels,
          beatSeconds: grid.seconds(of: grid.beat), barSeconds: grid.seconds(of: grid.bar)))
      let code = await converse(&playing, request, send, &requests)
      // Whatever was played is kept, however it ended.
      await keep(&playing, send)
      return code
    } catch {
      await send.json(News(error: Refusal(about: error).message))
      return error is PlaybackError ? .internalServerError : .policyViolation
    }
  }

  private struct Playing {
    var session: PlayingSession
    let model: String
    var frames = 0
    /// The piece in which all is kept, once there is something to keep.
    var piece: String?
    /// How many notes of answers were told.
    var tracksTold: [Int: Int] = [:]
  }

  private func begin(_ order: PieceOrder, program: Int) async throws -> Playing {
    guard order.kind == .new else {
      throw Refusal(.unprocessableContent, "kind is \(order.kind.rawValue), expected new")
    }
    guard order.length == nil else {
      throw Refusal(
        .unprocessableContent, "length means nothing here: an answer is as long as what it answers")
    }
    guard 0..<128 ~= program else {
      throw Refusal(.unprocessableContent, "program is \(program), expected 0 to 127")
    }
    let (model, abilities) = try await models.model(named: order.model)
    let grid = try BeatGrid(tempo: order.tempo ?? Self.tempo, metre: order.metre ?? Self.metre)
    var order = order
    // A model that tells no metre is heard in bars all the same.
    order.metre = abilities.heedsMetre ? order.metre ?? Self.metre : nil
    if let metre = order.metre, let known = abilities.conditions?.values(of: .metre),
      !known.isEmpty, !known.contains(metre), !abilities.tellsMetre
    {
      order.metre = nil
    }
    try order.check(abilities)
    order.seed = order.seed ?? GenerationSettings.newSeed()
    let font = try SoundFont.discover(explicit: soundFont)
    return Playing(
      session: PlayingSession(
        grid, program: UInt8(program), order: order, model: model,
        stream: try SoundStream(soundFont: font)), model: order.model)
  }

  private func converse(
    _ playing: inout Playing, _ first: Request, _ send: Sending,
    _ requests: inout AsyncStream<String>.Iterator
  ) async -> WSCloseCode {
    do {
      guard try await heed(first, &playing, send) else { return .goingAway }
      while let message = await requests.next() {
        let request = try read(message)
        if request.order != nil || request.program != nil {
          throw Refusal(
            .badRequest, "\"order\" and \"program\" are expected in the first message alone")
        }
        guard try await heed(request, &playing, send) else { return .goingAway }
      }
      return .normalClosure
    } catch {
      await send.json(News(error: Refusal(about: error).message))
      return .policyViolation
    }
  }

  private func read(_ message: String) throws(Refusal) -> Request {
    let request = try Message.decode(Request.self, keys: Request.keys, Data(message.utf8))
    if let frames = request.frames, !(1...Self.mostFrames ~= frames) {
      throw Refusal(.badRequest, "frames is \(frames), expected 1 to \(Self.mostFrames)")
    }
    if let on = request.on, !Self.isKey(on, count: 3) || !(1...127 ~= on[1]) {
      throw Refusal(.badRequest, "on is \(on), expected a pitch, a velocity and a second")
    }
    if let off = request.off, !Self.isKey(off, count: 2) {
      throw Refusal(.badRequest, "off is \(off), expected a pitch and a second")
    }
    return request
  }

  private static func isKey(_ values: [Double], count: Int) -> Bool {
    values.count == count && 0...127 ~= values[0] && values[count - 1].isFinite
      && values[count - 1] >= 0
  }

  /// Does what a client asks for.
  ///
  /// - Returns: whether the client is still there.
  private func heed(
    _ request: Request, _ playing: inout Playing, _ send: Sending
  ) async throws -> Bool {
    if let clicks = request.clicks { playing.session.clicks = clicks }
    if let pauses = request.pauses { playing.session.answersPauses = pauses }
    if let off = request.off { playing.session.release(UInt8(off[0]), at: off[1]) }
    if let on = request.on {
      guard !playing.session.isFull else {
        throw Refusal(.unprocessableContent, "so many notes were played that no more are taken")
      }
      playing.session.strike(UInt8(on[0]), velocity: UInt8(on[1]), at: on[2])
    }
    if let answer = request.answer {
      if answer { playing.session.ask() } else { playing.session.breakOff() }
    }
    guard let frames = request.frames else { return true }
    var left = frames
    while left > 0, !Task.isCancelled {
      let samples = playing.session.next(frames: left)
      guard await send.bytes(Data(littleEndian: samples)) else { return false }
      let count = samples.count / Synthesizer.channels
      playing.frames += count
      left -= count
      guard await tellTurns(&playing, send) else { return false }
    }
    return await send.json(News(seconds: playing.session.seconds, frame: playing.frames))
  }

  private func tellTurns(_ playing: inout Playing, _ send: Sending) async -> Bool {
    for turn in playing.session.takeNews() {
      guard await send.json(turn) else { return false }
      if turn.turn == "answer" {
        let notes = News(notes: newNotes(&playing))
        guard await send.json(notes) else { return false }
      }
      // Between two turns is a good time to write to the disk.
      if turn.turn == "yours" {
        forgetCutNotes(&playing)
        await keep(&playing, send)
      }
    }
    return true
  }

  /// Counts as told what is left of an answer that was broken off, so that the next one is told whole.
  private func forgetCutNotes(_ playing: inout Playing) {
    for (index, track) in playing.session.music.score.tracks.enumerated() {
      playing.tracksTold[index] = min(playing.tracksTold[index] ?? 0, track.notes.count)
    }
  }

  /// The notes of answers that were not told yet.
  private func newNotes(_ playing: inout Playing) -> [[Double]] {
    let (grid, score) = (playing.session.grid, playing.session.music.score)
    var told: [[Double]] = []
    for (index, track) in score.tracks.enumerated().dropFirst() {
      for note in track.notes.dropFirst(playing.tracksTold[index] ?? 0) {
        told.append([
          grid.seconds(of: note.onset), grid.seconds(of: note.duration), Double(note.pitch),
          Double(note.velocity), Double(index),
        ])
      }
      playing.tracksTold[index] = track.notes.count
    }
    return told.sorted { $0[0] < $1[0] }
  }

  /// Keeps all that was played and answered so far, in one piece.
  private func keep(_ playing: inout Playing, _ send: Sending) async {
    guard let score = playing.session.takePiece() else { return }
    do {
      if let piece = playing.piece, try await shelf.replace(piece, score) {
      } else {
        var record = PieceRecord(name: "Played with \(playing.model)")
        record.playedWith = playing.model
        playing.piece = try await shelf.add(record, score).id
      }
      await send.json(News(kept: playing.piece))
    } catch {
      await send.json(News(error: Refusal(about: error).message))
    }
  }
}
