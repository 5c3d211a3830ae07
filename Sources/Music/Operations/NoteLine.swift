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
    let parts = parts(of: score, drums: false)
    var lines = highestNotes(of: parts)
    let all = NoteLine(of: Chords(of: joined(parts)))
    // One voice alone is its own highest.
    if !lines.contains(where: { $0.steps == all.steps }) { lines.append(all) }
    return lines.filter { !$0.steps.isEmpty }
  }

  /// The highest notes of each track of a score; drums, and tracks of fewer than two notes, left out.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func highest(of score: Score) -> [NoteLine] {
    highestNotes(of: parts(of: score, drums: false))
  }

  /// The line of all notes of a score but drums, or of its drums where there is nothing else; and the highest notes
  /// of each track, as ``highest(of:)`` has them.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func wholeAndHighest(of score: Score) -> (whole: NoteLine, highest: [NoteLine]) {
    let parts = parts(of: score, drums: false)
    let whole = parts.isEmpty ? Self.parts(of: score, drums: true) : parts
    return (NoteLine(of: Chords(of: joined(whole))), highestNotes(of: parts))
  }

  /// The notes of each track that has some and plays drums or not, by onset, and when each is struck.
  private static func parts(
    of score: Score, drums: Bool
  ) -> [(track: Int, notes: [PlacedNote])] {
    var clock = TempoMap.Cursor(score.tempoMap)
    var parts: [(track: Int, notes: [PlacedNote])] = []
    for (index, track) in score.tracks.enumerated() {
      guard track.isDrums == drums, !track.notes.isEmpty else { continue }
      let notes = track.notes.sortedByTick { $0.onset }.map { note in
        PlacedNote(
          tick: note.onset, seconds: clock.seconds(atTick: note.onset), pitch: note.pitch)
      }
      parts.append((index, notes))
    }
    return parts
  }

  /// The notes of all parts, by onset.
  private static func joined(_ parts: [(track: Int, notes: [PlacedNote])]) -> [PlacedNote] {
    if parts.count == 1 { return parts[0].notes }
    var notes: [PlacedNote] = []
    notes.reserveCapacity(parts.reduce(0) { $0 + $1.notes.count })
    for part in parts { notes += part.notes }
    notes.sortNearby { $0.tick < $1.tick }
    return notes
  }

  private static func highestNotes(
    of parts: [(track: Int, notes: [PlacedNote])]
  ) -> [NoteLine] {
    parts.compactMap { part in
      var line = NoteLine(of: Chords(highestOf: part.notes))
      line.track = part.track
      return line.steps.isEmpty ? nil : line
    }
  }

  /// The interval of a step, in semitones.
  package static func interval(of step: Int16) -> Int { Int(step) / rhythmCount - 127 }

  /// The steps of a step's interval, whenever they come: where lines are first compared there is no earlier step that
  /// their rhythm could be measured by.
  ///
  /// - Returns: all that lead to a later time; nil where the step leads to a note of the same chord.
  package static func laterSteps(ofIntervalIn step: Int16) -> ClosedRange<Int16>? {
    let (interval, rhythm) = Int(step).quotientAndRemainder(dividingBy: rhythmCount)
    guard rhythm != together else { return nil }
    let first = interval * rhythmCount
    return Int16(first + together + 1)...Int16(first + rhythmCount - 1)
  }

  /// The line of all notes of some chords.
  private init(of chords: Chords) {
    onsets = chords.notes.map { Int32(clamping: $0.tick) }
    pitches = chords.notes.map(\.pitch)
    steps.reserveCapacity(pitches.count)
    var lastTime: Double?
    var next = 1
    for index in pitches.indices.dropFirst() {
      var rhythm = Self.together
      if next < chords.starts.count, chords.starts[next].index == index {
        let time = max(chords.starts[next].seconds - chords.starts[next - 1].seconds, 0.001)
        rhythm = lastTime.map { Self.rhythm(time / $0) } ?? Self.firstTime
        lastTime = time
        next += 1
      }
      let interval = Int(pitches[index]) - Int(pitches[index - 1]) + 127
      steps.append(Int16(interval * Self.rhythmCount + rhythm))
    }
  }

  private struct PlacedNote {
    var tick: Int
    var seconds: Double
    var pitch: UInt8
  }

  /// Notes in chords, one chord after the other, each from its lowest note to its highest.
  private struct Chords {
    private(set) var notes: [PlacedNote] = []
    /// Which note each chord begins with, and when the first of its notes is struck.
    private(set) var starts: [(index: Int, seconds: Double)] = []

    /// Puts notes, by onset, into chords; where notes of a chord are a unison, the earliest stays.
    init(of notes: [PlacedNote]) {
      self.notes.reserveCapacity(notes.count)
      starts.reserveCapacity(notes.count)
      var start = 0.0
      var first = 0
      for note in notes {
        if starts.isEmpty || note.seconds - start >= NoteLine.chordSeconds {
          (start, first) = (note.seconds, self.notes.count)
          starts.append((first, start))
        }
        var place = self.notes.count
        while place > first, self.notes[place - 1].pitch > note.pitch { place -= 1 }
        if place > first, self.notes[place - 1].pitch == note.pitch { continue }
        self.notes.append(note)
        var last = self.notes.count - 1
        while last > place {
          self.notes.swapAt(last - 1, last)
          last -= 1
        }
      }
    }

    /// Takes the highest note of each chord of notes, by onset, as a chord of its own; of a unison the earliest.
    init(highestOf notes: [PlacedNote]) {
      self.notes.reserveCapacity(notes.count)
      starts.reserveCapacity(notes.count)
      var start = 0.0
      for note in notes {
        let last = starts.count - 1
        if last < 0 || note.seconds - start >= NoteLine.chordSeconds {
          start = note.seconds
          starts.append((last + 1, start))
          self.notes.append(note)
        } else if note.pitch > self.notes[last].pitch {
          starts[last].seconds = note.seconds
          self.notes[last] = note
        }
      }
    }
  }

  /// A ratio's nearest half power of two, as 1 to 17.
  private static func rhythm(_ ratio: Double) -> Int {
    // floor(2 log2 r + 1/2) is the exponent of r² √2.
    let halves = Int((ratio * ratio * 2.0.squareRoot()).exponent)
    return min(max(halves, -8), 8) + 9
  }
}
