/// What a token tells, for whoever steers music by meaning rather than by number.
public enum TokenEvent: Hashable, Sendable {
  /// A note of this pitch begins.
  case note(pitch: UInt8)
  /// A drum of this pitch is struck.
  case drum(pitch: UInt8)
  /// A note of this pitch ends.
  case release(pitch: UInt8)
  /// The notes that follow are this program's, 128 for drums.
  case program(UInt8)
  /// The tempo changes, in quarter notes a minute.
  case tempo(Double)
  /// The metre is so many beats of such a note value a bar, such as 6 of 8.
  case metre(numerator: Int, denominator: Int)
  /// So much time passes, in seconds at 120 quarter notes a minute: a shift, a frame.
  case time(seconds: Double)
  /// Time passes up to a place in the bar, in seconds from its start at 120 quarter notes a minute.
  case position(seconds: Double)
  /// Time passes up to the next bar line.
  case bar
  /// Anything else: a velocity, a duration.
  case other

  /// Whether time passes.
  public var passesTime: Bool {
    switch self {
    case .time, .position, .bar: true
    default: false
    }
  }
}
