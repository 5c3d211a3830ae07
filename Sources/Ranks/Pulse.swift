import Foundation
import Synchronization

/// Tells ranks that the others are still there, whatever these are busy with.
///
/// A thread of each rank sends the first one a sign of life again and again, and the first one sends its own to all. Who
/// is not heard of for some time is given up: the first rank says so to all that it reaches, and a rank that no longer
/// hears the first knows by itself.
final class Pulse: Sendable {
  private struct State {
    var alarm: RankError?
    var isLeaving = false
    var isAbandoned = false
  }

  private let state = Mutex(State())
  private let hasEnded = DispatchSemaphore(value: 0)
  private let isWanted = DispatchSemaphore(value: 0)

  /// Begins to send and to listen.
  ///
  /// - Parameters:
  ///   - transport: what carries the signs, beside the messages of another thread.
  ///   - silence: how long nothing may be heard of a rank.
  init(_ transport: any RankTransport, silence: Duration) {
    Thread.detachNewThread { [self] in
      let others = transport.rank == 0 ? Array(1..<transport.count) : [0]
      // The first one is given time to say who is missing.
      let patience = transport.rank == 0 ? silence : silence * 1.2
      beat(
        others.map { Line(transport, to: $0) }, silence: silence, patience: patience,
        pause: min(.milliseconds(500), silence / 10))
      hasEnded.signal()
    }
  }

  /// Who is no longer there; nil while all are.
  var alarm: RankError? { state.withLock { $0.alarm } }

  /// Says farewell and waits until the others have, though not for ever.
  func leave() {
    state.withLock { $0.isLeaving = true }
    isWanted.signal()
    _ = hasEnded.wait(timeout: .now() + 5)
  }

  /// Stops without a word.
  func abandon() {
    state.withLock { $0.isAbandoned = true }
    isWanted.signal()
  }

  private func beat(
    _ lines: [Line], silence: Duration, patience: Duration, pause: Duration
  ) {
    var last = ContinuousClock.now
    while true {
      let (isLeaving, isOver) = state.withLock {
        ($0.isLeaving, $0.isAbandoned || $0.alarm != nil)
      }
      if isOver { return }
      let now = ContinuousClock.now
      // A process that stood still cannot say who was silent meanwhile.
      let stoodStill = now - last > patience / 2
      last = now
      for line in lines {
        line.send(isLeaving ? .farewell : .alive)
        line.listen(at: now)
        if stoodStill { line.lastHeard = now }
        // The first rank misses another.
        if let missing = line.missing { return raise([missing], after: silence) }
      }
      if isLeaving, lines.allSatisfy(\.isClosed) { return }
      let missing = lines.filter { !$0.isLeft && now - $0.lastHeard > patience }.map(\.other)
      if let first = missing.first {
        for line in lines where !missing.contains(line.other) { line.send(.missing(first)) }
        return raise(missing, after: silence)
      }
      let rest = isLeaving ? 1000 : Int(pause / .microseconds(1))
      _ = isWanted.wait(timeout: .now() + .microseconds(rest))
    }
  }

  private func raise(_ ranks: [Int], after silence: Duration) {
    let error = RankError(.silent(ranks: ranks, seconds: Int(silence / .seconds(1))))
    state.withLock { $0.alarm = error }
  }
}

/// The signs of life between this rank and another, used by one thread.
@safe
private final class Line {
  /// What a sign says.
  enum Sign: Equatable {
    case alive
    /// It is the last one.
    case farewell
    /// A rank is missing.
    case missing(Int)

    var number: Int32 {
      switch self {
      case .alive: -1
      case .farewell: -2
      case .missing(let rank): Int32(rank)
      }
    }
  }

  let other: Int
  var lastHeard = ContinuousClock.now
  /// Whom the other misses.
  private(set) var missing: Int?
  /// Whether the other has said farewell.
  private(set) var isLeft = false
  private let transport: any RankTransport
  // Where a sign stands that goes, and one that comes. Never freed, as one may still come when nobody listens.
  private let place: UnsafeMutableBufferPointer<Int32>
  private var going: RankTransfer?
  private var coming: RankTransfer?
  private var hasSaidFarewell = false

  init(_ transport: any RankTransport, to other: Int) {
    self.transport = transport
    self.other = other
    unsafe place = .allocate(capacity: 2)
    unsafe place.initialize(repeating: 0)
  }

  /// Whether nothing is on its way any more, in either direction.
  var isClosed: Bool { isLeft && hasSaidFarewell && going == nil }

  /// Sends a sign, unless the one before has not gone yet, or was the last.
  func send(_ sign: Sign) {
    if let before = going, (try? transport.isDone(before)) ?? true { going = nil }
    guard going == nil, !hasSaidFarewell else { return }
    unsafe place[0] = sign.number
    let bytes = unsafe UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: place[0..<1]))
    going = try? unsafe transport.send(bytes, to: other, tag: RankTag.pulse.rawValue)
    hasSaidFarewell = sign == .farewell && going != nil
  }

  /// Takes in what has come.
  func listen(at now: ContinuousClock.Instant) {
    while !isLeft {
      if coming == nil {
        let room = unsafe UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: place[1..<2]))
        coming = try? unsafe transport.receive(into: room, from: other, tag: RankTag.pulse.rawValue)
      }
      guard let sign = coming, (try? transport.isDone(sign)) ?? false else { return }
      coming = nil
      lastHeard = now
      let number = unsafe place[1]
      isLeft = number == Sign.farewell.number
      if number >= 0 { missing = Int(number) }
    }
  }
}
