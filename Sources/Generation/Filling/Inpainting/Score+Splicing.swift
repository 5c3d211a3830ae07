import Music

extension Score {
  /// The score with the notes struck in a range of ticks replaced by another score's.
  ///
  /// Each track of both has one instrument. New notes end with the range at the latest; those are left
  /// out whose pitch the same instrument still sounds from before the range.
  func splicing(_ other: Score, in ticks: Range<Int>) -> Score {
    var score = self
    for index in tracks.indices {
      score.tracks[index].notes.removeAll { ticks.contains($0.onset) }
    }
    for track in other.tracks {
      var notes = track.notes.filter { ticks.contains($0.onset) }
      if notes.isEmpty { continue }
      guard let index = score.part(for: track) else { continue }
      for note in notes.indices {
        notes[note].duration = min(notes[note].end, ticks.upperBound) - notes[note].onset
      }
      let sounding = score.tracks[index].notes.filter {
        $0.onset < ticks.lowerBound && $0.end > ticks.lowerBound
      }
      notes.removeAll { note in
        sounding.contains { $0.pitch == note.pitch && $0.end > note.onset }
      }
      score.tracks[index].notes += notes
    }
    return score.sorted()
  }

  /// The track of another's instrument, made where there is none; nil where no channel is free.
  private mutating func part(for track: Track) -> Int? {
    let instrument = Instrument(track)
    if let known = tracks.firstIndex(where: { Instrument($0) == instrument }) { return known }
    let used = Set(tracks.map(\.channel))
    let channel =
      instrument == .drums ? 9 : (0..<16).first { $0 != 9 && !used.contains($0) }
    guard let channel else { return nil }
    tracks.append(
      Track(name: track.name, channel: channel, messages: track.messages))
    return tracks.count - 1
  }
}
