public import Music

/// What became of a piece's notes.
public struct NoteChanges: Hashable, Sendable {
  /// How many are the same: instrument, pitch, onset, length and velocity.
  public let kept: Int
  /// How many are gone.
  public let removed: Int
  /// How many are new.
  public let added: Int

  /// Compares two scores of one division.
  public init(from before: Score, to after: Score) {
    var counts: [PlayedNote: Int] = [:]
    for note in before.playedNotes { counts[note, default: 0] += 1 }
    let (old, new) = (before.playedNotes.count, after.playedNotes)
    var kept = 0
    for note in new {
      guard let count = counts[note], count > 0 else { continue }
      counts[note] = count - 1
      kept += 1
    }
    self.kept = kept
    removed = old - kept
    added = new.count - kept
  }
}

/// A note and the instrument that plays it.
private struct PlayedNote: Hashable {
  var instrument: Instrument
  var note: Note
}

/// What plays a track: a program, or the drum kit.
enum Instrument: Hashable, Sendable {
  case program(UInt8)
  case drums

  init(_ track: Track) {
    self = track.isDrums ? .drums : .program(track.program(atTick: .max))
  }
}

extension Score {
  fileprivate var playedNotes: [PlayedNote] {
    tracks.flatMap { track in
      let instrument = Instrument(track)
      return track.notes.map { PlayedNote(instrument: instrument, note: $0) }
    }
  }
}
