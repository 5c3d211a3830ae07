import FlyingFox
import Foundation
import Synchronization

/// One conversation over a WebSocket.
///
/// What is sent waits until the client has taken what came before, so that a slow reader costs a few messages of
/// memory and no more. What is received is checked frame by frame; a frame that breaks the protocol ends it, and so
/// does a message when so many are unread that there is no room for it: none is lost with nobody noticing.
/// Who is told the end may still be talking: that is not heard, but taken, until the client closes as well
/// (RFC 6455, 7.1.1), as a socket that is closed on unread words takes its own last words with it.
struct WebSocketChannel: WSHandler {
  /// Leads the conversation: may send, and hears what the client says until it goes.
  typealias Conversation =
    @Sendable (_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode

  let conversation: Conversation

  /// The most bytes of a message that a client sends.
  private static let longestMessage = 4096
  /// The most messages of a client that wait to be read.
  private static let mostUnread = 1_024

  /// How long a client has time to close.
  private static let patience = Duration.seconds(1)

  func makeFrames(
    for client: AsyncThrowingStream<WSFrame, any Error>
  ) async throws -> AsyncStream<WSFrame> {
    let outbox = Outbox()
    let (messages, inbox) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingOldest(Self.mostUnread))
    let talking = Task {
      let code = await conversation(Sending(outbox: outbox), messages)
      await outbox.end(with: code)
    }
    let listening = Task {
      let code = await Self.listen(to: client, inbox: inbox, outbox: outbox)
      // First, as a conversation that is ended has a code of its own.
      await outbox.end(with: code)
      inbox.finish()
      talking.cancel()
      if code != .normalClosure { await Self.hearOut(client) }
    }
    // FlyingFox lets go of the stream when the connection is over, in whichever way.
    let lifeline = Lifeline {
      talking.cancel()
      listening.cancel()
      inbox.finish()
      Task { await outbox.abandon() }
    }
    return AsyncStream<WSFrame> {
      if let frame = await lifeline.next(from: outbox) { return frame }
      let patience = Task {
        try? await Task.sleep(for: Self.patience)
        listening.cancel()
      }
      // FlyingFox closes the socket now, on which nobody may be waiting then: its number is the next one's.
      await listening.value
      patience.cancel()
      return nil
    }
  }

  /// Takes what a client still says, until it closes.
  private static func hearOut(_ client: AsyncThrowingStream<WSFrame, any Error>) async {
    var frames = client.makeAsyncIterator()
    while let frame = try? await frames.next(), frame.opcode != .close {}
  }

  /// Hears a client out.
  ///
  /// - Returns: with which code the conversation ends.
  private static func listen(
    to client: AsyncThrowingStream<WSFrame, any Error>, inbox: AsyncStream<String>.Continuation,
    outbox: Outbox
  ) async -> WSCloseCode {
    var parts: Data?
    do {
      for try await frame in client {
        let isControl = frame.opcode.rawValue & 8 != 0
        // Whether it was masked FlyingFox does not tell.
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3,
          !isControl || frame.fin && frame.payload.count <= 125
        else { return .protocolError }
        switch frame.opcode {
        case .ping:
          var pong = frame
          (pong.opcode, pong.mask) = (.pong, nil)
          await outbox.send(pong)
        case .pong: continue
        case .close: return .normalClosure
        case .binary: return .unsupportedData
        case .text where parts == nil, .continuation where parts != nil:
          parts = (parts ?? Data()) + frame.payload
          guard let message = parts, message.count <= longestMessage else { return .messageTooBig }
          guard frame.fin else { continue }
          guard let text = String(data: message, encoding: .utf8) else {
            return .invalidFramePayload
          }
          // It may be the release of a key, which must not be lost.
          if case .dropped = inbox.yield(text) { return .policyViolation }
          parts = nil
        default: return .protocolError
        }
      }
    } catch {
      return .protocolError
    }
    return .goingAway
  }
}

/// The sending half of a conversation.
struct Sending: Sendable {
  fileprivate let outbox: Outbox

  /// Sends a message as JSON, once there is room for it.
  ///
  /// - Returns: whether anybody is there.
  @discardableResult
  func json(_ value: some Encodable) async -> Bool {
    guard let data = try? JSONEncoder().encode(value) else { return false }
    return await outbox.send(WSFrame(fin: true, opcode: .text, mask: nil, payload: data))
  }

  /// Sends bytes, once there is room for them.
  ///
  /// - Returns: whether anybody is there.
  func bytes(_ data: Data) async -> Bool {
    await outbox.send(WSFrame(fin: true, opcode: .binary, mask: nil, payload: data))
  }
}

/// The few frames that wait to be sent.
private actor Outbox {
  private var frames: [WSFrame] = []
  private var isEnded = false
  private var reader: CheckedContinuation<Void, Never>?
  private var writers: [CheckedContinuation<Void, Never>] = []

  private static let room = 8

  @discardableResult
  func send(_ frame: WSFrame) async -> Bool {
    while frames.count >= Self.room, !isEnded {
      await withCheckedContinuation { writers.append($0) }
    }
    if isEnded { return false }
    frames.append(frame)
    wakeReader()
    return true
  }

  /// The next frame, once there is one; nil at the end.
  func next() async -> WSFrame? {
    while frames.isEmpty, !isEnded { await withCheckedContinuation { reader = $0 } }
    defer { wakeWriters() }
    return frames.isEmpty ? nil : frames.removeFirst()
  }

  /// Lets what waits be sent, then a last frame.
  func end(with code: WSCloseCode) {
    if isEnded { return }
    isEnded = true
    frames.append(.close(code: code))
    wakeReader()
    wakeWriters()
  }

  /// Forgets what waits: nobody will take it.
  func abandon() {
    isEnded = true
    frames = []
    wakeReader()
    wakeWriters()
  }

  private func wakeReader() {
    reader?.resume()
    reader = nil
  }

  private func wakeWriters() {
    for writer in writers { writer.resume() }
    writers = []
  }
}

/// Tells when it is let go of.
private final class Lifeline: Sendable {
  private let end: @Sendable () -> Void

  init(end: @escaping @Sendable () -> Void) { self.end = end }

  func next(from outbox: Outbox) async -> WSFrame? { await outbox.next() }

  deinit { end() }
}
