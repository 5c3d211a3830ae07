import Music

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
}

/// The program that stands for the drum kit, after General MIDI's 128.
let drumKit: UInt8 = 128

extension Score {
  /// All notes with their programs, in ticks, in no particular order.
  ///
  /// A program belongs to a channel, whichever track of the file tells it.
  func playedNotes(foldingPedals: Bool) -> [PlayedNote] {
    let tracks = foldingPedals ? self.foldingPedals().tracks : tracks
    var programs = Array(repeating: [(tick: Int, program: UInt8)](), count: 16)
    for track in tracks { programs[Int(track.channel & 15)] += track.programs }
    for channel in 0..<16 where programs[channel].count > 1 {
      let changes = programs[channel]
      let order = changes.indices.sorted { (changes[$0].tick, $0) < (changes[$1].tick, $1) }
      programs[channel] = order.map { changes[$0] }
    }
    var notes: [PlayedNote] = []
    notes.reserveCapacity(tracks.reduce(0) { $0 + $1.notes.count })
    for track in tracks {
      let changes = programs[Int(track.channel & 15)]
      for note in track.notes where note.velocity > 0 {
        let next = track.isDrums ? 0 : changes.partitioningIndex { $0.tick > note.onset }
        notes.append(
          PlayedNote(
            onset: note.onset, end: note.end, pitch: note.pitch & 127, velocity: note.velocity,
            program: track.isDrums ? drumKit : next == 0 ? 0 : changes[next - 1].program & 127))
      }
    }
    return notes
  }
}
