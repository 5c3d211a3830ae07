import Music
import StandardMIDIFile

/// How long a piece may be: a day, or as many quarter notes as fit into one at 120 a minute.
///
/// A file of a few bytes can claim to last for years; what lies beyond the limit is left out, so that
/// its tokens fit into memory.
enum PieceLimit {
  static let seconds = 86_400.0
  static let quarters = 172_800.0
}

extension Division {
  /// The ticks of a quarter note; with a time code, of half a second.
  var ticksPerQuarterNote: Double {
    switch self {
    case .ticksPerQuarter(let ticks): Double(max(1, ticks))
    case .timeCode(let framesPerSecond, let ticksPerFrame):
      Double(max(1, framesPerSecond * ticksPerFrame)) / 2
    }
  }
}
