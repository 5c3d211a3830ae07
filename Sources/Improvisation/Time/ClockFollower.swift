public import Music

/// Keeps a ``BeatClock`` with another device's clock.
///
/// The tempo follows the mean of the last intervals, the place a part of the way to each clock: what USB and
/// threads do to single clocks, some milliseconds, is not heard. Clocks that come too fast or too slow for any
/// music, or all at once, move nothing but the place from which is counted.
public struct ClockFollower: Hashable, Sendable {
  /// Whether the other device plays.
  public private(set) var isRunning = false
  private var last: Double?
  /// The mean interval of clocks; nil before there is one.
  private var interval: Double?
  /// How many intervals in a row were far from the mean.
  private var strayCount = 0
  /// The place from which clocks are counted, and how many came since.
  private var base: Double?
  private var count = 0
  /// Where in the song the next clock is, in quarter notes, where it was told; nil where clocks go on.
  private var place: Double?
  private var songQuarters = 0.0

  private static let smoothing = 0.1
  private static let pull = 0.2
  /// How far a clock may be from where it is expected before it is believed to have jumped, in quarter notes.
  private static let largestError = 0.25

  /// Creates one that has heard nothing.
  public init() {}

  /// Takes a message.
  ///
  /// - Parameters:
  ///   - message: the message.
  ///   - seconds: when it came.
  ///   - clock: the grid, which is moved; a start or a new place lies on the next bar line that fits.
  ///   - barQuarters: how many quarter notes a bar has.
  /// - Returns: whether the music starts, stops or is somewhere else from now on.
  public mutating func take(
    _ message: TimingMessage, at seconds: Double, moving clock: inout BeatClock, barQuarters: Double
  ) -> Bool {
    switch message {
    case .clock: return tick(at: seconds, moving: &clock, barQuarters: barQuarters)
    case .start:
      songQuarters = 0
      place = 0
      isRunning = true
    case .continue:
      place = songQuarters
      isRunning = true
    case .stop:
      isRunning = false
      base = nil
    case .songPosition(let sixteenths):
      songQuarters = Double(sixteenths) / 4
      if isRunning { place = songQuarters }
    }
    return true
  }

  private mutating func tick(
    at seconds: Double, moving clock: inout BeatClock, barQuarters: Double
  ) -> Bool {
    if let last { measure(seconds - last, at: seconds, moving: &clock) }
    last = seconds
    guard isRunning else { return false }
    songQuarters += 1 / Double(TimingMessage.clocksPerQuarter)
    if let place {
      // Time goes on and never back: the next moment of the grid that is this place of a bar.
      let now = clock.quarters(at: seconds)
      let inBar = place.truncatingRemainder(dividingBy: barQuarters)
      let target = ((now - inBar) / barQuarters - 1e-6).rounded(.up) * barQuarters + inBar
      clock.move(to: target, at: seconds)
      (self.base, count) = (target, 0)
      self.place = nil
      return false
    }
    guard let base else {
      (self.base, count) = (clock.quarters(at: seconds), 0)
      return false
    }
    count += 1
    let expected = clock.quarters(at: seconds)
    let error = base + Double(count) / Double(TimingMessage.clocksPerQuarter) - expected
    if abs(error) > Self.largestError {
      (self.base, count) = (expected, 0)
    } else {
      clock.move(to: expected + Self.pull * error, at: seconds)
    }
    return false
  }

  /// Takes an interval between two clocks.
  private mutating func measure(
    _ found: Double, at seconds: Double, moving clock: inout BeatClock
  ) {
    let clocks = 60 / Double(TimingMessage.clocksPerQuarter)
    let range = clocks / BeatClock.tempos.upperBound...clocks / BeatClock.tempos.lowerBound
    guard range.contains(found) else { return }
    if let mean = interval, abs(found - mean) > mean / 3 {
      strayCount += 1
      // One that is late and the next that is early are no new tempo; four are.
      guard strayCount >= 4 else { return }
      interval = found
    } else {
      interval = interval.map { $0 + Self.smoothing * (found - $0) } ?? found
    }
    strayCount = 0
    if let interval { clock.setTempo(quartersPerMinute: clocks / interval, at: seconds) }
  }
}
