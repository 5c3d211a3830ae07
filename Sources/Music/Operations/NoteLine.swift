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
    let all = NoteLine(of: notes, score.tempoMap)
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
      let line = NoteLine(ofHighest: track.notes, in: index, tempoMap)
      return line.steps.isEmpty ? nil : line
    }
  }

  /// The line of all notes of a score but drums, or of its drums where there is nothing else.
  ///
  /// - Complexity: O(n log n) for n notes.
  package static func whole(of score: Score) -> NoteLine {
    let hasOthers = score.tracks.contains { !$0.isDrums && !$0.notes.isEmpty }
    let notes = score.tracks.filter { $0.isDrums != hasOthers }.flatMap(\.notes)
    return NoteLine(of: notes, score.tempoMap)
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

  /// A line of all notes.
  private init(of notes: [Note], _ tempoMap: TempoMap) {
    var writer = Writer(capacity: notes.count)
    Self.forEachChord(of: notes, tempoMap) { writer.append($0[...]) }
    self = writer.line
  }

  /// A line of a track's highest notes.
  private init(ofHighest notes: [Note], in track: Int, _ tempoMap: TempoMap) {
    var writer = Writer(capacity: notes.count)
    Self.forEachChord(of: notes, tempoMap) { writer.append($0.suffix(1)) }
    self = writer.line
    self.track = track
  }

  private init() {}

  /// Calls a function with each chord, from its lowest note to its highest.
  private static func forEachChord(
    of notes: [Note], _ tempoMap: TempoMap, _ body: ([PlacedNote]) -> Void
  ) {
    var clock = TempoMap.Cursor(tempoMap)
    var chord: [PlacedNote] = []
    func finishChord() {
      if chord.count > 1 {
        chord.sort { ($0.pitch, $0.tick) < ($1.pitch, $1.tick) }
        var kept = 1
        for index in 1..<chord.count where chord[index].pitch != chord[kept - 1].pitch {
          chord[kept] = chord[index]
          kept += 1
        }
        chord.removeLast(chord.count - kept)
      }
      body(chord)
      chord.removeAll(keepingCapacity: true)
    }
    var first = 0.0
    for note in notes.sorted(by: { $0.onset < $1.onset }) {
      let seconds = clock.seconds(atTick: note.onset)
      if chord.isEmpty || seconds - first >= chordSeconds {
        if !chord.isEmpty { finishChord() }
        first = seconds
      }
      chord.append(PlacedNote(tick: note.onset, seconds: seconds, pitch: note.pitch))
    }
    if !chord.isEmpty { finishChord() }
  }

  /// Writes a line chord by chord.
  private struct Writer {
    var line = NoteLine()
    private var lastTime: Double?
    private var lastOnset = 0.0

    init(capacity: Int) {
      line.onsets.reserveCapacity(capacity)
      line.pitches.reserveCapacity(capacity)
      line.steps.reserveCapacity(capacity)
    }

    mutating func append(_ chord: ArraySlice<PlacedNote>) {
      let onset = chord.reduce(.infinity) { min($0, $1.seconds) }
      for (index, note) in chord.enumerated() {
        if let last = line.pitches.last {
          var rhythm = NoteLine.together
          if index == 0 {
            let time = max(onset - lastOnset, 0.001)
            rhythm = lastTime.map { NoteLine.rhythm(time / $0) } ?? NoteLine.firstTime
            lastTime = time
          }
          let interval = Int(note.pitch) - Int(last) + 127
          line.steps.append(Int16(interval * NoteLine.rhythmCount + rhythm))
        }
        line.onsets.append(Int32(clamping: note.tick))
        line.pitches.append(note.pitch)
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
