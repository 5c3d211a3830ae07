public import Music
import StandardMIDIFile

/// How long a piece may be: a day, or as many quarter notes as fit into one at 120 a minute.
///
/// A file of a few bytes can claim to last for years; what lies beyond the limit is left out, so that
/// its tokens fit into memory.
enum PieceLimit {
  static let seconds = 86_400.0
  static let quarters = 172_800.0
}

extension Vocabulary {
  /// How many of a score's notes ``encode(_:)`` leaves out because they are struck too late: after a
  /// day, or, where the vocabulary counts beats, after as many as a day has at 120 a minute.
  public func notesPastLimit(of score: Score) -> Int {
    guard let timeCodeTempo = configuration.timeCodeTempo else {
      let map = score.tempoMap
      return score.tracks.lazy.flatMap(\.notes).count {
        map.seconds(atTick: $0.onset) > PieceLimit.seconds
      }
    }
    let (inQuarters, ticks) = score.inQuarterNotes(timeCodeTempo: timeCodeTempo)
    let limit = Int(ticks * PieceLimit.quarters)
    return inQuarters.tracks.lazy.flatMap(\.notes).count { $0.onset > limit }
  }
}

extension VocabularyConfiguration {
  /// The tempo in which time code is told, in microseconds a quarter note; nil where seconds are told.
  fileprivate var timeCodeTempo: Int? {
    switch self {
    case .performance: nil
    case .pianoroll(let settings): settings.microsecondsPerQuarter
    case .tsd(let settings), .remi(let settings): MetricalGrid(settings).timeCodeTempo
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.timeCodeTempo
    }
  }
}
