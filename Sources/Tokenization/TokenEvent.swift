/// What a token tells, for whoever steers music by meaning rather than by number.
public enum TokenEvent: Hashable, Sendable {
  /// A note of this pitch begins.
  case note(pitch: UInt8)
  /// A drum of this pitch is struck.
  case drum(pitch: UInt8)
  /// The notes that follow are this program's, 128 for drums.
  case program(UInt8)
  /// The tempo changes, in quarter notes a minute.
  case tempo(Double)
  /// Time passes: a shift, a bar, a position, the end of a frame.
  case time
  /// Anything else: a velocity, a duration, a release.
  case other
}
