import Music
import Reproducibility
import StandardMIDIFile

extension Score {
  /// A hash of which notes are struck when, relative to the first of them.
  ///
  /// Onsets count in 24ths of a quarter note, so that the file's division does not matter; pitches
  /// count from the first one, but for drums.
  var noteHash: UInt64 {
    let ticksPerQuarter =
      switch division {
      case .ticksPerQuarter(let ticks): max(1, ticks)
      case .timeCode(_, let ticks): max(1, ticks)
      }
    var strikes: [(onset: Int, pitch: Int, isDrums: Bool)] = []
    for track in tracks {
      for note in track.notes {
        let onset = (note.onset * 24 + ticksPerQuarter / 2) / ticksPerQuarter
        strikes.append((onset, Int(note.pitch), track.isDrums))
      }
    }
    strikes.sort {
      ($0.isDrums ? 1 : 0, $0.onset, $0.pitch) < ($1.isDrums ? 1 : 0, $1.onset, $1.pitch)
    }
    let firstOnset = strikes.map(\.onset).min() ?? 0
    let firstPitch = strikes.first?.pitch ?? 0
    var hash = StableHash()
    var previous = (onset: -1, pitch: -1, isDrums: false)
    for strike in strikes where strike != previous {
      hash.combine(strike.onset - firstOnset)
      hash.combine(strike.isDrums ? strike.pitch + 1_000 : strike.pitch - firstPitch)
      previous = strike
    }
    return hash.value
  }
}
