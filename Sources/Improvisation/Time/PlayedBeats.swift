/// Follows the tempo of somebody who plays, by how far their notes are from where the beat expects them.
///
/// The beat and its half are an oscillator that each strike near them pulls half of the way to itself, strikes between
/// beats a quarter; the time since the last such strike is a measure of the tempo, which is pulled as well. What lies far
/// from both, such as triplets and grace notes, pulls nothing. So a tempo is met that is within a fifteenth of the one
/// that is expected, and followed to a quarter less and a third more than that. Where strike after strike is beside the
/// grid by the same, it is the grid that is beside the beat, and it moves there.
///
/// Reference: Large and Jones, "The Dynamics of Attending" (1999); Robertson and Plumbley, "B-Keeper: A
/// Beat-Tracker for Live Performance" (2007).
public struct PlayedBeats: Hashable, Sendable {
  /// Half a beat, in quarter notes.
  private let half: Double
  private var tempos: ClosedRange<Double>
  /// The last strike that lay near the grid: when it was, and where it belongs.
  private var last: Strike?
  /// The last strikes where all of them lay beside the grid by about the same.
  private var strays: Strays?

  private struct Strike: Hashable {
    var seconds: Double
    var quarters: Double
  }

  private struct Strays: Hashable {
    /// When the last one was.
    var seconds: Double
    /// How far they lie behind the grid in the mean, as a share of half a beat: from -0.5 to 0.5.
    var share: Double
    var count = 1
  }

  /// How much of an error the place and the tempo make up for at once.
  private static let (placePull, tempoPull) = (0.5, 0.5)
  /// How far from the grid a strike pulls half as much, and how far it counts at all, as shares of half a beat: less than
  /// a triplet is from it.
  private static let (spread, reach) = (0.6, 0.22)
  /// How far a measure may be from the tempo to be one of it, as a share.
  private static let largestChange = 0.25
  /// How many strikes in a row have to be beside the grid by the same to move it: no rhythm is beside each of the beats and
  /// their halves for so long.
  private static let mostStrays = 6
  /// Strikes that come so close belong together, in seconds.
  private static let chord = 0.04
  /// The times between two strikes that measure a tempo, in beats.
  private static let measures = 0.4...4.1

  /// Creates one that has heard nothing.
  ///
  /// - Parameters:
  ///   - beatQuarters: how many quarter notes a beat has.
  ///   - quartersPerMinute: the tempo that is expected.
  public init(beatQuarters: Double, quartersPerMinute: Double) {
    half = beatQuarters / 2
    tempos = Self.range(quartersPerMinute)
  }

  /// Expects another tempo from now on.
  public mutating func expect(quartersPerMinute: Double) {
    tempos = Self.range(quartersPerMinute)
    (last, strays) = (nil, nil)
  }

  /// Takes a strike.
  ///
  /// - Parameters:
  ///   - seconds: when.
  ///   - clock: the grid, which is moved.
  public mutating func strike(at seconds: Double, moving clock: inout BeatClock) {
    if let last, seconds - last.seconds < Self.chord { return }
    let found = clock.quarters(at: seconds)
    let line = (found / half).rounded()
    let expected = line * half
    let error = found - expected
    guard abs(error) <= Self.reach * half else {
      return stray(by: error / half, at: seconds, moving: &clock)
    }
    strays = nil
    let isOnBeat = line.truncatingRemainder(dividingBy: 2) == 0
    let weight = (isOnBeat ? 1 : 0.5) * closeness(error)
    if let last {
      let count = expected - last.quarters
      if Self.measures.contains(count / (2 * half)) {
        let measured = 60 * count / (seconds - last.seconds)
        let tempo = clock.quartersPerMinute
        let isOther = abs(measured / tempo - 1) > Self.largestChange
        let pulled = isOther ? tempo : tempo + Self.tempoPull * weight * (measured - tempo)
        clock.setTempo(
          quartersPerMinute: min(max(pulled, tempos.lowerBound), tempos.upperBound), at: seconds)
      }
    }
    clock.move(to: found - Self.placePull * weight * error, at: seconds)
    last = Strike(seconds: seconds, quarters: expected)
  }

  /// Takes a strike that lies beside the grid, and moves the grid where all of the last ones do so by the same.
  private mutating func stray(
    by share: Double, at seconds: Double, moving clock: inout BeatClock
  ) {
    if let strays, seconds - strays.seconds < Self.chord { return }
    var found = Strays(seconds: seconds, share: share)
    if let strays {
      // Half of half a beat behind one line is as much before the next.
      let change = Self.wrapped(share - strays.share)
      if abs(change) <= Self.reach {
        found.count = strays.count + 1
        found.share = Self.wrapped(strays.share + change / Double(found.count))
      }
    }
    strays = found
    guard found.count >= Self.mostStrays else { return }
    clock.move(to: clock.quarters(at: seconds) - found.share * half, at: seconds)
    (last, strays) = (nil, nil)
  }

  /// A share of half a beat from the nearest line, which is never further than half of that.
  private static func wrapped(_ share: Double) -> Double { share - share.rounded() }

  /// 1 on the grid, less beside it.
  private func closeness(_ error: Double) -> Double {
    let share = error / half / Self.spread
    // A rational curve that is as wide as the normal one and needs no exponential.
    return 1 / (1 + share * share * (1 + share * share / 2))
  }

  private static func range(_ quartersPerMinute: Double) -> ClosedRange<Double> {
    quartersPerMinute * 3 / 4...quartersPerMinute * 4 / 3
  }
}
