public import Music

/// A message that came in, and when.
public struct ReceivedMessage: Hashable, Sendable {
  /// What.
  public var message: LiveMessage
  /// When it came.
  public var instant: ContinuousClock.Instant

  /// Creates a received message.
  public init(_ message: LiveMessage, at instant: ContinuousClock.Instant) {
    self.message = message
    self.instant = instant
  }
}

/// Where MIDI messages come from: a port of the sequencer, or a test's script.
public protocol MIDIInput: AnyObject, Sendable {
  /// Waits until something comes or so much time has passed.
  ///
  /// - Parameter seconds: how long to wait at the most, a minute at most.
  /// - Returns: what came, in its order, at the most some thousands of messages at once.
  /// - Throws: ``PlaybackError`` where the port is gone.
  func receive(waiting seconds: Double) throws(PlaybackError) -> [ReceivedMessage]
}
