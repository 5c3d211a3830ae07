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
    let onsets = score.tracks.lazy.flatMap(\.notes).map(\.onset)
    guard configuration.countsSeconds else {
      let (inQuarters, ticks) = score.inQuarterNotes(timeCodeTempo: 500_000)
      let limit = Int(ticks * PieceLimit.quarters)
      return inQuarters.tracks.lazy.flatMap(\.notes).count { $0.onset > limit }
    }
    let map = score.tempoMap
    return onsets.count { map.seconds(atTick: $0) > PieceLimit.seconds }
  }
}

extension VocabularyConfiguration {
  fileprivate var countsSeconds: Bool {
    switch self {
    case .performance: true
    case .pianoroll, .tsd, .remi: false
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.countsSeconds
    }
  }
}
