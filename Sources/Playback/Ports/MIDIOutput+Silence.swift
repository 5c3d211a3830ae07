import Music
import StandardMIDIFile

extension MIDIOutput {
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
