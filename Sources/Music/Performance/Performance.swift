public import StandardMIDIFile

/// A piece of music in seconds, as channel messages in the order in which they are played.
public struct Performance: Hashable, Sendable {
  /// The messages, by time; at one time note-offs come before everything else.
  public var messages: [TimedMessage]
  /// The length of the piece in seconds.
  public var duration: Double

  /// Creates a performance.
  public init(messages: [TimedMessage] = [], duration: Double = 0) {
    self.messages = messages
    self.duration = duration
  }
}

/// A channel message and when it is played.
public struct TimedMessage: Hashable, Sendable {
  /// When, in seconds from the start of the piece.
  public var seconds: Double
  /// What.
  public var message: ChannelMessage

  /// Creates a timed message.
  public init(seconds: Double, message: ChannelMessage) {
    self.seconds = seconds
    self.message = message
  }
}
