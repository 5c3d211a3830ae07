import Glibc

/// What a message is of: messages of one kind keep their order, whatever others are on the way.
enum RankTag: Int {
  case passing = 1
  case order, settling, greeting, rollCall, pulse
}

/// Messages of any length, from one rank to another and from the first to all.
extension RankGroup {
  /// How long the first waits for the others to say that they are there.
  private static let rollCall = Duration.seconds(2)

  /// MPI counts the bytes of a message in 31 bits.
  private static let longestPart = 1 << 28

  /// Sends bytes, their number first.
  ///
  /// MPI sends what is longer than some kilobytes only when it is received.
  func sendMessage(
    _ bytes: [UInt8], to other: Int, tag: RankTag, patience: Duration
  ) throws(RankError) {
    try sendPart(UInt64(bytes.count).bytes[...], to: other, tag: tag, patience: patience)
    for start in stride(from: 0, to: bytes.count, by: Self.longestPart) {
      let end = min(start + Self.longestPart, bytes.count)
      try sendPart(bytes[start..<end], to: other, tag: tag, patience: patience)
    }
  }

  /// Receives bytes that were sent with their number.
  func receiveMessage(
    from other: Int, tag: RankTag, patience: Duration
  ) throws(RankError) -> [UInt8] {
    let count = Int(
      clamping: UInt64(bytes: try receivePart(8, from: other, tag: tag, patience: patience)))
    var bytes: [UInt8] = []
    while bytes.count < count {
      bytes += try receivePart(
        min(Self.longestPart, count - bytes.count), from: other, tag: tag, patience: limit)
    }
    return bytes
  }

  /// Hands bytes from the first rank to all, each rank to some others: in as many turns as the number of ranks has
  /// binary digits.
  ///
  /// - Parameters:
  ///   - own: the first rank's bytes; the others' are not looked at.
  ///   - tag: what the message is of.
  ///   - patience: how long it may take until it comes, and until another takes it.
  /// - Returns: the first rank's bytes.
  /// - Throws: ``RankError`` where a rank does not answer.
  func broadcast(
    _ own: [UInt8], tag: RankTag, patience: Duration
  ) throws(RankError) -> [UInt8] {
    var bytes = own
    // A rank hears from the one whose number lacks its own's lowest binary digit.
    var bit = rank == 0 ? 1 << (Int.bitWidth - count.leadingZeroBitCount) : rank & -rank
    if rank > 0 { bytes = try receiveMessage(from: rank - bit, tag: tag, patience: patience) }
    bit >>= 1
    while bit > 0 {
      if rank + bit < count {
        try sendMessage(bytes, to: rank + bit, tag: tag, patience: patience)
      }
      bit >>= 1
    }
    return bytes
  }

  private func sendPart(
    _ bytes: ArraySlice<UInt8>, to other: Int, tag: RankTag, patience: Duration
  ) throws(RankError) {
    // The slice stays where it is until the transfer is done, which is waited for here.
    let outcome = unsafe bytes.withUnsafeBytes { buffer -> RankError? in
      do throws(RankError) {
        let transfer = try unsafe transport.send(buffer, to: other, tag: tag.rawValue)
        try wait(patience: patience) { () throws(RankError) in try transport.isDone(transfer) }
        return nil
      } catch {
        return error
      }
    }
    if let outcome {
      leftBehind.append(bytes)
      throw fail(outcome)
    }
  }

  private func receivePart(
    _ count: Int, from other: Int, tag: RankTag, patience: Duration
  ) throws(RankError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // The array stays where it is until the transfer is done, which is waited for here.
    let outcome = unsafe bytes.withUnsafeMutableBytes { buffer -> RankError? in
      do throws(RankError) {
        let transfer = try unsafe transport.receive(into: buffer, from: other, tag: tag.rawValue)
        try wait(patience: patience) { () throws(RankError) in try transport.isDone(transfer) }
        return nil
      } catch {
        return error
      }
    }
    if let outcome {
      leftBehind.append(bytes)
      throw fail(outcome)
    }
    return bytes
  }

  /// Asks again and again until something is done.
  func wait(patience: Duration, _ isDone: () throws(RankError) -> Bool) throws(RankError) {
    var waiting = Waiting(patience: patience)
    while true {
      if try isDone() { break }
      try goOn(&waiting, patience: patience)
    }
    note(waiting)
  }

  /// Lets others work for a moment.
  ///
  /// - Throws: ``RankError`` where a rank is gone, or patience is at its end.
  func goOn(_ waiting: inout Waiting, patience: Duration) throws(RankError) {
    let isLong = waiting.isLong
    guard waiting.goOn() else { throw giveUp(after: patience) }
    if isLong, let alarm = pulse?.alarm { throw fail(alarm) }
  }

  /// Looks again in a moment, as this rank itself is not that far.
  ///
  /// - Parameters:
  ///   - waiting: the wait.
  ///   - isBusy: whether something of this rank is on its way, which goes on only while it is asked for. Without it
  ///     looking again would only keep a core from those that compute.
  ///   - rest: lets time pass.
  /// - Throws: ``RankError`` where a rank is gone.
  func standBy(
    _ waiting: inout Waiting, isBusy: Bool, _ rest: (Duration) -> Void
  ) throws(RankError) {
    waiting.standBy { rest(isBusy ? .microseconds(200) : .milliseconds(2)) }
    if let alarm = pulse?.alarm { throw fail(alarm) }
  }

  /// Lets time pass.
  public static func sleep(_ time: Duration) { usleep(UInt32(time / .microseconds(1))) }

  /// Remembers how long a wait was.
  func note(_ waiting: Waiting) { longestWait = max(longestWait, waiting.longest) }

  /// Finds out which ranks no longer answer: those that still wait, too, tell the first so.
  func giveUp(after patience: Duration) -> RankError {
    let seconds = Int(patience / .seconds(1))
    guard leads else {
      // Somebody who is gone as well is told in vain.
      var call: [UInt8] = [0]
      unsafe call.withUnsafeMutableBytes { buffer in
        guard
          let transfer = try? unsafe transport.send(
            UnsafeRawBufferPointer(buffer), to: 0, tag: RankTag.rollCall.rawValue)
        else { return }
        // A process that left now would take the first along, which is about to say who is missing.
        var waiting = Waiting(patience: patience / 2 + min(patience, Self.rollCall))
        var isSent = false
        while waiting.goOn() {
          if !isSent { isSent = (try? transport.isDone(transfer)) ?? true }
        }
      }
      return fail(RankError(.silent(ranks: [], seconds: seconds)))
    }
    var calls = [UInt8](repeating: 0, count: count)
    var missing: [Int] = []
    unsafe calls.withUnsafeMutableBytes { buffer in
      var open: [(rank: Int, transfer: RankTransfer)] = []
      for other in 1..<count {
        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[other..<other + 1])
        if let transfer = try? unsafe transport.receive(
          into: place, from: other, tag: RankTag.rollCall.rawValue)
        {
          open.append((other, transfer))
        } else {
          missing.append(other)
        }
      }
      var waiting = Waiting(patience: min(patience, Self.rollCall))
      repeat {
        open.removeAll { (try? transport.isDone($0.transfer)) ?? false }
      } while !open.isEmpty && waiting.goOn()
      missing += open.map(\.rank)
    }
    leftBehind.append(calls)
    return fail(RankError(.silent(ranks: missing.sorted(), seconds: seconds)))
  }
}

/// A wait for something that other ranks do.
struct Waiting {
  private let patience: Duration
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant
  private var turns = 0
  /// The longest time in which nothing happened.
  private(set) var longest = Duration.zero

  init(patience: Duration) {
    self.patience = patience
    start = clock.now
  }

  /// Looks again in a moment, as this rank itself is not that far: nobody else is to blame.
  mutating func standBy(_ rest: () -> Void) {
    rest()
    start = clock.now
  }

  /// Something happened: patience begins anew.
  mutating func restart() {
    longest = max(longest, clock.now - start)
    start = clock.now
    turns = 0
  }

  /// Whether what is waited for does not come at once.
  var isLong: Bool { turns >= 200 }

  /// Lets others work for a moment; false where patience is at its end.
  mutating func goOn() -> Bool {
    turns += 1
    if !isLong {
      sched_yield()
    } else {
      usleep(50)
      longest = max(longest, clock.now - start)
      if longest > patience { return false }
    }
    return true
  }
}
