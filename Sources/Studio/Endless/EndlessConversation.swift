import FlyingFox
import Foundation
import MuseGen
import Playback

/// Music that goes on as long as a client asks for it, and is steered while it plays.
///
/// Nothing is written before it is asked for, so that what is changed is heard as soon as what the client has already
/// is over.
struct EndlessConversation: Sendable {
  /// What a client says; each of these is heeded for itself.
  private struct Request: Decodable {
    /// What is written; the first message, and no other.
    var order: PieceOrder?
    /// How boldly events are drawn from now on.
    var temperature: Float?
    /// How many notes are struck a second from now on; 0 for as many as the model likes.
    var density: Double?
    /// By how many semitones what is struck from now on is moved.
    var semitones: Int?
    /// How many times as fast as it is written it is played.
    var speed: Double?
    /// Whether to go on to the next piece.
    var next: Bool?
    /// The name under which the piece of now is kept: whole, and as it was steered.
    var keep: String?
    /// So many frames of samples more.
    var frames: Int?

    static let keys: Set = [
      "order", "temperature", "density", "semitones", "speed", "next", "keep", "frames",
    ]
  }

  /// What a client is told.
  private struct News: Encodable {
    var sampleRate: Int?
    var channels: Int?
    /// A piece that begins.
    var piece: EndlessWriter.Beginning?
    /// Notes that are struck: seconds, pitch, velocity, channel.
    var struck: [[Double]]?
    /// Notes that are released: seconds, pitch, channel.
    var released: [[Double]]?
    /// Where the next sample is in the music, and after how many frames.
    var seconds: Double?
    var frame: Int?
    var speed: Double?
    /// The piece that is kept.
    var kept: String?
    /// Why it is not kept; the music goes on.
    var problem: String?
    var error: String?
  }

  let models: ModelRack
  let desk: WritingDesk
  let soundFont: String?

  /// The most frames of a request: some ten seconds.
  private static let mostFrames = 1 << 19
  /// How fast music may be played.
  private static let speeds = 0.5...2.0
  /// The length of a piece, where none is asked for, in seconds at most.
  private static let pieceLength = 120

  func run(_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode {
    var requests = received.makeAsyncIterator()
    do {
      guard let first = await requests.next() else { return .normalClosure }
      let request = try read(first)
      guard var order = request.order else {
        throw Refusal(.badRequest, "\"order\" is missing, expected in the first message")
      }
      let (model, abilities) = try await models.model(named: order.model)
      guard order.kind == .new else {
        throw Refusal(.unprocessableContent, "kind is \(order.kind.rawValue), expected new")
      }
      try order.check(abilities)
      order.seed = order.seed ?? GenerationSettings.newSeed()
      order.length = order.length ?? .init(unit: .upto, amount: Self.pieceLength)
      let font = try SoundFont.discover(explicit: soundFont)
      var music = Music(
        writer: try EndlessWriter(order, model: model), stream: try SoundStream(soundFont: font))
      await send.json(
        News(sampleRate: music.stream.sampleRate, channels: Synthesizer.channels))
      guard try await heed(request, &music, send) else { return .goingAway }
      while let message = await requests.next() {
        let request = try read(message)
        if request.order != nil {
          throw Refusal(.badRequest, "\"order\" is given again, expected in the first message")
        }
        guard try await heed(request, &music, send) else { return .goingAway }
      }
      return .normalClosure
    } catch {
      await send.json(News(error: Refusal(about: error).message))
      return error is PlaybackError ? .internalServerError : .policyViolation
    }
  }

  private struct Music {
    var writer: EndlessWriter
    let stream: SoundStream
    var frames = 0
  }

  private func read(_ message: String) throws(Refusal) -> Request {
    let request = try Message.decode(Request.self, keys: Request.keys, Data(message.utf8))
    if let frames = request.frames, !(1...Self.mostFrames ~= frames) {
      throw Refusal(.badRequest, "frames is \(frames), expected 1 to \(Self.mostFrames)")
    }
    if let speed = request.speed, !(Self.speeds ~= speed) {
      throw Refusal(.badRequest, "speed is \(speed), expected 0.5 to 2")
    }
    if let semitones = request.semitones, !(Rendition.semitonesRange ~= semitones) {
      throw Refusal(.badRequest, "semitones is \(semitones), expected -24 to 24")
    }
    return request
  }

  /// Does what a client asks for.
  ///
  /// - Returns: whether the client is still there.
  private func heed(_ request: Request, _ music: inout Music, _ send: Sending) async throws -> Bool
  {
    if let temperature = request.temperature {
      try await music.writer.change(temperature: temperature)
    }
    if let density = request.density { try await music.writer.change(density: density) }
    if let semitones = request.semitones { music.stream.semitones = semitones }
    if let speed = request.speed { music.stream.speed = speed }
    if request.next == true {
      let end = try music.writer.follow()
      music.stream.append(end, settledUntil: music.writer.settledSeconds)
      guard await send.json(News(piece: music.writer.takeBeginning())) else { return false }
    }
    if let name = request.keep {
      guard await send.json(await keep(music.writer.present, named: name)) else { return false }
    }
    guard let frames = request.frames else { return true }
    return try await play(frames, &music, send)
  }

  /// Has a piece written that was heard.
  private func keep(_ order: PieceOrder, named name: String) async -> News {
    do {
      let piece = try await desk.take(order, name: PieceRecord.cleanName(name) ?? "Endless")
      return News(kept: piece.record.id)
    } catch {
      return News(problem: Refusal(about: error).message)
    }
  }

  private func play(_ wanted: Int, _ music: inout Music, _ send: Sending) async throws -> Bool {
    var left = wanted
    while left > 0, !Task.isCancelled {
      let samples = music.stream.next(frames: left) ?? []
      if samples.isEmpty {
        guard try await write(&music, send) else { return false }
        continue
      }
      guard await send.bytes(Data(littleEndian: samples)) else { return false }
      let frames = samples.count / Synthesizer.channels
      music.frames += frames
      left -= frames
    }
    let place = News(
      seconds: music.stream.seconds, frame: music.frames, speed: music.stream.speed)
    return await send.json(place)
  }

  /// Has a little more written, and tells its notes.
  private func write(_ music: inout Music, _ send: Sending) async throws -> Bool {
    let messages = try await music.writer.next()
    if Task.isCancelled { return false }
    music.stream.append(messages, settledUntil: music.writer.settledSeconds)
    var news = News(piece: music.writer.takeBeginning())
    for timed in messages {
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        news.struck =
          (news.struck ?? []) + [
            [timed.seconds, Double(pitch), Double(velocity), Double(channel)]
          ]
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        news.released = (news.released ?? []) + [[timed.seconds, Double(pitch), Double(channel)]]
      default: continue
      }
    }
    guard news.piece != nil || news.struck != nil || news.released != nil else { return true }
    return await send.json(news)
  }
}
