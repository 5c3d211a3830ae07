/// How long each pitch class sounds in each beat of a piece, and which note is lowest; drums left out.
struct Harmony: Sendable {
  /// The ticks of each pitch class in each beat, beat after beat.
  private(set) var pitchClasses: [Double]
  /// The lowest pitch in each beat in which several notes sound at once; none where they were not looked for.
  private(set) var basses: [UInt8?]

  /// Reads a piece.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - beats: its beats.
  ///   - findingBasses: whether to look for the lowest pitches, which takes far longer than the rest.
  /// - Complexity: O(*n* log *n* + *m*) for *n* notes and *m* beats, however long notes are.
  init(_ score: Score, beats: BeatTable, findingBasses: Bool = true) {
    pitchClasses = Array(repeating: 0, count: 12 * beats.beatCount)
    basses = Array(repeating: nil, count: beats.beatCount)
    guard beats.beatCount > 0, let end = beats.edges.last else { return }
    /// How many more notes of a pitch class sound all through a beat than through the beat before it.
    var filling = [Int](repeating: 0, count: 12 * (beats.beatCount + 1))
    var (onset, release) = (0, 0)
    for track in score.tracks where !track.isDrums {
      for note in track.notes {
        let stop = min(note.end, end)
        guard note.onset < stop else { continue }
        let first = beats.beat(at: note.onset, near: &onset)
        let last = beats.beat(at: stop - 1, near: &release)
        let pitchClass = Int(note.pitch) % 12
        if first == last {
          pitchClasses[12 * first + pitchClass] += Double(stop - note.onset)
          continue
        }
        pitchClasses[12 * first + pitchClass] += Double(beats.edges[first + 1] - note.onset)
        pitchClasses[12 * last + pitchClass] += Double(stop - beats.edges[last])
        filling[12 * (first + 1) + pitchClass] += 1
        filling[12 * last + pitchClass] -= 1
      }
    }
    for beat in 0..<beats.beatCount {
      let length = Double(beats.edges[beat + 1] - beats.edges[beat])
      for place in 12 * beat..<12 * beat + 12 {
        if place >= 12 { filling[place] += filling[place - 12] }
        pitchClasses[place] += Double(filling[place]) * length
      }
    }
    guard findingBasses else { return }
    for note in score.tracks.skyline(isLowest: true) where note.onset < end {
      for beat in beats.beat(at: note.onset)...beats.beat(at: min(note.end, end) - 1) {
        basses[beat] = min(basses[beat] ?? .max, note.pitch)
      }
    }
    for beat in 0..<beats.beatCount {
      let length = Double(beats.edges[beat + 1] - beats.edges[beat])
      // Of a melody alone, legato or not, no note is a bass.
      if time(in: beat..<beat + 1).reduce(0, +) < 1.05 * length { basses[beat] = nil }
    }
  }

  /// How long each pitch class sounds in some beats, in ticks.
  func time(in beats: Range<Int>) -> [Double] {
    var sums = [Double](repeating: 0, count: 12)
    for place in 12 * beats.lowerBound..<12 * beats.upperBound {
      sums[place % 12] += pitchClasses[place]
    }
    return sums
  }
}
