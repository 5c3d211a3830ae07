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
    let all = NoteLine(of: Chords(of: notes, score.tempoMap))
    // One voice alone is its own highest.
    if !lines.contains(where: { $0.steps == all.steps }) { lines.append(all) }
    return lines.filter { !$0.steps.isEmpty }
  }

  /// The highest notes of each track of a score; drums, and tracks of fewer than two notes, left out.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func highest(of score: Score) -> [NoteLine] {
    highestNotes(of: voices(of: score, score.tempoMap))
  }

  /// The line of all notes of a score but drums, or of its drums where there is nothing else; and the highest notes
  /// of each track, as ``highest(of:)`` has them.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func wholeAndHighest(of score: Score) -> (whole: NoteLine, highest: [NoteLine]) {
    let tempoMap = score.tempoMap
    let voices = voices(of: score, tempoMap)
    let whole: Chords
    if voices.count == 1 {
      whole = voices[0].chords
    } else {
      let notes = score.tracks.filter { $0.isDrums == voices.isEmpty }.flatMap(\.notes)
      whole = Chords(of: notes, tempoMap)
    }
    return (NoteLine(of: whole), highestNotes(of: voices))
  }

  /// The chords of each track that has notes and plays no drums.
  private static func voices(
    of score: Score, _ tempoMap: TempoMap
  ) -> [(track: Int, chords: Chords)] {
    score.tracks.enumerated().compactMap { index, track in
      guard !track.isDrums, !track.notes.isEmpty else { return nil }
      return (index, Chords(of: track.notes, tempoMap))
    }
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

  /// Whether two steps are the same interval, each to a later time: where a line is first compared
  /// there is no earlier step that its rhythm could be measured by.
  package static func sameInterval(_ step: Int16, _ other: Int16) -> Bool {
    let (step, other) = (Int(step), Int(other))
    return step / rhythmCount == other / rhythmCount && step % rhythmCount != together
      && other % rhythmCount != together
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

    init(of notes: [Note], _ tempoMap: TempoMap) {
      self.notes.reserveCapacity(notes.count)
      starts.reserveCapacity(notes.count)
      var clock = TempoMap.Cursor(tempoMap)
      for note in notes.sortedByTick({ $0.onset }) {
        let seconds = clock.seconds(atTick: note.onset)
        append(PlacedNote(tick: note.onset, seconds: seconds, pitch: note.pitch))
      }
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
