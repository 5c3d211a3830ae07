public import Music

/// What lies between one who writes music and one who plays it: messages, a bounded time ahead.
///
/// The writer pushes messages in playing order and waits while it is ``lookahead`` ahead of the
/// player; the player never waits for the writer's thread. One writer, one player.
public final class MessageQueue: Sendable {
  /// How far the writer may be ahead of the player, in seconds of music.
  public let lookahead: Double

  private struct State {
    var messages: [TimedMessage] = []
    var settledUntil = 0.0
    var playedUntil = 0.0
    var isFinished = false
    var isClosed = false
    var isDiscarded = false
    var continuation: CheckedContinuation<Bool, Never>?
  }

  /// What the player takes out.
  struct Delivery {
    /// The time before which no more messages will come.
    var settledUntil: Double
    /// Whether no more will come at all.
    var isFinished: Bool
    /// Whether what was delivered before and has not been played shall be forgotten.
    var isDiscarding: Bool
  }

  private let monitor = Monitor(State())

  /// Creates an empty queue.
  ///
  /// - Parameter lookahead: how far the writer may be ahead of the player, in seconds of music, 0 to
  ///   3,600.
  /// - Throws: ``PlaybackError`` where the look-ahead is out of range.
  public init(lookahead: Double = 8) throws(PlaybackError) {
    try PlaybackError.check("lookahead", lookahead, 0...3_600 ~= lookahead, "0 to 3600 seconds")
    self.lookahead = lookahead
  }

  /// Adds music, then waits while it is more than ``lookahead`` ahead of the player.
  ///
  /// - Parameters:
  ///   - messages: the next messages in playing order.
  ///   - settledUntil: the time in seconds before which no more will come; what is not finite says
  ///     nothing.
  /// - Returns: whether to go on writing: not where nobody listens any more or the task is cancelled.
  @discardableResult
  public func push(_ messages: [TimedMessage], settledUntil: Double) async -> Bool {
    append(messages, settledUntil: settledUntil)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = monitor.withLock { state in
          let answer = Task.isCancelled ? false : self.answer(state)
          if answer == nil { state.continuation = continuation }
          return answer
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let continuation = monitor.withLock { state in
        defer { state.continuation = nil }
        return state.continuation
      }
      continuation?.resume(returning: false)
    }
  }

  /// Says that no more music comes.
  ///
  /// - Parameter duration: the piece's length in seconds; nil where the last message ends it.
  public func finish(duration: Double? = nil) {
    monitor.update { state in
      state.isFinished = true
      // A piece without an end in time ends with its last message.
      if let duration, duration.isFinite {
        state.settledUntil = max(state.settledUntil, duration)
      }
    }
  }

  /// Says that nobody listens any more: the writer's push returns false, what is queued is dropped.
  public func close() {
    let continuation = monitor.update { state in
      state.isClosed = true
      state.messages = []
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume(returning: false)
  }

  /// Forgets all music that has not been played, so that the writer can go on otherwise.
  ///
  /// What sounds is released.
  ///
  /// - Returns: the time in seconds from which the writer goes on.
  public func discard() -> Double {
    let (time, continuation) = monitor.update { state in
      var released: CheckedContinuation<Bool, Never>?
      if !state.isFinished {
        state.messages = []
        state.isDiscarded = true
        state.settledUntil = state.playedUntil
        swap(&released, &state.continuation)
      }
      return (state.settledUntil, released)
    }
    continuation?.resume(returning: true)
    return time
  }

  /// Waits until there is more than has been played, or never will be.
  func waitForMusic(after seconds: Double) {
    monitor.wait { state in
      state.settledUntil > seconds || state.isFinished || state.isClosed ? () : nil
    }
  }

  /// Hands over what has been pushed and lets the writer go on if it may.
  ///
  /// No memory is allocated or freed while the messages fit the capacity of `messages`: the player's
  /// thread must not wait for another that does so.
  func take(into messages: inout [TimedMessage], playedUntil: Double) -> Delivery {
    let (delivery, continuation) = monitor.update { state in
      if state.isDiscarded { messages.removeAll(keepingCapacity: true) }
      messages.append(contentsOf: state.messages)
      state.messages.removeAll(keepingCapacity: true)
      state.playedUntil = playedUntil
      var released: CheckedContinuation<Bool, Never>?
      if self.answer(state) != nil { swap(&released, &state.continuation) }
      let delivery = Delivery(
        settledUntil: state.settledUntil, isFinished: state.isFinished || state.isClosed,
        isDiscarding: state.isDiscarded)
      state.isDiscarded = false
      return (delivery, released)
    }
    continuation?.resume(returning: true)
    return delivery
  }

  private func append(_ messages: [TimedMessage], settledUntil: Double) {
    monitor.update { state in
      guard !state.isClosed, !state.isFinished else { return }
      state.messages += messages
      if settledUntil.isFinite { state.settledUntil = max(state.settledUntil, settledUntil) }
    }
  }

  /// Whether the writer may go on (true), should stop (false) or has to wait (nil).
  private func answer(_ state: State) -> Bool? {
    if state.isClosed { return false }
    return state.settledUntil - state.playedUntil <= lookahead ? true : nil
  }
}
