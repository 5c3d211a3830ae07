import Synchronization

/// The conversations that go on, which may have something to keep when the studio is closed.
final class OpenConversations: Sendable {
  private let count = Mutex(0)

  /// The conversation, which goes on from its first word until all is kept that came of it.
  func following(
    _ conversation: @escaping WebSocketChannel.Conversation
  ) -> WebSocketChannel.Conversation {
    { [self] send, received in
      count.withLock { $0 += 1 }
      defer { count.withLock { $0 -= 1 } }
      return await conversation(send, received)
    }
  }

  /// Waits a while until none goes on: those whose connections have ended.
  func end() async {
    for _ in 0..<Self.farewellSteps where count.withLock({ $0 > 0 }) {
      do { try await Task.sleep(for: Self.farewellStep) } catch { return }
    }
  }

  /// How often and how long is waited: five seconds in all.
  private static let (farewellSteps, farewellStep) = (250, Duration.milliseconds(20))
}
