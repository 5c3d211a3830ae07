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
///
/// Numbers of which some are ready before others are given in sections: what is ready travels while the rest is made.
extension RankGroup {
  /// MPI sends what it is given at the same time: the next must not have all parts late instead of one after the other.
  private static let mostOnTheWay = 2

  /// A part is no shorter than this, in numbers, as each costs the time that a message takes.
  private static let shortestPart = 4096

  /// Adds up numbers over all ranks.
  ///
  /// - Parameters:
  ///   - values: room for the numbers; receives their sums.
  ///   - sections: the numbers in the order in which they become ready, one after the other; nil for all at once.
  ///   - sum: how they are added up.
  ///   - totals: how many numbers of double precision are added up beside them, always in the ranks' order.
  ///   - isReady: whether this rank's numbers of a section can be had; once they can, they always can. The totals
  ///     are ready with the first section.
  ///   - rest: lets so much time pass, or less where this rank's numbers of a section are ready meanwhile.
  ///   - addTotals: adds this rank's.
  ///   - add: adds this rank's numbers of a range to those of the ranks before. On the first rank what it finds
  ///     there is worth nothing, and is replaced.
  /// - Returns: the totals.
  public func pass(
    _ values: inout [Float], sections: [Range<Int>]? = nil, sum: RankSum = .exact, totals: Int = 0,
    isReady: (Int) -> Bool = { _ in true },
    rest: (Duration) -> Void = RankGroup.sleep,
    addTotals: (inout [Double]) -> Void = { _ in },
    add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) -> [Double] {
    guard failure == nil else { return [Double](repeating: 0, count: totals) }
    let sections = sections ?? [values.indices]
    precondition(
      sections.reduce(0) { $1.lowerBound == $0 ? $1.upperBound : -1 } == values.count,
      "sections with gaps")
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
        try passExactly(&values, &head, parts(of: sections), isReady, rest, addHead, add)
      case .bf16:
        try passRounded(&values, &head, parts(of: sections), isReady, rest, addHead, add)
      case .fast:
        try sumQuickly(&values, sections, isReady, rest, add)
        var none: [Float] = []
        try passExactly(&none, &head, [], { _ in true }, rest, addHead) { _, _ in }
      }
    } catch {
      // MPI may still write into both.
      leftBehind.append(head)
      leftBehind.append(values)
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

  /// Makes each number the mean of all ranks' own, in the ranks' order unless MPI may choose it.
  ///
  /// - Parameters:
  ///   - values: the numbers, which become the means.
  ///   - sum: how they are added up.
  public func average(_ values: inout [Float], sum: RankSum = .exact) {
    let mine = values
    _ = pass(&values, sum: sum) { [rank] range, part in
      for index in range {
        let place = index - range.lowerBound
        part[place] = rank == 0 ? mine[index] : part[place] + mine[index]
      }
    }
    let count = Float(count)
    for index in values.indices { values[index] /= count }
  }

  private func passExactly(
    _ values: inout [Float], _ head: inout [Double], _ parts: [Part], _ isReady: (Int) -> Bool,
    _ rest: (Duration) -> Void, _ addHead: (inout [Double]) -> Void,
    _ add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) throws(RankError) {
    // The head and the values stay where they are until all transfers are done, which is waited for within.
    let outcome = unsafe head.withUnsafeMutableBufferPointer { head in
      unsafe values.withUnsafeMutableBufferPointer { values -> RankError? in
        let places =
          unsafe [UnsafeMutableRawBufferPointer(head)]
          + parts.map { part in
            unsafe UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: values[part.range]))
          }
        do throws(RankError) {
          try unsafe pass(
            places, isReady: { isReady(parts.section(ofPlace: $0)) }, rest: rest,
            contribute: { place in
              if place == 0 {
                var numbers = unsafe Array(head)
                addHead(&numbers)
                for index in numbers.indices { unsafe head[index] = numbers[index] }
              } else {
                let part = parts[place - 1].range
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
    _ values: inout [Float], _ head: inout [Double], _ parts: [Part], _ isReady: (Int) -> Bool,
    _ rest: (Duration) -> Void, _ addHead: (inout [Double]) -> Void,
    _ add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) throws(RankError) {
    var halves = [UInt16](repeating: 0, count: values.count)
    // The head and the halves stay where they are until all transfers are done, which is waited for within.
    let outcome = unsafe head.withUnsafeMutableBufferPointer { head in
      unsafe halves.withUnsafeMutableBufferPointer { halves in
        unsafe values.withUnsafeMutableBufferPointer { values -> RankError? in
          let places =
            unsafe [UnsafeMutableRawBufferPointer(head)]
            + parts.map { part in
              unsafe UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: halves[part.range]))
            }
          func widen(_ part: Range<Int>) {
            for index in part {
              unsafe values[index] = Float(bitPattern: UInt32(halves[index]) << 16)
            }
          }
          do throws(RankError) {
            try unsafe pass(
              places, isReady: { isReady(parts.section(ofPlace: $0)) }, rest: rest,
              contribute: { place in
                if place == 0 {
                  var numbers = unsafe Array(head)
                  addHead(&numbers)
                  for index in numbers.indices { unsafe head[index] = numbers[index] }
                  return
                }
                let part = parts[place - 1].range
                widen(part)
                let room = unsafe UnsafeMutableBufferPointer(rebasing: values[part])
                var span = unsafe MutableSpan(_unsafeElements: room)
                add(part, &span)
                for index in part { unsafe halves[index] = values[index].upperHalf }
              }, finish: { if $0 > 0 { widen(parts[$0 - 1].range) } })
            return nil
          } catch {
            return error
          }
        }
      }
    }
    if let outcome {
      leftBehind.append(halves)
      throw outcome
    }
  }

  /// Each rank's own sum of a section, then MPI's of all ranks'.
  private func sumQuickly(
    _ values: inout [Float], _ sections: [Range<Int>], _ isReady: (Int) -> Bool,
    _ rest: (Duration) -> Void, _ add: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) throws(RankError) {
    // Sums have a place of their own: Open MPI sends several times as much where they replace what is summed.
    if summands.count < values.count { summands = [Float](repeating: 0, count: values.count) }
    let isFirst = rank == 0
    // Both stay where they are until all transfers are done, or failed.
    let outcome = unsafe summands.withUnsafeMutableBufferPointer { own in
      unsafe values.withUnsafeMutableBufferPointer { sums -> RankError? in
        do throws(RankError) {
          var open: [RankTransfer] = []
          var waiting = Waiting(patience: limit)
          // All ranks begin the sums in the order of sections.
          for (number, section) in sections.enumerated() {
            while !isReady(number) {
              if let first = open.first, try transport.isDone(first) { open.removeFirst() }
              try standBy(&waiting, isBusy: !open.isEmpty, rest)
            }
            let room = unsafe UnsafeMutableBufferPointer(rebasing: own[section])
            if !isFirst { unsafe room.update(repeating: 0) }
            var span = unsafe MutableSpan(_unsafeElements: room)
            add(section, &span)
            open.append(
              try unsafe transport.sum(
                UnsafeBufferPointer(room),
                into: UnsafeMutableBufferPointer(rebasing: sums[section])))
          }
          while let first = open.first {
            if try transport.isDone(first) {
              open.removeFirst()
              waiting.restart()
            } else {
              try goOn(&waiting, patience: limit)
            }
          }
          note(waiting)
          return nil
        } catch {
          return error
        }
      }
    }
    if let outcome { throw outcome }
  }

  /// Some four parts for each rank: with fewer the links stand idle while a chain of many fills and empties.
  private func parts(of sections: [Range<Int>]) -> [Part] {
    let total = sections.last?.upperBound ?? 0
    let size = max(Self.shortestPart, (total + 4 * count - 1) / (4 * count))
    return sections.enumerated().flatMap { number, section in
      stride(from: section.lowerBound, to: section.upperBound, by: size).map {
        Part(section: number, range: $0..<min($0 + size, section.upperBound))
      }
    }
  }

  /// Passes places of memory up through the ranks and back down.
  ///
  /// - Parameters:
  ///   - places: the memory; untouched by others meanwhile.
  ///   - isReady: whether this rank has its numbers of a place.
  ///   - rest: lets time pass.
  ///   - contribute: adds this rank's numbers in the place of this number.
  ///   - finish: called when the whole sum is in a place.
  /// - Throws: ``RankError`` where a rank does not answer.
  private func pass(
    _ places: [UnsafeMutableRawBufferPointer], isReady: (Int) -> Bool, rest: (Duration) -> Void,
    contribute: (Int) -> Void, finish: (Int) -> Void
  ) throws(RankError) {
    let (before, after) = (rank - 1, rank + 1)
    let isLast = after == count
    let number = unsafe places.count
    func send(_ place: Int, to other: Int) throws(RankError) -> RankTransfer {
      try unsafe transport.send(
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
    // How many places went up, were sent up, came back, and were sent back.
    var (up, sent, down, sentBack) = (0, 0, 0, 0)
    var waiting = Waiting(patience: limit)
    while down < number || sentBack < last.count {
      var hasMoved = false
      let isAwaited = up < number && !isReady(up)
      if !isAwaited, leaving.count - sent < Self.mostOnTheWay,
        try rank == 0 ? up < number : isDone(up, of: arriving)
      {
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
      if last.count - sentBack < Self.mostOnTheWay,
        try isLast ? down < up : isDone(down, of: returning)
      {
        finish(down)
        if rank > 0 { last.append(try send(down, to: before)) }
        down += 1
        hasMoved = true
      }
      if try isDone(sentBack, of: last) {
        sentBack += 1
        hasMoved = true
      }
      if hasMoved {
        waiting.restart()
      } else if isAwaited {
        try standBy(&waiting, isBusy: down < leaving.count || sentBack < last.count, rest)
      } else {
        try goOn(&waiting, patience: limit)
      }
    }
    note(waiting)
  }
}

/// Numbers that travel in one message.
private struct Part {
  /// The section that they are of.
  var section: Int
  /// Where they stand.
  var range: Range<Int>
}

extension [Part] {
  /// The section of a place, of which the first is the totals'.
  fileprivate func section(ofPlace place: Int) -> Int { place == 0 ? 0 : self[place - 1].section }
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
