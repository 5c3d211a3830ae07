/// A piece read as one line of notes, and the steps from note to note.
///
/// A step is the interval in semitones and how much longer its time is than the last one that was
/// not 0, in half powers of two: neither transposition nor tempo changes it, and timing that is
/// rounded to 10 ms seldom does. Notes struck within 30 ms of a chord's first count as struck
/// together; they are read from the lowest to the highest, a unison once.
package struct NoteLine: Sendable {
  /// The track whose highest notes these are, from 0; nil where all notes of all tracks are read.
  package var track: Int?
  /// The tick at which each note is struck.
  package private(set) var onsets: [Int32] = []
  /// Each note's pitch.
  package private(set) var pitches: [UInt8] = []
  /// The steps, one fewer than the notes.
  package private(set) var steps: [Int16] = []

  private static let chordSeconds = 0.03
  private static let rhythmCount = 19
  private static let together = 0
  private static let firstTime = 18

  /// The lines of a score: the highest notes of each track, and all notes; drums left out.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func lines(of score: Score) -> [NoteLine] {
    var lines = highest(of: score)
    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
    let all = NoteLine(track: nil, chords: chords(of: notes, score.tempoMap).map { $0[...] })
    // One voice alone is its own highest.
    if !lines.contains(where: { $0.steps == all.steps }) { lines.append(all) }
    return lines.filter { !$0.steps.isEmpty }
  }

  /// The highest notes of each track of a score; drums, and tracks of fewer than two notes, left out.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func highest(of score: Score) -> [NoteLine] {
    let tempoMap = score.tempoMap
    return score.tracks.enumerated().compactMap { index, track in
      guard !track.isDrums else { return nil }
      let line = NoteLine(
        track: index, chords: chords(of: track.notes, tempoMap).map { $0.suffix(1) })
      return line.steps.isEmpty ? nil : line
    }
  }

  /// The line of all notes of a score but drums, or of its drums where there is nothing else.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func whole(of score: Score) -> NoteLine {
    let hasOthers = score.tracks.contains { !$0.isDrums && !$0.notes.isEmpty }
    let notes = score.tracks.filter { $0.isDrums != hasOthers }.flatMap(\.notes)
    return NoteLine(track: nil, chords: chords(of: notes, score.tempoMap).map { $0[...] })
  }

  /// The interval of a step, in semitones.
  package static func interval(of step: Int16) -> Int { Int(step) / rhythmCount - 127 }

  /// Whether two steps are the same interval, each to a later time: where a line is first compared
  /// there is no earlier step that its rhythm could be measured by.
  package static func sameInterval(_ step: Int16, _ other: Int16) -> Bool {
    let (step, other) = (Int(step), Int(other))
    return step / rhythmCount == other / rhythmCount && step % rhythmCount != together
      && other % rhythmCount != together
  }

  private struct PlacedNote {
    var tick: Int
    var seconds: Double
    var pitch: UInt8
  }

  private static func chords(of notes: [Note], _ tempoMap: TempoMap) -> [[PlacedNote]] {
    var chords: [[PlacedNote]] = []
    var first = 0.0
    for note in notes.sorted(by: { $0.onset < $1.onset }) {
      let seconds = tempoMap.seconds(atTick: note.onset)
      let placed = PlacedNote(tick: note.onset, seconds: seconds, pitch: note.pitch)
      if chords.isEmpty || seconds - first >= chordSeconds {
        first = seconds
        chords.append([placed])
      } else {
        chords[chords.count - 1].append(placed)
      }
    }
    return chords.map { chord in
      var kept: [PlacedNote] = []
      for note in chord.sorted(by: { ($0.pitch, $0.tick) < ($1.pitch, $1.tick) })
      where note.pitch != kept.last?.pitch { kept.append(note) }
      return kept
    }
  }

  private init(track: Int?, chords: [ArraySlice<PlacedNote>]) {
    self.track = track
    var lastTime: Double?
    var lastOnset = 0.0
    for chord in chords {
      let onset = chord.map(\.seconds).min() ?? 0
      for (index, note) in chord.enumerated() {
        if let last = pitches.last {
          var rhythm = Self.together
          if index == 0 {
            let time = max(onset - lastOnset, 0.001)
            rhythm = lastTime.map { Self.rhythm(time / $0) } ?? Self.firstTime
            lastTime = time
          }
          let interval = Int(note.pitch) - Int(last) + 127
          steps.append(Int16(interval * Self.rhythmCount + rhythm))
        }
        onsets.append(Int32(clamping: note.tick))
        pitches.append(note.pitch)
      }
      lastOnset = onset
    }
  }

  /// A ratio's nearest half power of two, as 1 to 17.
  private static func rhythm(_ ratio: Double) -> Int {
    // floor(2 log2 r + 1/2) is the exponent of r² √2.
    let halves = Int((ratio * ratio * 2.0.squareRoot()).exponent)
    return min(max(halves, -8), 8) + 9
  }
}
