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
    var lines = highestNotes(of: voices(of: parts))
    let all = NoteLine(of: Chords(of: joined(parts)))
    // One voice alone is its own highest.
    if !lines.contains(where: { $0.steps == all.steps }) { lines.append(all) }
    return lines.filter { !$0.steps.isEmpty }
  }

  /// The highest notes of each track of a score; drums, and tracks of fewer than two notes, left out.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func highest(of score: Score) -> [NoteLine] {
    highestNotes(of: voices(of: parts(of: score, drums: false)))
  }

  /// The line of all notes of a score but drums, or of its drums where there is nothing else; and the highest notes
  /// of each track, as ``highest(of:)`` has them.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func wholeAndHighest(of score: Score) -> (whole: NoteLine, highest: [NoteLine]) {
    let parts = parts(of: score, drums: false)
    let voices = voices(of: parts)
    let whole: Chords
    switch parts.count {
    case 0: whole = Chords(of: joined(Self.parts(of: score, drums: true)))
    case 1: whole = voices[0].chords
    default: whole = Chords(of: joined(parts))
    }
    return (NoteLine(of: whole), highestNotes(of: voices))
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

  /// The chords of each part.
  private static func voices(
    of parts: [(track: Int, notes: [PlacedNote])]
  ) -> [(track: Int, chords: Chords)] {
    parts.map { ($0.track, Chords(of: $0.notes)) }
  }

  /// The notes of all parts, by onset.
  private static func joined(_ parts: [(track: Int, notes: [PlacedNote])]) -> [PlacedNote] {
    var notes = parts.flatMap { $0.notes }
    notes.sortNearby { $0.tick < $1.tick }
    return notes
  }

  private static func highestNotes(of voices: [(track: Int, chords: Chords)]) -> [NoteLine] {
    voices.compactMap { voice in
      var line = NoteLine(of: voice.chords.highest)
      line.track = voice.track
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

    private init() {}

    /// Puts notes, by onset, into chords.
    init(of notes: [PlacedNote]) {
      self.notes.reserveCapacity(notes.count)
      starts.reserveCapacity(notes.count)
      for note in notes { append(note) }
    }

    /// Adds a note that is struck after the others: in its place in their last chord, where of a unison the earlier
    /// one stays, or as a chord of its own.
    private mutating func append(_ note: PlacedNote) {
      if starts.isEmpty
        || note.seconds - starts[starts.count - 1].seconds >= NoteLine.chordSeconds
      {
        starts.append((notes.count, note.seconds))
      }
      let start = starts[starts.count - 1].index
      var place = notes.count
      notes.append(note)
      while place > start, notes[place - 1].pitch > note.pitch {
        notes.swapAt(place - 1, place)
        place -= 1
      }
      if place > start, notes[place - 1].pitch == note.pitch { notes.remove(at: place) }
    }

    /// The highest note of each chord, as a chord of its own.
    var highest: Chords {
      var highest = Chords()
      highest.notes.reserveCapacity(starts.count)
      highest.starts.reserveCapacity(starts.count)
      for chord in starts.indices {
        let end = chord + 1 < starts.count ? starts[chord + 1].index : notes.count
        highest.starts.append((chord, notes[end - 1].seconds))
        highest.notes.append(notes[end - 1])
      }
      return highest
    }
  }

  /// A ratio's nearest half power of two, as 1 to 17.
  private static func rhythm(_ ratio: Double) -> Int {
    // floor(2 log2 r + 1/2) is the exponent of r² √2.
    let halves = Int((ratio * ratio * 2.0.squareRoot()).exponent)
    return min(max(halves, -8), 8) + 9
  }
}
