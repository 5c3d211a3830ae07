extension Score {
  /// How many seconds each pitch class sounds, C first, drums left out: what a ``KeyEstimate`` is made of.
  ///
  /// - Complexity: O(n log n) for n notes.
  public var pitchClassSeconds: [Double] {
    let clock = tempoMap
    var seconds = [Double](repeating: 0, count: 12)
    for track in tracks where !track.isDrums {
      for note in track.notes {
        seconds[Int(note.pitch) % 12] +=
          clock.seconds(atTick: note.end) - clock.seconds(atTick: note.onset)
      }
    }
    return seconds
  }
}
