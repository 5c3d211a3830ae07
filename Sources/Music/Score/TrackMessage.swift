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
