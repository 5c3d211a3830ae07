import StandardMIDIFile

extension MIDIFile.Track {
  /// The port that an event names, nil for any other event.
  private func port(_ event: PackedEvent) -> UInt8? {
    guard event.tag == PackedEvent.metaTag else { return nil }
    let meta = MetaEvent(type: metaType(event), data: data(event)).ignoringExcessData
    guard case .port(let port) = meta else { return nil }
    return port & 0x7F
  }

  /// Whether some of the track's meta events name different ports.
  func changesPort(among metaEvents: [(tick: Int, event: PackedEvent)]) -> Bool {
    var first: UInt8?
    for (_, event) in metaEvents where metaType(event) == 0x21 {
      guard let port = port(event) else { continue }
      if port != first ?? port { return true }
      first = port
    }
    return false
  }

  /// The track cut into one for each port that it names, in the order of their first names.
  ///
  /// What stands before the first name goes with it. Meta events that name no port stay with the first
  /// track. All end where this one does.
  ///
  /// - Complexity: O(*n*) in the number of events.
  func splitByPort() -> [MIDIFile.Track] {
    var parts: [(track: MIDIFile.Track, tick: Int)] = [(MIDIFile.Track(), 0)]
    var indices: [UInt8: Int] = [:]
    var current = 0
    var tick = 0
    for index in self.indices {
      let packed = packedEvents[index]
      tick += Int(packed.delta)
      var part = packed.tag == PackedEvent.metaTag ? 0 : current
      if let port = port(packed) {
        if indices[port] == nil {
          indices[port] = indices.count
          if indices.count > parts.count { parts.append((MIDIFile.Track(), 0)) }
        }
        current = indices[port] ?? 0
        part = current
      }
      parts[part].track.append(
        delta: parts[part].track.bridge(gap: tick - parts[part].tick), self[index].message)
      parts[part].tick = tick
    }
    for part in parts.indices {
      parts[part].track.endDelta = parts[part].track.bridge(
        gap: tick + endDelta - parts[part].tick)
    }
    return parts.map(\.track)
  }
}
