public import StandardMIDIFile

/// A piece of music in ticks: its tracks, tempo, metre and key.
public struct Score: Hashable, Sendable {
  /// The name of the piece, empty where it has none.
  public var title: String
  /// How ticks are counted.
  public var division: Division
  /// The parts.
  public var tracks: [Track]
  /// The tempo changes, by tick; 120 quarter notes a minute before the first.
  public var tempos: [TempoChange]
  /// The time signatures, by tick; 4/4 before the first.
  public var timeSignatures: [TimeSignature]
  /// The key signatures, by tick.
  public var keySignatures: [KeySignature]
  /// The texts that belong to no part, such as markers, by tick.
  public var texts: [TextEvent]
  /// The tick at which the piece ends, not before the last note's end.
  public var endTick: Int

  /// Creates a score.
  public init(
    title: String = "", division: Division = .ticksPerQuarter(480), tracks: [Track] = [],
    tempos: [TempoChange] = [], timeSignatures: [TimeSignature] = [],
    keySignatures: [KeySignature] = [], texts: [TextEvent] = [], endTick: Int = 0
  ) {
    self.title = title
    self.division = division
    self.tracks = tracks
    self.tempos = tempos
    self.timeSignatures = timeSignatures
    self.keySignatures = keySignatures
    self.texts = texts
    self.endTick = endTick
  }
}
