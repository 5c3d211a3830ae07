import Music
import StandardMIDIFile

/// A note of any track and the program that plays it: what every vocabulary encodes.
struct PlayedNote: Hashable {
  /// When it is struck, in ticks or in the vocabulary's steps.
  var onset: Int
  /// When it is released, in the same unit.
  var end: Int
  var pitch: UInt8
  var velocity: UInt8
  /// The program, or ``drumKit``.
  var program: UInt8

  /// Its place among the others.
  var order: (Int, UInt8, UInt8) { (onset, program, pitch) }

  /// The same as one number, which is compared faster than three, of a note that is on a grid: no piece is so long
  /// that its steps take more than 47 bits.
  fileprivate var place: Int { onset &<< 16 | Int(program) &<< 8 | Int(pitch) }
}

/// The program that stands for the drum kit, after General MIDI's 128.
let drumKit: UInt8 = 128

extension Score {
  /// All notes with their programs, in ticks, in no particular order.
  ///
  /// A program belongs to a channel, whichever track of the file tells it.
  func playedNotes(foldingPedals: Bool) -> [PlayedNote] {
    let score = foldingPedals ? holdingNotes() : self
    var notes: [PlayedNote] = []
    notes.reserveCapacity(score.tracks.reduce(0) { $0 + $1.notes.count })
    score.forEachPlayedNote { _, note in notes.append(note) }
    return notes
  }

  /// Gives each note with its program, in ticks, and the index of its track.
  func forEachPlayedNote(_ body: (_ track: Int, PlayedNote) -> Void) {
    let programs = ChannelPrograms(self)
    for (index, track) in tracks.enumerated() {
      let changes = programs.changes(of: track)
      for note in track.notes where note.velocity > 0 {
        body(
          index,
          PlayedNote(
            onset: note.onset, end: note.end, pitch: note.pitch & 127, velocity: note.velocity,
            program: track.isDrums ? drumKit : changes.program(atTick: note.onset) & 127))
      }
    }
  }
}

/// Puts notes that are already on a grid into the one form that tokens can tell.
///
/// Sorted by onset, program and pitch; each at least a step long; no pitch of a program struck while
/// it sounds: of notes struck together the loudest velocity and the latest end remain, and an earlier
/// one ends where the next begins; no more than fifteen programs besides the drum kit; no more than
/// `polyphony` notes at once.
func canonical(_ notes: consuming [PlayedNote], polyphony: Int?) -> [PlayedNote] {
  var notes = notes
  notes.sortNearby { $0.place < $1.place }
  if foldPrograms(of: &notes) { notes.sortNearby { $0.place < $1.place } }
  var kept: [PlayedNote] = []
  kept.reserveCapacity(notes.count)
  // The last note of each pitch, 128 in a row for each program that plays.
  var latest: [Int] = []
  var rows = [Int](repeating: -1, count: 129)
  for var note in notes {
    note.end = max(note.end, note.onset + 1)
    let program = Int(note.program)
    if rows[program] < 0 {
      rows[program] = latest.count
      latest += repeatElement(-1, count: 128)
    }
    let key = rows[program] + Int(note.pitch)
    let previous = latest[key]
    if previous >= 0 {
      if kept[previous].onset == note.onset {
        kept[previous].end = max(kept[previous].end, note.end)
        kept[previous].velocity = max(kept[previous].velocity, note.velocity)
        continue
      }
      kept[previous].end = min(kept[previous].end, note.onset)
    }
    latest[key] = kept.count
    kept.append(note)
  }
  if let polyphony { limitPolyphony(of: &kept, to: polyphony) }
  return kept
}

/// Lets the nearest program play for each beyond the fifteenth; tells whether there was one.
private func foldPrograms(of notes: inout [PlayedNote]) -> Bool {
  var allocation = ChannelAllocation()
  var folded = false
  // Most notes are played by the program of the one before.
  var (program, stand) = (drumKit, drumKit)
  for index in notes.indices {
    if notes[index].program != program {
      program = notes[index].program
      stand = allocation.allocate(program).program
    }
    if stand != program {
      notes[index].program = stand
      folded = true
    }
  }
  return folded
}

/// Leaves out each note that is struck while as many as may sound already do.
private func limitPolyphony(of notes: inout [PlayedNote], to polyphony: Int) {
  var ends: [Int] = []
  notes.removeAll { note in
    ends.removeAll { $0 <= note.onset }
    guard ends.count < polyphony else { return true }
    ends.append(note.end)
    return false
  }
}

extension Score {
  /// The score in quarter notes, and how many ticks each has.
  ///
  /// A score in time code has none: it gets quarter notes of a given length, so that it lasts as long
  /// where music is decoded at that tempo.
  func inQuarterNotes(
    timeCodeTempo microsecondsPerQuarter: Int
  ) -> (score: Score, ticksPerQuarter: Double) {
    if case .ticksPerQuarter(let ticks) = division { return (self, Double(max(1, ticks))) }
    let ticks = 480
    return (
      resampled(ticksPerQuarter: ticks, timeCodeTempo: microsecondsPerQuarter), Double(ticks)
    )
  }
}
