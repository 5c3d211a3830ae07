public import Music
import StandardMIDIFile

/// Where MIDI messages go that others turn into sound: a port of the sequencer, or a test's record.
public protocol MIDIOutput: AnyObject, Sendable {
  /// The time of the clock by which messages are scheduled, in seconds; it never goes back.
  func seconds() throws(PlaybackError) -> Double
  /// Hands over messages to be sent when the clock shows their times, or at once if it is later.
  ///
  /// - Parameter messages: by time on the clock of ``seconds()``.
  /// - Throws: ``PlaybackError`` where the port is gone.
  func schedule(_ messages: [TimedMessage]) throws(PlaybackError)
  /// Hands over a clock for other devices; an output without a use for one ignores it.
  func schedule(_ messages: [TimedTimingMessage]) throws(PlaybackError)
  /// Forgets what is scheduled and has not been sent.
  func cancel() throws(PlaybackError)
  /// How often the sound was interrupted because it was made too late; 0 where others make it.
  var underruns: Int { get }
  /// The name by which whoever is sent to was found; nil where nobody was named.
  var destination: String? { get }
  /// Whether what is sent reaches them; true where nobody was named.
  var isReached: Bool { get }
  /// Finds them again, after they have gone, and says whether they are there.
  func reachAgain() -> Bool
}

extension MIDIOutput {
  /// None: others make the sound.
  public var underruns: Int { 0 }
  /// Nobody.
  public var destination: String? { nil }
  /// True: nobody can go.
  public var isReached: Bool { true }
  /// True: nobody has gone.
  public func reachAgain() -> Bool { true }

  /// Ignores a clock.
  public func schedule(_ messages: [TimedTimingMessage]) throws(PlaybackError) {}

  /// Silences whatever sounds behind the port and forgets what is scheduled.
  ///
  /// All channels are told to let go of pedals, then of notes, then to be silent at once: not every
  /// synthesizer obeys each of these controllers (64, 123 and 120).
  ///
  /// - Throws: ``PlaybackError`` where the port is gone.
  public func silence() throws(PlaybackError) {
    try silence(notes: [])
  }

  /// Silences whatever sounds, notes that are known to sound by their own note-offs first.
  func silence(notes: [ChannelMessage]) throws(PlaybackError) {
    try cancel()
    let now = try seconds()
    let controllers = (UInt8(0)..<16).flatMap { channel in
      ([64, 123, 120] as [UInt8]).map { controller in
        ChannelMessage.controlChange(channel: channel, controller: controller, value: 0)
      }
    }
    try schedule((notes + controllers).map { TimedMessage(seconds: now, message: $0) })
  }
}
