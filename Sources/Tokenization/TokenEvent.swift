/// What a token tells, for whoever steers music by meaning rather than by number.
///
/// Lengths of time are those at 120 quarter notes a minute. A performance vocabulary tells seconds, so
/// that they are the music's own; the others tell parts of a beat, whose seconds depend on the tempo.
/// Either way they put a vocabulary's lengths of time in order and proportion.
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
  /// So much time passes, in seconds at 120 quarter notes a minute.
  case time(seconds: Double)
  /// A frame of a fixed grid ends, and its time passes, in seconds at 120 quarter notes a minute.
  case frame(seconds: Double)
  /// Time passes up to a place in the bar, in seconds from its start at 120 quarter notes a minute.
  case position(seconds: Double)
  /// Time passes up to the next bar line.
  case bar
  /// Anything else: a velocity, a duration.
  case other

  /// Whether a note begins, a drum's among them.
  public var isStrike: Bool {
    switch self {
    case .note, .drum: true
    default: false
    }
  }

  /// Whether a frame of a fixed grid ends.
  public var isFrame: Bool { if case .frame = self { true } else { false } }

  /// Whether time passes.
  public var passesTime: Bool {
    switch self {
    case .time, .frame, .position, .bar: true
    default: false
    }
  }
}
