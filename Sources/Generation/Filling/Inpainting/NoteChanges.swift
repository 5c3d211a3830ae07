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
    let (old, new) = (before.instrumentNotes, after.instrumentNotes)
    var counts: [InstrumentNote: Int] = [:]
    for note in old { counts[note, default: 0] += 1 }
    var kept = 0
    for note in new {
      guard let count = counts[note], count > 0 else { continue }
      counts[note] = count - 1
      kept += 1
    }
    self.kept = kept
    removed = old.count - kept
    added = new.count - kept
  }
}

/// A note and the instrument that plays it.
private struct InstrumentNote: Hashable {
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
  fileprivate var instrumentNotes: [InstrumentNote] {
    tracks.flatMap { track in
      let instrument = Instrument(track)
      return track.notes.map { InstrumentNote(instrument: instrument, note: $0) }
    }
  }
}
