import StandardMIDIFile

/// The relation between ticks, and bars and beats.
///
/// Every time signature begins a bar: also one in the middle of a bar, which it cuts short, and one
/// that only says again what holds. So an upbeat is a bar of its own however it is written: as 1/4
/// before 4/4, or as a 4/4 that another follows after one quarter note.
///
/// Bars and beats count from 0. A beat is the note value of the signature's denominator.
public struct MetreMap: Hashable, Sendable {
  /// A place in a piece.
  public struct Position: Hashable, Sendable, Comparable {
    /// The bar, from 0.
    public var bar: Int
    /// The beat in the bar, from 0.
    public var beat: Int
    /// The ticks after the beat's start.
    public var tick: Int

    /// Creates a position.
    public init(bar: Int, beat: Int = 0, tick: Int = 0) {
      self.bar = bar
      self.beat = beat
      self.tick = tick
    }

    /// Whether one place comes before another.
    public static func < (left: Position, right: Position) -> Bool {
      (left.bar, left.beat, left.tick) < (right.bar, right.beat, right.tick)
    }
  }

  /// Bars of one metre, one after the other.
  private struct Stretch: Hashable, Sendable {
    /// Where the first begins.
    var tick: Int
    /// Its number.
    var bar: Int
    var numerator: Int
    var denominator: Int
    /// The length of a bar, at least 1.
    var barTicks: Int
  }

  /// The length of a whole note.
  private let wholeNote: Int
  /// The stretches, by tick; the first starts at tick 0.
  private var stretches: [Stretch] = []

  /// Creates the map of some time signatures, in any order; 4/4 holds before the first.
  ///
  /// Of several signatures at one tick the last holds.
  public init(ticksPerQuarter: Int, timeSignatures: [TimeSignature] = []) {
    precondition(ticksPerQuarter > 0, "a quarter note has ticks")
    wholeNote = 4 * ticksPerQuarter
    append(TimeSignature(tick: 0, numerator: 4, denominator: 4))
    for signature in timeSignatures.sortedByTick({ $0.tick }) { append(signature) }
  }

  /// Lets a time signature hold from its tick on, or from the last one's where that is later.
  public mutating func append(_ signature: TimeSignature) {
    var stretch = Stretch(
      tick: max(signature.tick, 0), bar: 0, numerator: max(signature.numerator, 1),
      denominator: max(signature.denominator, 1),
      barTicks: signature.barTicks(ticksPerQuarter: wholeNote / 4))
    if let last = stretches.last {
      let passed = max(stretch.tick - last.tick, 0)
      stretch.tick = last.tick + passed
      stretch.bar = last.bar + (passed + last.barTicks - 1) / last.barTicks
      if passed == 0 { stretches.removeLast() }
    }
    stretches.append(stretch)
  }

  /// Takes back the last time signature of those that were appended in order, each at a later tick.
  ///
  /// - Complexity: constant.
  package mutating func removeLast() {
    stretches.removeLast()
    if stretches.isEmpty { append(TimeSignature(tick: 0, numerator: 4, denominator: 4)) }
  }

  /// The bar in which a tick lies.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func bar(at tick: Int) -> Int {
    let stretch = stretch(at: tick)
    return stretch.bar + (tick - stretch.tick) / stretch.barTicks
  }

  /// The beat of its bar in which a tick lies.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func beat(at tick: Int) -> Int { position(at: tick).beat }

  /// Bar, beat and what is left over at a tick.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func position(at tick: Int) -> Position {
    let stretch = stretch(at: tick)
    let (bars, inBar) = (tick - stretch.tick).quotientAndRemainder(dividingBy: stretch.barTicks)
    // Beats begin at whole ticks, rounded down: the last that begins at `inBar` or before.
    let beat = min(
      ((inBar + 1) * stretch.denominator - 1) / wholeNote, stretch.numerator - 1)
    return Position(
      bar: stretch.bar + bars, beat: beat, tick: inBar - wholeNote * beat / stretch.denominator)
  }

  /// How many bars have passed at a tick, the present one in part.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func barsPassed(at tick: Int) -> Double {
    let stretch = stretch(at: tick)
    return Double(stretch.bar) + Double(tick - stretch.tick) / Double(stretch.barTicks)
  }

  /// The tick at which a bar begins.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func tick(ofBar bar: Int) -> Int { tick(of: Position(bar: bar)) }

  /// The tick of a position.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func tick(of position: Position) -> Int {
    let next = stretches.partitioningIndex { $0.bar > position.bar }
    let stretch = stretches[max(next - 1, 0)]
    return stretch.tick + (position.bar - stretch.bar) * stretch.barTicks
      + wholeNote * position.beat / stretch.denominator + position.tick
  }

  /// The tick at which so many bars have passed, the last in part.
  ///
  /// - Complexity: O(log *n*) in the number of time signatures.
  public func tick(afterBars bars: Double) -> Int {
    let whole = Int(min(max(bars, 0), 1e12))
    let start = tick(ofBar: whole)
    let part = (bars - Double(whole)) * Double(tick(ofBar: whole + 1) - start)
    return start + Int(part.rounded())
  }

  /// How many bars begin before a tick.
  public func barCount(before tick: Int) -> Int { tick > 0 ? bar(at: tick - 1) + 1 : 0 }

  /// How many bars a score has: up to the one in which its last note ends, and rests behind it.
  ///
  /// Many files end a little behind their last bar line, for the sake of a release or of an echo. Less than half a bar
  /// in which nothing sounds is no bar of the piece.
  ///
  /// - Parameter score: the score whose bars these are.
  /// - Returns: the count; 0 for a score of nothing.
  public func barCount(of score: Score) -> Int {
    let lastNoteEnd = score.tracks.reduce(0) { max($0, $1.lastNoteEnd) }
    let end = max(0, score.endTick)
    let bar = bar(at: end)
    let start = tick(ofBar: bar)
    let isBar = 2 * (end - start) >= tick(ofBar: bar + 1) - start
    return max(barCount(before: lastNoteEnd), bar + (isBar ? 1 : 0))
  }

  /// The ticks before a tick at which bars begin.
  ///
  /// - Complexity: O(*m* log *n*) for *m* bars and *n* time signatures.
  public func barStarts(before tick: Int) -> [Int] {
    (0..<barCount(before: tick)).map(self.tick(ofBar:))
  }

  private func stretch(at tick: Int) -> Stretch {
    stretches[max(stretches.partitioningIndex { $0.tick > tick } - 1, 0)]
  }
}

extension Score {
  /// The relation between the score's ticks, and bars and beats; nil in time code, which has no metre.
  public var metreMap: MetreMap? {
    guard case .ticksPerQuarter(let ticks) = division else { return nil }
    return MetreMap(ticksPerQuarter: ticks, timeSignatures: timeSignatures)
  }
}

extension TimeSignature {
  /// The length of a bar in ticks, rounded down, at least 1.
  public func barTicks(ticksPerQuarter: Int) -> Int {
    max(4 * ticksPerQuarter * numerator / max(denominator, 1), 1)
  }

  /// Whether it says the same of bars as another, wherever they stand.
  public func hasMetre(of other: TimeSignature) -> Bool {
    numerator == other.numerator && denominator == other.denominator
  }
}

extension [TimeSignature] {
  /// The signatures, in order, each delayed to the next bar line of the metre before it, without
  /// those that change nothing.
  ///
  /// This is what can be told where no bar is cut short, as in REMI. An upbeat written as 1/4 before
  /// 4/4 stays one; a signature that is repeated inside a bar is lost.
  public func delayedToBarLines(ticksPerQuarter: Int) -> [TimeSignature] {
    var delayed: [TimeSignature] = []
    for var signature in self {
      if let last = delayed.last {
        if signature.hasMetre(of: last) { continue }
        let bar = last.barTicks(ticksPerQuarter: ticksPerQuarter)
        let passed = Swift.max(signature.tick - last.tick, 0)
        signature.tick = last.tick + (passed + bar - 1) / bar * bar
        if signature.tick == last.tick { delayed.removeLast() }
        if let before = delayed.last, signature.hasMetre(of: before) { continue }
      }
      delayed.append(signature)
    }
    return delayed
  }
}
