import FlyingFox
import Foundation
import MuseGen
import Playback

/// Sends the samples of a piece, as many as a client asks for.
struct SoundConversation: Sendable {
  /// What is heard.
  enum Music: Sendable {
    case whole(Performance, from: Double)
    case growing(PieceInHand)
  }

  /// The first message: how samples are to be read.
  ///
  /// They follow as 32-bit floats, little-endian, left then right.
  private struct Format: Encodable {
    var sampleRate: Int
    var channels: Int
  }

  private struct End: Encodable {
    var end = true
    var frames: Int
  }

  private struct Fault: Encodable { var error: String }

  /// A client's message: so many frames more.
  private struct Request: Decodable { var frames: Int }

  let music: Music
  let soundFont: String?

  /// The most frames that may be asked for ahead: two minutes or so.
  private static let mostFrames = 1 << 23

  func run(_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode {
    let stream: SoundStream
    do {
      let font = try SoundFont.discover(explicit: soundFont)
      switch music {
      case .whole(let performance, let start):
        stream = try SoundStream(performance, from: start, soundFont: font)
      case .growing: stream = try SoundStream(soundFont: font)
      }
    } catch {
      await send.json(Fault(error: "\(error)"))
      return .internalServerError
    }
    await send.json(Format(sampleRate: stream.sampleRate, channels: Synthesizer.channels))
    var requests = received.makeAsyncIterator()
    var (wanted, sent) = (0, 0)
    var growth = Growth(music)
    while !Task.isCancelled {
      if wanted == 0 {
        guard let message = await requests.next() else { return .normalClosure }
        guard let request = try? JSONDecoder().decode(Request.self, from: Data(message.utf8)),
          1...Self.mostFrames ~= request.frames
        else { return .policyViolation }
        wanted = min(wanted + request.frames, Self.mostFrames)
        continue
      }
      if let fault = growth.feed(stream) {
        await send.json(Fault(error: fault))
        return .internalServerError
      }
      guard let samples = stream.next(frames: wanted) else {
        await send.json(End(frames: sent))
        return .normalClosure
      }
      if samples.isEmpty {
        await growth.wait()
        continue
      }
      guard await send.bytes(Data(littleEndian: samples)) else { return .goingAway }
      let frames = samples.count / Synthesizer.channels
      sent += frames
      wanted = max(0, wanted - frames)
    }
    return .goingAway
  }
}

/// How far a growing piece has been handed to its sound.
private struct Growth {
  private let piece: PieceInHand?
  private var changes: AsyncStream<Void>.Iterator?
  private var heard = 0
  private var isFinished = false

  init(_ music: SoundConversation.Music) {
    if case .growing(let piece) = music {
      self.piece = piece
      changes = piece.changes().makeAsyncIterator()
    } else {
      piece = nil
    }
  }

  /// Hands on what is new; a line where nothing will come.
  mutating func feed(_ stream: SoundStream) -> String? {
    guard let piece, !isFinished else { return nil }
    let news = piece.news(after: heard)
    heard += news.messages.count
    stream.append(news.messages, settledUntil: news.settledSeconds)
    switch news.stage {
    case .waiting, .writing: return nil
    case .failed(let problem): return problem
    case .finished(let performance):
      stream.finish(performance)
      isFinished = true
      return nil
    }
  }

  mutating func wait() async { await changes?.next() }
}

extension Data {
  /// Floats as bytes.
  init(littleEndian samples: [Float]) {
    self.init(capacity: samples.count * 4)
    for sample in samples {
      let bits = sample.bitPattern
      append(UInt8(truncatingIfNeeded: bits))
      append(UInt8(truncatingIfNeeded: bits >> 8))
      append(UInt8(truncatingIfNeeded: bits >> 16))
      append(UInt8(truncatingIfNeeded: bits >> 24))
    }
  }
}
