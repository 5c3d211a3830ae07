import MuseGen
import Synchronization

/// A piece that is being written: what is there of it, for all who listen.
final class PieceInHand: Sendable {
  /// Where a piece stands.
  enum Stage: Sendable {
    case waiting
    case writing
    case finished(Performance)
    case failed(String)
  }

  private struct State {
    var stage = Stage.waiting
    var messages: [TimedMessage] = []
    var settledSeconds = 0.0
    /// How much of the work is done, 0 to 1; 0 where that is not known.
    var share = 0.0
    var isCancelled = false
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var listenerCount = 0
  }

  /// What is known of it; its notes are yet to come.
  let record: PieceRecord
  /// The file of the piece that it is written upon, as it was then.
  let source: [UInt8]?
  private let state = Mutex(State())

  init(_ record: PieceRecord, source: [UInt8]?) {
    self.record = record
    self.source = source
  }

  /// Whether nobody wants it any more.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  func cancel() { state.withLock { $0.isCancelled = true } }

  var stage: Stage { state.withLock { $0.stage } }

  /// What has come to be since a listener looked last.
  struct News: Sendable {
    var stage: Stage
    var messages: [TimedMessage]
    var settledSeconds: Double
    var share: Double
  }

  /// What there is after so many messages.
  func news(after count: Int) -> News {
    state.withLock { state in
      News(
        stage: state.stage, messages: Array(state.messages.dropFirst(count)),
        settledSeconds: state.settledSeconds, share: state.share)
    }
  }

  func enter(_ stage: Stage) {
    tell { $0.stage = stage }
    if stage.isLast { finishListeners() }
  }

  func append(_ messages: [TimedMessage], settledUntil seconds: Double, share: Double) {
    tell { state in
      state.messages += messages
      state.settledSeconds = seconds
      state.share = share
    }
  }

  func reach(_ share: Double) { tell { $0.share = share } }

  /// Tells whenever something has changed, at once for the first time; ends with the piece.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    continuation.yield()
    let number: Int? = state.withLock { state in
      if state.stage.isLast { return nil }
      state.listenerCount += 1
      state.listeners[state.listenerCount] = continuation
      return state.listenerCount
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }

  private func tell(_ change: (inout State) -> Void) {
    let listeners = state.withLock { state in
      change(&state)
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.yield() }
  }

  private func finishListeners() {
    let listeners = state.withLock { state in
      defer { state.listeners = [:] }
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.finish() }
  }
}

extension PieceInHand.Stage {
  /// Whether no other comes after it.
  var isLast: Bool {
    switch self {
    case .waiting, .writing: false
    case .finished, .failed: true
    }
  }
}
