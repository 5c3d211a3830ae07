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
}
