import FlyingFox
import MuseGen

/// Which bars a variation or a filling writes, and what stays in them.
struct RewritingPlan {
  /// The bars of each stretch, rising; none for the whole piece.
  private(set) var stretches: [ClosedRange<Int>] = []
  /// The notes that stay in them.
  private(set) var kept = KeptNotes()
  /// The first and the last bar that are written, where all between them are; else as they were asked for.
  private(set) var bars: [Int]?
  /// Whether the command line has no words for it.
  private(set) var isBeyondCommands = false
  /// What is locked, where it makes a difference.
  private(set) var locks: PieceLocks?

  /// Makes a plan.
  ///
  /// - Parameters:
  ///   - order: a variation or a filling.
  ///   - source: the piece.
  /// - Throws: ``Refusal`` where the piece has no such bars, or nothing is left to be written.
  init(_ order: PieceOrder, of source: Score) throws(Refusal) {
    bars = order.bars
    let locks = order.locks ?? PieceLocks()
    let chosen = order.bars.map { $0[0]...$0[1] }
    if order.kind == .filling {
      let gaps = try Gaps(in: source, chosen: chosen, track: order.track, locks: locks)
      stretches = gaps.bars
      if !gaps.areWholeBars { kept = KeptNotes(around: gaps.ticks, of: source) }
      settle(isAroundNotes: !gaps.areWholeBars)
      return
    }
    if locks.isEmpty {
      stretches = chosen.map { [$0] } ?? []
      return
    }
    guard let count = source.barCount, let begun = source.begunBarCount else { return }
    if let chosen, chosen.lowerBound > count || chosen.upperBound > begun {
      throw Refusal(
        .unprocessableContent,
        "bars \(chosen.lowerBound)-\(chosen.upperBound) not found, expected some of 1 to \(count)")
    }
    // What lies behind the last bar may be named with it, and stays as it is.
    stretches = locks.free(of: (chosen ?? 1...count).clamped(to: 1...count))
    guard !stretches.isEmpty else {
      throw Refusal(
        .unprocessableContent,
        "all of these bars are locked, and nothing is left to vary; unlock some of them")
    }
    let ticks = stretches.map { source.ticks(of: $0) }
    let isTouched = locks.notes.contains { note in
      order.track.map { $0 == note.track + 1 } ?? true && ticks.containsTick(note.onset)
    }
    if isTouched { kept = KeptNotes(lockedIn: locks, of: source) }
    settle(isAroundNotes: isTouched)
    if isBeyondCommands { self.locks = locks }
  }

  /// One stretch without notes that stay is what the command line makes.
  private mutating func settle(isAroundNotes: Bool) {
    isBeyondCommands = isAroundNotes || stretches.count > 1
    if !isBeyondCommands { bars = [stretches[0].lowerBound, stretches[0].upperBound] }
  }
}
