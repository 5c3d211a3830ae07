/// One part of a ``Score``: what one channel of one file track plays.
public struct Track: Hashable, Sendable {
  /// The track's name (meta event 3), empty where it has none.
  public var name: String
  /// The channel, 0 to 15.
  public var channel: UInt8
  /// The notes, by onset, then pitch, then in the file's order.
  public var notes: [Note]
  /// All other channel messages, by tick, then in the file's order.
  public var messages: [TrackMessage]

  /// Creates a track.
  public init(
    name: String = "", channel: UInt8 = 0, notes: [Note] = [], messages: [TrackMessage] = []
  ) {
    self.name = name
    self.channel = channel
    self.notes = notes
    self.messages = messages
  }

  /// Whether the track plays a drum kit: General MIDI's channel 10 (9 counted from 0).
  public var isDrums: Bool { channel == 9 }
}

/// What a track's channel is told besides its notes, and when.
public struct TrackMessage: Hashable, Sendable {
  /// The tick at which it happens.
  public var tick: Int
  /// The instruction.
  public var kind: Kind

  /// Creates a message.
  public init(tick: Int, kind: Kind) {
    self.tick = tick
    self.kind = kind
  }

  /// A channel message that is not a note, without its channel.
  public enum Kind: Hashable, Sendable {
    /// A controller's new value.
    case control(controller: UInt8, value: UInt8)
    /// A new program, 0 to 127.
    case program(UInt8)
    /// The bend wheel's position, 0 to 16,383.
    case pitchBend(UInt16)
    /// Pressure on all held keys.
    case channelPressure(UInt8)
    /// Pressure on one held key.
    case polyphonicPressure(pitch: UInt8, pressure: UInt8)
  }
}
