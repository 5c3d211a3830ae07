/// The tempo of a beat that is tapped.
public struct TapTempo: Hashable, Sendable {
  private var taps: [Double] = []

  /// How many taps count.
  private static let memory = 5

  /// Creates one that has heard no tap.
  public init() {}

  /// Takes a tap.
  ///
  /// - Parameter seconds: when.
  /// - Returns: the mean tempo of the last taps in beats a minute; nil for the first of a row, behind a rest of
  ///   more than a beat of the slowest tempo.
  public mutating func tap(at seconds: Double) -> Double? {
    let slowest = 60 / BeatClock.tempos.lowerBound
    if let last = taps.last, seconds - last > slowest || seconds <= last { taps = [] }
    taps.append(seconds)
    if taps.count > Self.memory { taps.removeFirst() }
    guard let first = taps.first, taps.count > 1 else { return nil }
    return 60 * Double(taps.count - 1) / (seconds - first)
  }
}
