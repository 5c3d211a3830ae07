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

extension LiveMessage {
  /// Reads a message from its bytes, as they go over a wire; nil for what is no music, and for half a message.
  public init?(_ bytes: some RandomAccessCollection<UInt8>) {
    let bytes = Array(bytes.prefix(4))
    switch bytes.first {
    case 0xF8: self = .timing(.clock)
    case 0xFA: self = .timing(.start)
    case 0xFB: self = .timing(.continue)
    case 0xFC: self = .timing(.stop)
    case 0xFE: self = .activeSensing
    case 0xF2:
      guard bytes.count == 3, bytes[1] < 128, bytes[2] < 128 else { return nil }
      self = .timing(.songPosition(sixteenths: Int(bytes[1]) | Int(bytes[2]) << 7))
    case let status?:
      // Programs and pressures have one byte of data, all else two.
      let count = status & 0xE0 == 0xC0 ? 2 : 3
      guard bytes.count == count,
        let message = ChannelMessage(
          status: status, data1: bytes[1], data2: count == 3 ? bytes[2] : 0)
      else { return nil }
      self = .channel(message)
    case nil: return nil
    }
  }
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

  /// The message as it goes over a wire.
  public var bytes: [UInt8] {
    switch self {
    case .clock: [0xF8]
    case .start: [0xFA]
    case .continue: [0xFB]
    case .stop: [0xFC]
    case .songPosition(let sixteenths):
      [
        0xF2, UInt8(truncatingIfNeeded: sixteenths & 0x7F),
        UInt8(truncatingIfNeeded: sixteenths >> 7 & 0x7F),
      ]
    }
  }

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
