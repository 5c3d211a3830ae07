/// Which pitches are struck in each frame and which sound on from the frame before, a bit each.
struct FrameRoll {
  private(set) var struck: [UInt128]
  private(set) var held: [UInt128]
  /// How many times a pitch was entered as held: at most once for each frame, however many of its notes
  /// sound there.
  private(set) var entries = 0

  /// Enters notes whose onsets and ends are frames, and whose ends are at most `count`.
  init(_ notes: [PlayedNote], count: Int) {
    struck = Array(repeating: 0, count: count)
    held = struck
    var notes = notes
    if !zip(notes, notes.dropFirst()).allSatisfy({ $0.onset <= $1.onset }) {
      notes.sort { $0.onset < $1.onset }
    }
    // Up to which frame each pitch has been entered: notes before it begin no later.
    var entered = Array(repeating: 0, count: 128)
    for note in notes {
      let pitch = Int(note.pitch)
      let bit: UInt128 = 1 << UInt128(pitch)
      struck[note.onset] |= bit
      let first = max(note.onset + 1, entered[pitch])
      guard first < note.end else { continue }
      for frame in first..<note.end { held[frame] |= bit }
      entries += note.end - first
      entered[pitch] = note.end
    }
  }
}
