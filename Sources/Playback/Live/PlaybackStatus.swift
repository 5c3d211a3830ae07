/// Where a live player is.
public struct PlaybackStatus: Hashable, Sendable {
  /// What a live player does.
  public enum Phase: Hashable, Sendable {
    /// It has not been started.
    case ready
    /// It plays.
    case playing
    /// It waits for the listener.
    case paused
    /// It has played everything, was stopped or failed.
    case finished
  }

  /// What the player does.
  public var phase: Phase = .ready
  /// The place of the piece that is heard now, in seconds.
  public var seconds: Double = 0
  /// The level: the loudest recent sample, 1 being full scale, falling by 20 dB in 1.5 seconds.
  public var level: Float = 0
  /// How often the device ran dry and playback went on.
  public var underruns: Int = 0
  /// How long the piece stood still because its writer was late, in seconds.
  public var stalledSeconds: Double = 0
  /// When the first sound was heard, as far as the device knows; nil before.
  public var firstSound: ContinuousClock.Instant?
  /// Whether it is muted.
  public var isMuted: Bool = false
}
