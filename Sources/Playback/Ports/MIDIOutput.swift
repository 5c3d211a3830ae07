public import Music

/// Where MIDI messages go that others turn into sound: a port of the sequencer, or a test's record.
public protocol MIDIOutput: AnyObject, Sendable {
  /// The time of the clock by which messages are scheduled, in seconds; it never goes back.
  func seconds() throws(PlaybackError) -> Double
  /// Hands over messages to be sent when the clock shows their times, or at once if it is later.
  ///
  /// - Parameter messages: by time on the clock of ``seconds()``.
  /// - Throws: ``PlaybackError`` where the port is gone.
  func schedule(_ messages: [TimedMessage]) throws(PlaybackError)
  /// Forgets what is scheduled and has not been sent.
  func cancel() throws(PlaybackError)
}
