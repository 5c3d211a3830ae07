public import StandardMIDIFile

/// The relation between ticks and seconds.
///
/// Exact: positions are sums of whole numbers of ticks times microseconds, so that
/// `tick(atSeconds: seconds(atTick: t)) == t` for every tick of a piece.
public struct TempoMap: Hashable, Sendable {
  /// A stretch of one tempo.
  struct Segment: Hashable, Sendable {
    /// The tick at which it starts.
    var tick: Int
    /// The ``TempoMap`` units passed at its start.
    var units: Int128
    /// The units that a tick takes.
    var unitsPerTick: Int
  }

  /// The stretches, by tick; the first starts at tick 0.
  var segments: [Segment]
  /// How many units a second has.
  var unitsPerSecond: Int

  /// Creates the map of a division and its tempo changes, in any order.
  ///
  /// Of several changes at one tick the last holds. A time-code division has no tempo.
  public init(division: Division, tempos: [TempoChange] = []) {
    switch division {
    case .timeCode(let framesPerSecond, let ticksPerFrame):
      // 29 stands for 29.97: 30,000 frames in 1,001 seconds.
      let (frames, seconds) = framesPerSecond == 29 ? (30_000, 1001) : (framesPerSecond, 1)
      unitsPerSecond = frames * ticksPerFrame
      segments = [Segment(tick: 0, units: 0, unitsPerTick: seconds)]
    case .ticksPerQuarter(let ticks):
      unitsPerSecond = ticks * 1_000_000
      segments = [Segment(tick: 0, units: 0, unitsPerTick: 500_000)]
      segments.reserveCapacity(tempos.count + 1)
      for tempo in tempos.sortedByTick({ $0.tick }) {
        let last = segments[segments.count - 1]
        let segment = Segment(
          tick: max(tempo.tick, 0),
          units: last.units + Int128(max(tempo.tick, 0) - last.tick) * Int128(last.unitsPerTick),
          unitsPerTick: tempo.microsecondsPerQuarter)
        if segment.tick == last.tick { segments.removeLast() }
        segments.append(segment)
      }
    }
  }

  /// The seconds from the start of the piece to a tick.
  ///
  /// - Complexity: O(log *n*) in the number of tempo changes.
  public func seconds(atTick tick: Int) -> Double {
    seconds(atTick: tick, of: segments[index(ofTick: tick)])
  }

  private func index(ofTick tick: Int) -> Int {
    max(segments.partitioningIndex { $0.tick > tick } - 1, 0)
  }

  private func seconds(atTick tick: Int, of segment: Segment) -> Double {
    let ticks = tick - segment.tick
    // Int128 has no fast way to Double; all but years of music fit into 64 bits.
    let start = Int(truncatingIfNeeded: segment.units)
    let (passed, isLong) = ticks.multipliedReportingOverflow(by: segment.unitsPerTick)
    let (units, isLonger) = start.addingReportingOverflow(passed)
    if !isLong, !isLonger, Int128(start) == segment.units {
      return Double(units) / Double(unitsPerSecond)
    }
    return Double(segment.units + Int128(ticks) * Int128(segment.unitsPerTick))
      / Double(unitsPerSecond)
  }

  /// Tells the seconds of ticks that mostly lie near each other, in constant time where they do.
  package struct Cursor {
    private let map: TempoMap
    private var segment: Segment
    /// The ticks of which that holds.
    private var ticks = 0..<0
    /// Which stretch comes next.
    private var next = 0

    /// Creates a cursor of a map.
    package init(_ map: TempoMap) {
      self.map = map
      segment = map.segments[0]
    }

    /// The seconds from the start of the piece to a tick, as the map has them.
    package mutating func seconds(atTick tick: Int) -> Double {
      if !ticks.contains(tick) {
        let segments = map.segments
        let found = segments.partitioningIndex(near: next, in: segments.indices) { $0.tick > tick }
        // The first holds before its start, too.
        next = max(found, 1)
        segment = segments[next - 1]
        let end = next < segments.count ? segments[next].tick : .max
        ticks = (next == 1 ? .min : segment.tick)..<end
      }
      return map.seconds(atTick: tick, of: segment)
    }
  }

  /// The tick nearest to a time in seconds.
  ///
  /// - Complexity: O(log *n*) in the number of tempo changes.
  public func tick(atSeconds seconds: Double) -> Int {
    let units = (seconds * Double(unitsPerSecond)).rounded()
    let segment = segments[max(segments.partitioningIndex { Double($0.units) > units } - 1, 0)]
    let ticks = (units - Double(segment.units)) / Double(segment.unitsPerTick)
    return segment.tick + (Int(exactly: ticks.rounded()) ?? (ticks > 0 ? Int.max / 2 : 0))
  }
}

extension TempoMap {
  /// The fewest ticks that some seconds can take, wherever they lie.
  func fewestTicks(in seconds: Double) -> Int {
    let slowest = segments.reduce(1) { max($0, $1.unitsPerTick) }
    return Int(min(seconds * Double(unitsPerSecond) / Double(slowest), 1e15))
  }
}

extension Score {
  /// The relation between the score's ticks and seconds.
  public var tempoMap: TempoMap { TempoMap(division: division, tempos: tempos) }

  /// How long the piece lasts, in seconds.
  public var duration: Double { tempoMap.seconds(atTick: endTick) }
}
