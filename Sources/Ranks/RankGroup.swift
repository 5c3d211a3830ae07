import Reproducibility

/// Processes that do one work together, each of them a rank.
///
/// All run the same program on the same files. The first leads: it says what comes next, and alone prints and
/// writes. The others follow. A failure on the way is remembered in ``failure``, and whatever is passed from then
/// on is worth nothing: whoever uses what was passed looks there first.
public final class RankGroup {
  /// Which rank this is, from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  /// Why the ranks can no longer work together; nil while they can.
  public internal(set) var failure: RankError?
  /// Whether a rank was asked to stop, as all know after what was passed last.
  public internal(set) var isStopAgreed = false
  /// How long an answer may take before its rank is given up; ten times the longest so far may do.
  public var patience = Duration.seconds(60)
  /// How long nothing may be heard of a rank, whose sign of life comes several times as often.
  public var silence = Duration.seconds(10)
  /// What is compared before all else: who works here.
  public var facts: [(name: String, value: String)] = []

  let transport: any RankTransport
  /// Whether the others are still there; nil before they have begun.
  private(set) var pulse: Pulse?
  var longestWait = Duration.zero
  /// This rank's numbers while MPI adds them up, in a place that stays.
  var summands: [Float] = []
  /// What a sum that failed may still read or write: kept for as long as the pulse drives it on.
  var leftBehind: [any Sendable] = []
  private var stage = Stage.joined

  /// How far the ranks have agreed, which tells one that fails what the others still wait for.
  private enum Stage { case joined, settled, compared, left }

  /// What the first rank asks the others for.
  public enum Order: Hashable, Sendable {
    /// The next step or measurement, at so many seconds of the work by the first rank's clock.
    case next(seconds: Double)
    /// To put together what each rank has a part of.
    case gather
    /// Nothing more: to leave with this exit code.
    case end(code: Int32)
  }

  /// Creates the group of a rank.
  ///
  /// - Parameter transport: what carries its messages.
  public init(_ transport: any RankTransport) {
    self.transport = transport
    rank = transport.rank
    count = transport.count
  }

  deinit { pulse?.abandon() }

  /// Whether this rank says what comes next, prints and writes.
  public var leads: Bool { rank == 0 }

  /// This rank's machine.
  public var host: String { transport.host }

  /// How many ranks are on this machine.
  public var localCount: Int { transport.localCount }

  /// Takes over what the first rank has decided before the work begins.
  ///
  /// - Parameter own: the first rank's bytes; of the others nothing is asked.
  /// - Returns: the first rank's bytes.
  /// - Throws: ``RankError`` where it has ended the work instead.
  public func settle(_ own: [UInt8]) throws(RankError) -> [UInt8] {
    let bytes = try broadcast(leads ? [0] + own : [], tag: .settling, patience: Self.slowest)
    stage = .settled
    guard let first = bytes.first, first == 0 else {
      leaveTogether()
      throw ended(bytes)
    }
    return Array(bytes.dropFirst())
  }

  /// Sees to it that some facts are the same on all ranks.
  ///
  /// - Parameter facts: what they are called, and what they are here.
  /// - Throws: ``RankError``, the same on every rank, for the first that is another, or that failed.
  public func compare(_ facts: [(name: String, value: String)]) throws(RankError) {
    try exchange(Greeting(host: host, self.facts + facts))
    pulse = Pulse(transport, silence: silence)
  }

  /// Asks the others for what comes next.
  ///
  /// - Parameter order: what that is.
  /// - Throws: ``RankError`` where one cannot be reached.
  /// - Precondition: this is the first rank.
  public func lead(_ order: Order) throws(RankError) {
    precondition(leads, "rank \(rank) leads nobody")
    _ = try broadcast(order.bytes, tag: .order, patience: limit)
  }

  /// Waits for what the first rank asks for.
  ///
  /// - Returns: the order.
  /// - Throws: ``RankError`` where the first rank is gone.
  public func follow() throws(RankError) -> Order {
    // The first may write a checkpoint meanwhile, or a piece.
    Order(bytes: try broadcast([], tag: .order, patience: Self.slowest))
  }

  /// Ends the work of this rank, at its end or for a failure, and tells the others so.
  ///
  /// The first rank ends that of all; a failure of another is told where all compare facts.
  ///
  /// - Parameters:
  ///   - code: the exit code.
  ///   - message: why, in one line; nil for the end.
  ///   - time: how long others that have not begun yet are waited for; nil for as long as they may read files.
  public func end(code: Int32, message: String? = nil, within time: Duration? = nil) {
    guard stage != .left else { return }
    let time = time ?? Self.slowest
    let before = stage
    stage = .left
    // Where messages no longer arrive there is nobody to say farewell to.
    guard failure == nil else {
      pulse?.abandon()
      return
    }
    do {
      let isFirst = leads
      var isOver = before == .compared
      if before == .joined {
        let said = try broadcast(
          isFirst ? [1] + code.bytes : [], tag: .settling, patience: time)
        isOver = said.first != 0
      }
      if !isOver {
        var greeting = Greeting(host: host, facts)
        greeting.failure = Greeting.Failure(message: message ?? "left early", code: code)
        try exchange(greeting, within: time)
      }
      if isFirst, before == .compared { try lead(.end(code: code)) }
    } catch {
      switch error.reason {
      case .failed, .differs: break
      default: return
      }
    }
    pulse?.leave()
    transport.leave()
  }

  private static let slowest = Duration.seconds(900)

  /// How long a wait may last.
  var limit: Duration {
    // The first has more patience, so that the others tell it that they still wait.
    max(patience, longestWait * 10) * (leads ? 1 : 0.8)
  }

  private func ended(_ bytes: [UInt8]) -> RankError {
    RankError(.ended(code: Int32(bytes: Array(bytes.dropFirst().prefix(4)))))
  }

  /// What each rank says of itself before the work begins.
  private struct Greeting: Codable {
    struct Fact: Codable { var name, value: String }
    struct Failure: Codable {
      var message: String
      var code: Int32
    }
    var host: String
    var facts: [Fact]
    var failure: Failure?

    init(host: String, _ facts: [(name: String, value: String)]) {
      self.host = host
      self.facts = facts.map { Fact(name: $0.name, value: $0.value) }
    }
  }

  /// What the first makes of all greetings; empty where all is well.
  private struct Verdict: Codable {
    var failed: Failed?
    var difference: RankError.Difference?
    struct Failed: Codable {
      var rank: Int
      var host: String
      var failure: Greeting.Failure
    }

    init(on greetings: [Greeting]) {
      let first = greetings[0]
      var told = first.facts.count
      if let rank = greetings.firstIndex(where: { $0.failure != nil }) {
        failed = greetings[rank].failure.map {
          Failed(rank: rank, host: greetings[rank].host, failure: $0)
        }
        // Who failed has told less, of which something may be why: another version does not know all settings.
        told = greetings.reduce(told) { min($0, $1.facts.count) }
      }
      // Fact by fact, so that of two musics of two versions the versions are told.
      for (place, fact) in first.facts.prefix(told).enumerated() {
        for (rank, other) in greetings.enumerated().dropFirst() {
          let found = place < other.facts.count ? other.facts[place].value : "nothing"
          guard found != fact.value else { continue }
          difference = RankError.Difference(
            name: fact.name, rank: rank, host: other.host, found: found, firstHost: first.host,
            expected: fact.value)
          failed = nil
          return
        }
      }
    }
  }

  private func exchange(
    _ own: Greeting, within time: Duration = RankGroup.slowest
  ) throws(RankError) {
    var verdict: [UInt8] = []
    if leads {
      var greetings = [own]
      for other in 1..<count {
        let bytes = try receiveMessage(from: other, tag: .greeting, patience: time)
        guard let greeting = try? CanonicalJSON.decode(Greeting.self, from: bytes) else {
          throw fail(RankError(.library("a greeting of rank \(other) is no greeting")))
        }
        greetings.append(greeting)
      }
      verdict = Array(CanonicalJSON.line(of: Verdict(on: greetings)).utf8)
    } else {
      try sendMessage(
        Array(CanonicalJSON.line(of: own).utf8), to: 0, tag: .greeting, patience: time)
    }
    verdict = try broadcast(verdict, tag: .greeting, patience: time)
    if stage != .left { stage = .compared }
    guard let read = try? CanonicalJSON.decode(Verdict.self, from: verdict) else {
      throw fail(RankError(.library("the first rank's verdict is none")))
    }
    if let failed = read.failed {
      leaveTogether()
      throw RankError(
        .failed(
          rank: failed.rank, host: failed.host, message: failed.failure.message,
          code: failed.failure.code))
    }
    if let difference = read.difference {
      leaveTogether()
      throw RankError(.differs(difference))
    }
  }

  /// All have heard the same verdict, after which nothing is said.
  private func leaveTogether() {
    guard stage != .left else { return }
    stage = .left
    transport.leave()
  }

  /// Remembers why the ranks can no longer work together.
  func fail(_ error: RankError) -> RankError {
    failure = failure ?? error
    return failure ?? error
  }
}

extension RankGroup.Order {
  fileprivate var bytes: [UInt8] {
    switch self {
    case .next(let seconds): [0] + seconds.bitPattern.bytes
    case .gather: [1] + UInt64(0).bytes
    case .end(let code): [2] + UInt64(UInt32(bitPattern: code)).bytes
    }
  }

  fileprivate init(bytes: [UInt8]) {
    let number = UInt64(bytes: Array(bytes.dropFirst().prefix(8)))
    self =
      switch bytes.first {
      case 0: .next(seconds: Double(bitPattern: number))
      case 1: .gather
      default: .end(code: Int32(truncatingIfNeeded: number))
      }
  }
}

extension FixedWidthInteger {
  /// Its bytes, the lowest first.
  var bytes: [UInt8] {
    stride(from: 0, to: bitWidth, by: 8).map { UInt8(truncatingIfNeeded: self >> $0) }
  }

  /// The number of some bytes, the lowest first.
  init(bytes: [UInt8]) {
    self = bytes.enumerated().reduce(0) {
      $0 | Self(truncatingIfNeeded: $1.element) << ($1.offset * 8)
    }
  }
}
