/// The grid of beats that two who play together share: which quarter note it is at each moment.
public struct BeatClock: Hashable, Sendable {
  /// How long a quarter note lasts.
  public private(set) var secondsPerQuarter: Double
  private var seconds: Double
  private var quarters: Double

  /// The slowest and the fastest tempo, in quarter notes a minute.
  public static let tempos = 20.0...400.0

  /// Starts at quarter note 0.
  ///
  /// - Parameters:
  ///   - seconds: when.
  ///   - quartersPerMinute: the tempo; one out of ``tempos`` is set to the nearest of them.
  public init(startingAt seconds: Double, quartersPerMinute: Double) {
    self.seconds = seconds
    quarters = 0
    secondsPerQuarter = Self.secondsPerQuarter(quartersPerMinute)
  }

  /// The tempo.
  public var quartersPerMinute: Double { 60 / secondsPerQuarter }

  /// How many quarter notes have passed at a moment.
  public func quarters(at seconds: Double) -> Double {
    quarters + (seconds - self.seconds) / secondsPerQuarter
  }

  /// When so many quarter notes have passed.
  public func seconds(at quarters: Double) -> Double {
    seconds + (quarters - self.quarters) * secondsPerQuarter
  }

  /// Goes on faster or slower from a moment on.
  public mutating func setTempo(quartersPerMinute: Double, at seconds: Double) {
    move(to: quarters(at: seconds), at: seconds)
    secondsPerQuarter = Self.secondsPerQuarter(quartersPerMinute)
  }

  /// Puts a moment at another place.
  public mutating func move(to quarters: Double, at seconds: Double) {
    self.quarters = quarters
    self.seconds = seconds
  }

  private static func secondsPerQuarter(_ quartersPerMinute: Double) -> Double {
    60 / min(max(quartersPerMinute, tempos.lowerBound), tempos.upperBound)
  }
}
