/// Puts notes that are already on a grid into the one form that tokens can tell.
///
/// Sorted by onset, program and pitch; each at least a step long; no pitch of a program struck while
/// it sounds: of notes struck together the loudest velocity and the latest end remain, and an earlier
/// one ends where the next begins; no more than fifteen programs besides the drum kit; no more than
/// `polyphony` notes at once.
func canonical(_ notes: [PlayedNote], polyphony: Int?) -> [PlayedNote] {
  var notes = notes
  notes.sort {
    ($0.onset, $0.program, $0.pitch, $0.end) < ($1.onset, $1.program, $1.pitch, $1.end)
  }
  if foldPrograms(of: &notes) {
    notes.sort {
      ($0.onset, $0.program, $0.pitch, $0.end) < ($1.onset, $1.program, $1.pitch, $1.end)
    }
  }
  var kept: [PlayedNote] = []
  kept.reserveCapacity(notes.count)
  var latest = Array(repeating: -1, count: 129 * 128)
  for var note in notes {
    note.end = max(note.end, note.onset + 1)
    let key = Int(note.program) * 128 + Int(note.pitch)
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
  for index in notes.indices {
    let stand = allocation.allocate(notes[index].program).program
    if stand != notes[index].program {
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
