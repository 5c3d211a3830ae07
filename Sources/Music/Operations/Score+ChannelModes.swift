import StandardMIDIFile

extension Score {
  /// Ends the notes that another track's All Notes Off, or a message that implies it, ends.
  ///
  /// A note that is struck on the tick of such a message in another track is struck after it.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  mutating func endNotesWithTheirChannels() {
    for parts in tracksOfParts {
      if parts.count < 2 { continue }
      let ticks = parts.flatMap { tracks[$0].ticks(where: ChannelMessage.endsAllNotes) }.sorted()
      endNotes(of: parts, at: ticks)
    }
  }

  /// Ends those notes of some tracks that sound at the first of the given ticks after their onset.
  mutating func endNotes(of parts: [Int], at ticks: [Int]) {
    if ticks.last ?? 0 <= 0 { return }
    for part in parts {
      var isChanged = false
      for index in tracks[part].notes.indices {
        let note = tracks[part].notes[index]
        let next = ticks.partitioningIndex { $0 > note.onset }
        guard next < ticks.count, ticks[next] < note.end else { continue }
        tracks[part].notes[index].duration = ticks[next] - note.onset
        isChanged = true
      }
      if isChanged { tracks[part].notes.sortChords() }
    }
  }
}

extension Track {
  /// The ticks at which controllers are set for which a condition holds, in order.
  func ticks(where holds: (_ controller: UInt8) -> Bool) -> [Int] {
    messages.compactMap { message in
      if case .control(let controller, _) = message.kind, holds(controller) {
        message.tick
      } else {
        nil
      }
    }
  }
}
