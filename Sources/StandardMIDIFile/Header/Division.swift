/// How a Standard MIDI File counts time: the third word of its header.
public enum Division: Hashable, Sendable {
  /// Metrical time: ticks per quarter note, 1 to 32,767.
  case ticksPerQuarter(Int)
  /// Time code: frames per second (24, 25, 29 for 29.97 drop-frame, or 30) and ticks per frame.
  case timeCode(framesPerSecond: Int, ticksPerFrame: Int)
}

extension Division {
  /// Reads a header's third word, or returns nil where it has no ticks.
  init?(word: UInt16) {
    if word & 0x8000 == 0 {
      guard word != 0 else { return nil }
      self = .ticksPerQuarter(Int(word))
    } else {
      let frames = -Int(Int8(truncatingIfNeeded: word >> 8))
      guard word & 0xFF != 0 else { return nil }
      self = .timeCode(framesPerSecond: frames, ticksPerFrame: Int(word & 0xFF))
    }
  }

  /// The header's third word.
  var word: UInt16 {
    switch self {
    case .ticksPerQuarter(let ticks):
      precondition(1...0x7FFF ~= ticks, "ticks per quarter note lie in 1...32767")
      return UInt16(ticks)
    case .timeCode(let frames, let ticks):
      precondition(1...128 ~= frames, "frames per second lie in 1...128")
      precondition(1...255 ~= ticks, "ticks per frame lie in 1...255")
      return UInt16(truncatingIfNeeded: -frames) << 8 | UInt16(ticks)
    }
  }
}
