/// How a Standard MIDI File counts time: the third word of its header.
public enum Division: Hashable, Sendable {
  /// Metrical time: ticks per quarter note, 1 to 32,767.
  case ticksPerQuarter(Int)
  /// Time code: frames per second (24, 25, 29 for 29.97 drop-frame, or 30) and ticks per frame.
  case timeCode(framesPerSecond: Int, ticksPerFrame: Int)
}
