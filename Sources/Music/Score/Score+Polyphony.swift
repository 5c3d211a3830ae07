extension Score {
  /// How many notes sound at once at most, drums left out.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public var highestPolyphony: Int {
    var onsets: [Int] = []
    var ends: [Int] = []
    for track in tracks where !track.isDrums {
      for note in track.notes where note.duration > 0 {
        onsets.append(note.onset)
        ends.append(note.end)
      }
    }
    onsets.sort()
    ends.sort()
    var released = 0
    var highest = 0
    for (struck, onset) in onsets.enumerated() {
      while ends[released] <= onset { released += 1 }
      highest = max(highest, struck + 1 - released)
    }
    return highest
  }
}
