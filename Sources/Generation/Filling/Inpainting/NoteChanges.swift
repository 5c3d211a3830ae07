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

  /// What plays a track that has one instrument.
  init(_ track: Track, in programs: ChannelPrograms) {
    self =
      track.isDrums
      ? .drums : .program(programs.program(of: track, atTick: track.notes.first?.onset ?? .max))
  }
}

extension Score {
  fileprivate var instrumentNotes: [InstrumentNote] {
    let programs = ChannelPrograms(self)
    return tracks.flatMap { track in
      let instrument = Instrument(track, in: programs)
      return track.notes.map { InstrumentNote(instrument: instrument, note: $0) }
    }
  }
}

extension Score {
  /// The score with the notes struck in a range of ticks replaced by another score's.
  ///
  /// Each track of both has one instrument. New notes end with the range at the latest; those are left
  /// out whose pitch the same instrument still sounds from before the range.
  func splicing(_ other: Score, in ticks: Range<Int>) -> Score {
    var score = self
    for index in tracks.indices {
      score.tracks[index].notes.removeAll { ticks.contains($0.onset) }
    }
    let programs = ChannelPrograms(other)
    for track in other.tracks {
      var notes = track.notes.filter { ticks.contains($0.onset) }
      if notes.isEmpty { continue }
      guard let index = score.part(for: track, in: programs) else { continue }
      for note in notes.indices {
        notes[note].duration = min(notes[note].end, ticks.upperBound) - notes[note].onset
      }
      let sounding = score.tracks[index].notes.filter {
        $0.onset < ticks.lowerBound && $0.end > ticks.lowerBound
      }
      notes.removeAll { note in
        sounding.contains { $0.pitch == note.pitch && $0.end > note.onset }
      }
      score.tracks[index].notes += notes
    }
    return score.sorted()
  }

  /// The track of another's instrument, made where there is none; nil where no channel is free.
  private mutating func part(for track: Track, in programs: ChannelPrograms) -> Int? {
    let instrument = Instrument(track, in: programs)
    let own = ChannelPrograms(self)
    if let known = tracks.firstIndex(where: { Instrument($0, in: own) == instrument }) {
      return known
    }
    let used = Set(tracks.map(\.channel))
    let channel =
      instrument == .drums ? 9 : (0..<16).first { $0 != 9 && !used.contains($0) }
    guard let channel else { return nil }
    tracks.append(
      Track(name: track.name, channel: channel, messages: track.messages))
    return tracks.count - 1
  }
}
