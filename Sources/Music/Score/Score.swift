public import StandardMIDIFile

/// A piece of music in ticks: its tracks, tempo, metre and key.
public struct Score: Hashable, Sendable {
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
  /// The tick at which the piece ends, not before the last note's end.
  public var endTick: Int

  /// Creates a score.
  public init(
    division: Division = .ticksPerQuarter(480), tracks: [Track] = [], tempos: [TempoChange] = [],
    timeSignatures: [TimeSignature] = [], keySignatures: [KeySignature] = [], endTick: Int = 0
  ) {
    self.division = division
    self.tracks = tracks
    self.tempos = tempos
    self.timeSignatures = timeSignatures
    self.keySignatures = keySignatures
    self.endTick = endTick
  }
}

/// A change of tempo.
public struct TempoChange: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// The length of a quarter note in microseconds, 1 to 16,777,215.
  public var microsecondsPerQuarter: Int

  /// Creates a tempo change.
  public init(tick: Int, microsecondsPerQuarter: Int) {
    self.tick = tick
    self.microsecondsPerQuarter = microsecondsPerQuarter
  }
}

/// A change of metre.
public struct TimeSignature: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// Beats in a bar, 1 to 255.
  public var numerator: Int
  /// The note value of a beat: 1, 2, 4, 8, ….
  public var denominator: Int

  /// Creates a time signature.
  public init(tick: Int, numerator: Int, denominator: Int) {
    self.tick = tick
    self.numerator = numerator
    self.denominator = denominator
  }
}

/// A change of key.
public struct KeySignature: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// Sharps if positive, flats if negative: -7 to 7.
  public var sharps: Int
  /// Whether the key is minor.
  public var isMinor: Bool

  /// Creates a key signature.
  public init(tick: Int, sharps: Int, isMinor: Bool) {
    self.tick = tick
    self.sharps = sharps
    self.isMinor = isMinor
  }
}
