public import StandardMIDIFile

/// What comes from an instrument or a sequencer while music is played.
public enum LiveMessage: Hashable, Sendable {
  /// A message to a channel.
  case channel(ChannelMessage)
  /// A message by which devices keep time together.
  case timing(TimingMessage)
  /// A sign that the sender is still there, of which one comes at least every 300 ms once there was one.
  case activeSensing
}

/// A message by which devices keep time together.
///
/// Reference: MIDI 1.0 Detailed Specification 4.2, "System Real Time Messages" and "Song Position Pointer".
public enum TimingMessage: Hashable, Sendable {
  /// A 24th of a quarter note has passed.
  case clock
  /// The music starts from its beginning with the next clock.
  case start
  /// The music goes on from where it is with the next clock.
  case `continue`
  /// The music stops.
  case stop
  /// The music is at so many sixteenths from its beginning, 0 to 16,383.
  case songPosition(sixteenths: Int)

  /// How many clocks a quarter note has.
  public static let clocksPerQuarter = 24
}

/// A ``TimingMessage`` and when it is sent.
public struct TimedTimingMessage: Hashable, Sendable {
  /// When, in seconds of the sender's clock.
  public var seconds: Double
  /// What.
  public var message: TimingMessage

  /// Creates a timed message.
  public init(seconds: Double, message: TimingMessage) {
    self.seconds = seconds
    self.message = message
  }
}
