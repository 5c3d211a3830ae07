import Music
import StandardMIDIFile
import Tokenization

/// The key of what somebody has played last.
struct HeardKey {
  /// The notes, each with its length, of which one that is held has the length of a short one.
  private var notes: [Note] = []
  /// Where the next note goes.
  private var next = 0

  /// How many notes are looked at: some bars of most music, so that a new key is soon heard.
  private static let memory = 96
  /// Ticks a second.
  private static let ticks = 1_000.0

  /// Takes a note; the newest take the place of the oldest.
  mutating func strike(_ pitch: UInt8, at seconds: Double) {
    let note = Note(onset: Self.tick(seconds), duration: 125, pitch: pitch)
    if notes.count < Self.memory { notes.append(note) } else { notes[next] = note }
    next = (next + 1) % Self.memory
  }

  /// Takes the length of the note of a pitch that was struck last.
  mutating func release(_ pitch: UInt8, at seconds: Double) {
    let last = notes.indices.filter { notes[$0].pitch == pitch }.max {
      notes[$0].onset < notes[$1].onset
    }
    guard let last else { return }
    notes[last].duration = min(max(1, Self.tick(seconds) - notes[last].onset), 4_000)
  }

  /// The key; nil where too little was played to tell one.
  var key: Key? {
    guard notes.count >= Self.fewest else { return nil }
    let track = Track(notes: notes.sorted { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) })
    return PieceAttributes(
      Score(
        division: .ticksPerQuarter(Int(Self.ticks) / 2), tracks: [track],
        endTick: track.lastNoteEnd)
    ).key
  }

  private static let fewest = 8

  private static func tick(_ seconds: Double) -> Int { Int(min(max(0, seconds), 1e9) * ticks) }
}

extension HeardKey {
  /// Hears a score to its end.
  init(_ score: Score) {
    self.init()
    let clock = score.tempoMap
    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
      .sorted { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
    for note in notes.suffix(Self.memory) {
      strike(note.pitch, at: clock.seconds(atTick: note.onset))
      release(note.pitch, at: clock.seconds(atTick: note.end))
    }
  }
}
