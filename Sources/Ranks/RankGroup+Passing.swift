/// How numbers are added up over the ranks.
public enum RankSum: String, Codable, CaseIterable, Sendable {
  /// In the shards' order, so that any number of ranks comes to the same bytes.
  case exact
  /// In whatever order is fastest: the last digits depend on the number of ranks, and on the network.
  case fast
  /// In the shards' order, rounded to bfloat16 on their way: half the bytes.
  case bf16
}

/// What passes through all ranks in their order and comes back to all.
///
/// The first rank hands its numbers to the second, which adds its own and hands the sum on; the last has the whole
/// sum, which goes the same way back. Numbers go in parts, so that all links are busy at once: a rank sends and
/// receives each number once in either direction, however many ranks there are, and what is added in which order
/// does not depend on how shards lie on ranks.
extension RankGroup {
  /// A part is no shorter than this, in numbers, as each costs the time that a message takes.
  private static let shortestPart = 4096

  /// Adds up numbers over all ranks.
  ///
  /// - Parameters:
  ///   - values: room for the numbers; receives their sums.
  ///   - sum: how they are added up.
  ///   - totals: how many numbers of double precision are added up beside them, always in the ranks' order.
  ///   - addTotals: adds this rank's.
  ///   - add: adds this rank's numbers of a range to those of the ranks before. On the first rank what it finds
  ///     there is worth nothing, and is replaced.
  /// - Returns: the totals.
  public func pass(
    _ values: inout [Float], sum: RankSum = .exact, totals: Int = 0,
    addTotals: (inout [Double]) -> Void = { _ in },
    add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) -> [Double] {
    guard failure == nil else { return [Double](repeating: 0, count: totals) }
    // The first number says whether somebody was asked to stop.
    var head = [Double](repeating: 0, count: totals + 1)
    let addHead = { (head: inout [Double]) in
      var own = Array(head.dropFirst())
      addTotals(&own)
      head = [max(head[0], Task.isCancelled ? 1 : 0)] + own
    }
    do throws(RankError) {
      switch sum {
      case .exact:
        try passExactly(&values, &head, addHead, add)
      case .bf16:
        try passRounded(&values, &head, addHead, add)
      case .fast:
        var none: [Float] = []
        try passExactly(&none, &head, addHead) { _, _ in }
        // Each rank's own sum, then MPI's of all.
        if rank > 0 { for index in values.indices { values[index] = 0 } }
        let all = values.indices
        var span = values.mutableSpan
        add(all, &span)
        try sumQuickly(&values)
      }
    } catch {
      _ = fail(error)
    }
    isStopAgreed = isStopAgreed || head[0] > 0
    return Array(head.dropFirst())
  }

  /// Puts numbers together of which each rank has some.
  ///
  /// - Parameters:
  ///   - values: the numbers; those of other ranks are replaced by theirs.
  ///   - own: where this rank's stand.
  public func assemble(_ values: inout [Float], own: [Range<Int>]) {
    let mine = values
    _ = pass(&values) { range, part in
      for place in own where place.overlaps(range) {
        for index in place.clamped(to: range) { part[index - range.lowerBound] = mine[index] }
      }
    }
  }

  private func passExactly(
    _ values: inout [Float], _ head: inout [Double], _ addHead: (inout [Double]) -> Void,
    _ add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) throws(RankError) {
    let parts = parts(of: values.count)
    // The head and the values stay where they are until all transfers are done, which is waited for within.
    let outcome = unsafe head.withUnsafeMutableBufferPointer { head in
      unsafe values.withUnsafeMutableBufferPointer { values -> RankError? in
        let places =
          unsafe [UnsafeMutableRawBufferPointer(head)]
          + parts.map { part in
            unsafe UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: values[part]))
          }
        do throws(RankError) {
          try unsafe pass(
            places,
            contribute: { place in
              if place == 0 {
                var numbers = unsafe Array(head)
                addHead(&numbers)
                for index in numbers.indices { unsafe head[index] = numbers[index] }
              } else {
                let part = parts[place - 1]
                let room = unsafe UnsafeMutableBufferPointer(rebasing: values[part])
                var span = unsafe MutableSpan(_unsafeElements: room)
                add(part, &span)
              }
            }, finish: { _ in })
          return nil
        } catch {
          return error
        }
      }
    }
    if let outcome { throw outcome }
  }

  /// The same with numbers that travel as bfloat16.
  private func passRounded(
    _ values: inout [Float], _ head: inout [Double], _ addHead: (inout [Double]) -> Void,
    _ add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) throws(RankError) {
    let parts = parts(of: values.count)
    var halves = [UInt16](repeating: 0, count: values.count)
    // The head and the halves stay where they are until all transfers are done, which is waited for within.
    let outcome = unsafe head.withUnsafeMutableBufferPointer { head in
      unsafe halves.withUnsafeMutableBufferPointer { halves in
        unsafe values.withUnsafeMutableBufferPointer { values -> RankError? in
          let places =
            unsafe [UnsafeMutableRawBufferPointer(head)]
            + parts.map { part in
              unsafe UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: halves[part]))
            }
          func widen(_ part: Range<Int>) {
            for index in part {
              unsafe values[index] = Float(bitPattern: UInt32(halves[index]) << 16)
            }
          }
          do throws(RankError) {
            try unsafe pass(
              places,
              contribute: { place in
                if place == 0 {
                  var numbers = unsafe Array(head)
                  addHead(&numbers)
                  for index in numbers.indices { unsafe head[index] = numbers[index] }
                  return
                }
                let part = parts[place - 1]
                widen(part)
                let room = unsafe UnsafeMutableBufferPointer(rebasing: values[part])
                var span = unsafe MutableSpan(_unsafeElements: room)
                add(part, &span)
                for index in part { unsafe halves[index] = values[index].upperHalf }
              }, finish: { if $0 > 0 { widen(parts[$0 - 1]) } })
            return nil
          } catch {
            return error
          }
        }
      }
    }
    if let outcome { throw outcome }
  }

  private func sumQuickly(_ values: inout [Float]) throws(RankError) {
    bytesSent += values.count * 4
    // The values stay where they are until the transfer is done, which is waited for here.
    let outcome = unsafe values.withUnsafeMutableBufferPointer { buffer -> RankError? in
      do throws(RankError) {
        let transfer = try unsafe transport.sum(buffer)
        try wait(patience: limit) { () throws(RankError) in try transport.isDone(transfer) }
        return nil
      } catch {
        return error
      }
    }
    if let outcome { throw outcome }
  }

  /// Some four parts for each rank: with fewer the links stand idle while a chain of many fills and empties.
  private func parts(of count: Int) -> [Range<Int>] {
    let size = max(Self.shortestPart, (count + 4 * self.count - 1) / (4 * self.count))
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// Passes places of memory up through the ranks and back down.
  ///
  /// - Parameters:
  ///   - places: the memory; untouched by others meanwhile.
  ///   - contribute: adds this rank's numbers in the place of this number.
  ///   - finish: called when the whole sum is in a place.
  /// - Throws: ``RankError`` where a rank does not answer.
  private func pass(
    _ places: [UnsafeMutableRawBufferPointer], contribute: (Int) -> Void, finish: (Int) -> Void
  ) throws(RankError) {
    let (before, after) = (rank - 1, rank + 1)
    let isLast = after == count
    let number = unsafe places.count
    func send(_ place: Int, to other: Int) throws(RankError) -> RankTransfer {
      bytesSent += unsafe places[place].count
      return try unsafe transport.send(
        UnsafeRawBufferPointer(places[place]), to: other, tag: RankTag.passing.rawValue)
    }
    func receive(_ place: Int, from other: Int) throws(RankError) -> RankTransfer {
      try unsafe transport.receive(
        into: places[place], from: other, tag: RankTag.passing.rawValue)
    }
    func isDone(_ place: Int, of transfers: [RankTransfer]) throws(RankError) -> Bool {
      guard place < transfers.count else { return false }
      return try transport.isDone(transfers[place])
    }
    var arriving: [RankTransfer] = []
    if rank > 0 {
      for place in 0..<number { arriving.append(try receive(place, from: before)) }
    }
    var leaving: [RankTransfer] = []
    var returning: [RankTransfer] = []
    var last: [RankTransfer] = []
    // How many places went up, were sent up, and came back.
    var (up, sent, down) = (0, 0, 0)
    var waiting = Waiting(patience: limit)
    while down < number {
      var hasMoved = false
      let hasArrived = try rank == 0 ? up < number : isDone(up, of: arriving)
      if hasArrived {
        contribute(up)
        if !isLast { leaving.append(try send(up, to: after)) }
        up += 1
        hasMoved = true
      }
      // Only when a place has been sent may the sum come back into it.
      if try isDone(sent, of: leaving) {
        returning.append(try receive(sent, from: after))
        sent += 1
        hasMoved = true
      }
      let hasReturned = try isLast ? down < up : isDone(down, of: returning)
      if hasReturned {
        finish(down)
        if rank > 0 { last.append(try send(down, to: before)) }
        down += 1
        hasMoved = true
      }
      if hasMoved {
        waiting.restart()
      } else if !waiting.goOn() {
        throw giveUp(after: limit)
      }
    }
    for transfer in last {
      while !(try transport.isDone(transfer)) {
        guard waiting.goOn() else { throw giveUp(after: limit) }
      }
      waiting.restart()
    }
    note(waiting)
  }
}

extension Float {
  /// The upper half of its bits, rounded to the nearest, of two the even one: bfloat16.
  fileprivate var upperHalf: UInt16 {
    let bits = bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    // What is no number must not round to infinity. Without a branch, as this runs over all gradients.
    let isNumber = bits & 0x7FFF_FFFF <= 0x7F80_0000
    return UInt16(truncatingIfNeeded: isNumber ? rounded : bits >> 16 | 0x40)
  }
}
