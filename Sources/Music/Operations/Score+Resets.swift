extension Score {
  /// The ticks at which everything is reset, in order.
  ///
  /// A reset ends what sounds, puts programs to 0 and lifts pedals, on all channels.
  package var resetTicks: [Int] {
    systemExclusives.compactMap { $0.reset == nil ? nil : $0.tick }
  }

  /// Ends the notes that a reset, in whichever track, ends.
  ///
  /// A note that is struck on the tick of a reset of another track is struck after it.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes, where there is a reset.
  mutating func endNotesAtResets() { endNotes(of: Array(tracks.indices), at: resetTicks) }

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
