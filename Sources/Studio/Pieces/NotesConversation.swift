import FlyingFox
import Foundation
import MuseGen

/// Tells the notes of a piece while it is written, one by one.
struct NotesConversation: Sendable {
  /// A message to the client.
  struct Message: Encodable {
    var stage: String
    /// Notes that are whole now: onset and duration in seconds, pitch, velocity, channel.
    var notes: [[Double]] = []
    var settledSeconds: Double
    /// How much of the work is done, 0 to 1; nil where that is not known.
    var share: Double?
    var error: String?
  }

  let piece: PieceInHand

  func run(_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode {
    var sounding: [Key: [(seconds: Double, velocity: UInt8)]] = [:]
    var heard = 0
    for await _ in piece.changes() {
      guard await tell(after: &heard, &sounding, send) else { return .goingAway }
    }
    _ = await tell(after: &heard, &sounding, send)
    return .normalClosure
  }

  private struct Key: Hashable {
    var channel: UInt8
    var pitch: UInt8
  }

  private func tell(
    after heard: inout Int, _ sounding: inout [Key: [(seconds: Double, velocity: UInt8)]],
    _ send: Sending
  ) async -> Bool {
    let news = piece.news(after: heard)
    heard += news.messages.count
    var message = Message(stage: news.stage.name, settledSeconds: news.settledSeconds)
    if news.share > 0 { message.share = news.share }
    if case .failed(let problem) = news.stage { message.error = problem }
    for timed in news.messages {
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        sounding[Key(channel: channel, pitch: pitch), default: []].append((timed.seconds, velocity))
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        let key = Key(channel: channel, pitch: pitch)
        guard var struck = sounding[key], !struck.isEmpty else { continue }
        let first = struck.removeFirst()
        sounding[key] = struck
        message.notes.append([
          first.seconds, timed.seconds - first.seconds, Double(pitch), Double(first.velocity),
          Double(channel),
        ])
      default: continue
      }
    }
    return await send.json(message)
  }
}

extension PieceInHand.Stage {
  /// What it is called in messages.
  var name: String {
    switch self {
    case .waiting: "waiting"
    case .writing: "writing"
    case .finished: "finished"
    case .failed: "failed"
    }
  }
}
