/// How a listener has music played: in which key, how fast and how loud, beside how it is written.
public struct Rendition: Hashable, Sendable {
  /// By how many semitones all but the drums is moved, -24 to 24.
  public var semitones: Int
  /// How many times as fast it is played, 0.25 to 4.
  public var speed: Double
  /// How many times as large its amplitude is, 0 to 2.
  public var volume: Double

  /// Creates a rendition, by default music as it is written.
  public init(semitones: Int = 0, speed: Double = 1, volume: Double = 1) {
    self.semitones = semitones
    self.speed = speed
    self.volume = volume
  }

  /// How far music can be moved.
  public static let semitonesRange = -24...24
  /// How slow and how fast it can be played.
  public static let speedRange = 0.25...4.0
  /// How soft and how loud it can be.
  public static let volumeRange = 0.0...2.0

  /// The rendition with what is out of range at its limit, and what is no number as it is written.
  var clamped: Rendition {
    func clamp(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      value.isNaN ? 1 : min(max(value, range.lowerBound), range.upperBound)
    }
    return Rendition(
      semitones: min(
        max(semitones, Self.semitonesRange.lowerBound), Self.semitonesRange.upperBound),
      speed: clamp(speed, Self.speedRange), volume: clamp(volume, Self.volumeRange))
  }
}
