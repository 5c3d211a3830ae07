import StandardMIDIFile

extension Score {
  /// Writes down a performance as a recorder does: 480 ticks a quarter note, 120 quarter notes a
  /// minute, a part for each channel that plays notes.
  ///
  /// Notes are paired as in a file (first in, first out) and last a tick at least; what still sounds
  /// or comes later than the performance's end is put there.
  ///
  /// - Parameter performance: messages in playing order.
  /// - Complexity: O(*n*) in the number of messages, but for chords, which are sorted.
  public init(_ performance: Performance) {
    // At 120 quarter notes a minute a second has two of them.
    func tick(_ seconds: Double) -> Int {
      Int((max(0, min(seconds, performance.duration)) * 960).rounded())
    }
    var recording = MIDIFile.Track()
    var now = 0
    for timed in performance.messages {
      let tick = max(tick(timed.seconds), now)
      recording.append(delta: recording.bridge(gap: tick - now), .channel(timed.message))
      now = tick
    }
    recording.endDelta = recording.bridge(gap: max(tick(performance.duration) - now, 0))
    self.init(
      MIDIFile(format: .singleTrack, division: .ticksPerQuarter(480), tracks: [recording]))
    // What puts a channel back between two pieces makes no part.
    tracks.removeAll { $0.notes.isEmpty }
    for track in tracks.indices {
      for note in tracks[track].notes.indices {
        tracks[track].notes[note].duration = max(tracks[track].notes[note].duration, 1)
      }
    }
  }
}
