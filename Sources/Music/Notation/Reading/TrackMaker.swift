/// Makes a track of notes as they are played one after the other.
struct TrackMaker {
  private var notes: [Note] = []
  /// How much later than written each begins and ends.
  private var deviations: [(attack: Int, release: Int)] = []
  /// For each pitch, the notes from which a tie leads on: their places and voices.
  private var tied: [UInt8: [(index: Int, voice: Int)]] = [:]
  /// For each voice the place of the last note before which grace notes stand, and when these are over.
  private var graces: [Int: (place: Int, end: Int)] = [:]
  /// The most ties that are open on one pitch: voices of a part.
  private static let mostTies = 32
  /// How long a grace note is, and those before one note together, at most.
  private let graceLength: Int
  private let longestGraces: Int

  init(ticksPerQuarter: Int) {
    graceLength = max(ticksPerQuarter / 8, 1)
    longestGraces = max(ticksPerQuarter / 2, 1)
  }

  mutating func append(
    _ note: WrittenMeasureNote, from onset: Int, to end: Int, inMeasureFrom measureStart: Int,
    played: (attack: Int, release: Int)
  ) {
    var sounding = Note(
      onset: onset, duration: end - onset, pitch: note.pitch, velocity: note.velocity)
    if note.graceNotesLeft > 0 {
      let length = min(graceLength, max(longestGraces / note.graceNoteCount, 1))
      // At the beginning there is no time before the beat.
      let first = max(onset - length * note.graceNoteCount, 0)
      sounding.onset = first + length * (note.graceNoteCount - note.graceNotesLeft)
      sounding.duration = length
      graces[note.voice] = (onset, first + length * note.graceNoteCount)
      notes.append(sounding)
      deviations.append((0, 0))
      return
    }
    if let before = graces[note.voice], before.place == onset, before.end > onset {
      // Of a short note half is left.
      sounding.onset = min(before.end, onset + (end - onset) / 2)
      sounding.duration = end - sounding.onset
    }
    if note.endsTie, var open = tied[note.pitch] {
      let joined =
        open.lastIndex { notes[$0.index].end == onset && $0.voice == note.voice }
        ?? open.lastIndex { notes[$0.index].end == onset }
      if let joined {
        let index = open[joined].index
        notes[index].duration = end - notes[index].onset
        deviations[index].release = played.release
        open[joined].voice = note.voice
        if !note.startsTie { open.remove(at: joined) }
        tied[note.pitch] = open
        return
      }
    }
    if note.startsTie {
      // Ties that nothing has ended are forgotten with their measure.
      var open = tied[note.pitch] ?? []
      open.removeAll { notes[$0.index].end < measureStart }
      if open.count >= Self.mostTies { open.removeFirst() }
      open.append((notes.count, note.voice))
      tied[note.pitch] = open
    }
    notes.append(sounding)
    deviations.append(played)
  }

  /// The notes as they are played, in layers in each of which those of one pitch end in the order in which they begin.
  func layers() -> [[Note]] { finished().layers }

  /// The notes as they are played, not in order.
  private func finished() -> [Note] {
    zip(notes, deviations).compactMap { note, deviation in
      guard note.duration > 0 else { return nil }
      var note = note
      let end = note.end + deviation.release
      note.onset = max(note.onset + deviation.attack, 0)
      note.duration = max(end - note.onset, 1)
      return note
    }
  }
}

extension [Note] {
  /// The notes in layers, in each of which those of one pitch end in the order in which they begin.
  fileprivate var layers: [[Note]] {
    var layers: [[Note]] = []
    var rest = inOrder
    // What is left after some layers is no music, and stays together.
    while !rest.isEmpty, layers.count < 4 {
      var ends = [Int](repeating: 0, count: 128)
      var (layer, next): ([Note], [Note]) = ([], [])
      for note in rest {
        let pitch = Int(note.pitch & 0x7F)
        if note.end < ends[pitch], layers.count < 3 {
          next.append(note)
        } else {
          ends[pitch] = note.end
          layer.append(note)
        }
      }
      layers.append(layer)
      rest = next
    }
    return layers
  }
}
