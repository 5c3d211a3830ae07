public import Ranks
import Foundation
import Synchronization

/// Carries bytes between ranks that are threads of one process.
@safe
public final class ThreadTransport: RankTransport, @unchecked Sendable {
  /// Which rank this is.
  public let rank: Int
  /// How many there are.
  public var count: Int { room.count }
  /// A name for this rank's machine.
  public var host: String { "thread\(rank)" }
  /// All are on one machine.
  public var localCount: Int { room.count }
  private let room: Room

  /// The messages that are on the way between some ranks.
  private final class Room: Sendable {
    struct Address: Hashable { var from, to, tag: Int }
    struct State {
      var messages: [Address: [[UInt8]]] = [:]
      /// The numbers that are added up, by which sum it is and whose they are.
      var sums: [Int: [Int: [Float]]] = [:]
      /// How many messages were sent from one to another, and how many of them were taken.
      var sent: [Address: Int] = [:]
      var received: [Address: Int] = [:]
      /// How many ranks have taken a sum.
      var taken: [Int: Int] = [:]
    }
    let count: Int
    let state = Mutex(State())
    init(count: Int) { self.count = count }
  }

  @unsafe private enum Open {
    case sent
    /// The address, and the number of the message among those that went there.
    case sending(Room.Address, Int)
    case receiving(Room.Address, UnsafeMutableRawBufferPointer)
    case summing(Int, UnsafeMutableBufferPointer<Float>)
  }

  private var transfers: [Int: Open] = unsafe [:]
  private var number = 0
  /// How many sums this rank has begun: the ranks' first is one sum, their second the next.
  private var sumCount = 0
  // Two threads may share a rank's transport.
  private let turn = NSLock()
  /// Called before each message that this rank sends; true where the rank is to be gone from then on.
  public var isGone: () -> Bool = { false }
  /// Whether a message is sent only when the other takes it, as MPI's long ones are.
  public var waitsForReceivers = false

  private init(rank: Int, room: Room) {
    self.rank = rank
    self.room = room
  }

  /// The transports of so many ranks.
  public static func connected(_ count: Int) -> [ThreadTransport] {
    let room = Room(count: count)
    return (0..<count).map { ThreadTransport(rank: $0, room: room) }
  }

  private func open(_ transfer: Open) -> RankTransfer {
    turn.lock()
    defer { turn.unlock() }
    number += 1
    unsafe transfers[number] = unsafe transfer
    return RankTransfer(number: number)
  }

  /// Puts a copy of bytes where the other finds it.
  public func send(
    _ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer {
    if isGone() { throw RankError(.library("this rank is gone")) }
    let message = unsafe Array(bytes)
    let address = Room.Address(from: self.rank, to: rank, tag: tag)
    let number = room.state.withLock { state -> Int in
      state.messages[address, default: []].append(message)
      state.sent[address, default: 0] += 1
      return state.sent[address] ?? 0
    }
    return unsafe open(waitsForReceivers ? .sending(address, number) : .sent)
  }

  /// Waits for bytes of another.
  public func receive(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer {
    unsafe open(.receiving(.init(from: rank, to: self.rank, tag: tag), bytes))
  }

  /// Adds up in the order in which no exact sum is.
  public func sum(
    _ values: UnsafeBufferPointer<Float>, into sums: UnsafeMutableBufferPointer<Float>
  ) throws(RankError) -> RankTransfer {
    let own = unsafe Array(values)
    turn.lock()
    let sum = sumCount
    sumCount += 1
    turn.unlock()
    room.state.withLock { $0.sums[sum, default: [:]][rank] = own }
    return unsafe open(.summing(sum, sums))
  }

  /// Looks whether a message is there.
  public func isDone(_ transfer: RankTransfer) throws(RankError) -> Bool {
    turn.lock()
    defer { turn.unlock() }
    guard let found = unsafe transfers[transfer.number] else {
      throw RankError(.library("transfer \(transfer.number) is not on its way"))
    }
    switch unsafe found {
    case .sent: break
    case .sending(let address, let number):
      let received = room.state.withLock { $0.received[address] ?? 0 }
      guard received >= number else { return false }
    case .receiving(let address, let bytes):
      let message = room.state.withLock { state -> [UInt8]? in
        guard state.messages[address]?.isEmpty == false else { return nil }
        state.received[address, default: 0] += 1
        return state.messages[address]?.removeFirst()
      }
      guard let message else { return false }
      guard message.count == bytes.count else {
        throw RankError(.library("found \(message.count) bytes, expected \(bytes.count)"))
      }
      unsafe bytes.copyBytes(from: message)
    case .summing(let sum, let values):
      let sums = room.state.withLock { state -> [Float]? in
        guard let ranks = state.sums[sum], ranks.count == room.count else { return nil }
        // The last first: another order than the ranks' is what this is for.
        let parts = (0..<room.count).reversed().compactMap { ranks[$0] }
        let sums = parts[0].indices.map { index in
          parts.dropFirst().reduce(parts[0][index]) { $0 + $1[index] }
        }
        state.taken[sum, default: 0] += 1
        if state.taken[sum] == room.count { (state.sums[sum], state.taken[sum]) = (nil, nil) }
        return sums
      }
      guard let sums else { return false }
      _ = unsafe values.update(fromContentsOf: sums)
    }
    unsafe transfers[transfer.number] = nil
    return true
  }

  /// Does nothing: threads need no farewell.
  public func leave() {}

  /// Runs some work on ranks that are threads, and hands out what each came to.
  ///
  /// - Parameters:
  ///   - count: how many ranks.
  ///   - prepare: changes a rank's transport before.
  ///   - work: what each does, with its group.
  /// - Returns: the ranks' results in their order.
  public static func run<Result: Sendable>(
    _ count: Int, prepare: (ThreadTransport) -> Void = { _ in },
    _ work: @escaping @Sendable (RankGroup) -> Result
  ) -> [Result] {
    let transports = connected(count)
    transports.forEach(prepare)
    let results = Results<Result>(count: count)
    let done = DispatchSemaphore(value: 0)
    // Threads of their own: a pool has one for each core, and those that wait would keep the others from coming.
    for (rank, transport) in transports.enumerated() {
      let thread = Thread {
        let result = work(RankGroup(transport))
        results.withLock { $0[rank] = result }
        done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in transports { done.wait() }
    return results.withLock { $0.compactMap { $0 } }
  }

  /// What ranks came to, as they end.
  private final class Results<Result: Sendable>: Sendable {
    private let results: Mutex<[Result?]>

    init(count: Int) { results = Mutex([Result?](repeating: nil, count: count)) }

    func withLock<Value: Sendable>(_ body: (inout [Result?]) -> sending Value) -> Value {
      results.withLock { results in body(&results) }
    }
  }
}
