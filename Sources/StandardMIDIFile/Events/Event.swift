extension MIDIFile {
  /// Something that happens in a track, and how long after the event before it.
  public struct Event: Hashable, Sendable {
    /// Ticks since the event before, 0 to 268,435,455.
    public var delta: Int
    /// What happens.
    public var message: Message

    /// Creates an event.
    public init(delta: Int = 0, _ message: Message) {
      self.delta = delta
      self.message = message
    }
  }

  /// What happens in a track.
  public enum Message: Hashable, Sendable {
    /// A channel message.
    case channel(ChannelMessage)
    /// A meta event; the end of the track is not among them.
    case meta(MetaEvent)
    /// A system exclusive message or its first packet (status 0xF0), without the leading 0xF0.
    case systemExclusive(ArraySlice<UInt8>)
    /// A further packet of a system exclusive message, or any bytes to be sent (status 0xF7).
    case escape(ArraySlice<UInt8>)
  }
}
