import StandardMIDIFile

/// Joins the packets in which a file may hold a system exclusive message.
///
/// Reference: Standard MIDI Files 1.0 (RP-001), "sysex events".
struct SystemExclusivePackets {
  /// What there is of a message that goes on in further packets.
  private var open: [UInt8]?

  /// The message that an event ends, without the leading 0xF0; nil for a packet that others follow,
  /// and for what is no system exclusive message.
  mutating func message(_ event: PackedEvent, of track: MIDIFile.Track) -> [UInt8]? {
    var data = track.data(event)
    if event.tag == PackedEvent.systemExclusiveTag {
      open = []
    } else if data.first == 0xF0 {
      // An escape may hold a whole message.
      data = data.dropFirst()
      open = []
    }
    open?.append(contentsOf: data)
    guard data.last == 0xF7, let message = open else { return nil }
    open = nil
    return message.dropLast().allSatisfy { $0 < 0x80 } ? message : nil
  }
}
