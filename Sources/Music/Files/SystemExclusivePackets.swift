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

extension MIDIFile.Track {
  /// Numbers the messages of each tick on which a system exclusive one follows others.
  ///
  /// - Parameters:
  ///   - messages: the messages of each channel in one run.
  ///   - runs: where they stand.
  ///   - systemExclusives: the system exclusive messages.
  ///   - positions: the indices of their events.
  func numberOrder(
    of messages: inout [TrackMessage], in runs: ChannelRuns,
    and systemExclusives: inout [SystemExclusiveEvent], at positions: [Int]
  ) {
    guard let last = positions.last else { return }
    var next = (0..<16).map { runs.run($0).lowerBound }
    var exclusive = 0
    var order: UInt32 = 0
    var followsMessage = false
    for (position, event) in packedEvents.enumerated() {
      if event.delta > 0 {
        if position > last { break }
        (order, followsMessage) = (0, false)
      }
      if 0xA...0xE ~= event.tag {
        let channel = Int(event.channel)
        messages[next[channel]].order = order
        next[channel] += 1
        followsMessage = true
      } else if exclusive < positions.count, positions[exclusive] == position {
        if followsMessage { order += 1 }
        followsMessage = false
        systemExclusives[exclusive].order = order
        exclusive += 1
      }
    }
  }
}
