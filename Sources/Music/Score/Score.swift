public import StandardMIDIFile

/// A piece of music in ticks: its tracks, tempo, metre and key.
public struct Score: Hashable, Sendable {
  /// The name of the piece, empty where it has none.
  public var title: String
  /// How ticks are counted.
  public var division: Division
  /// The parts.
  public var tracks: [Track]
  /// The tempo changes, by tick, of which the last at a tick holds; 120 quarter notes a minute before
  /// the first.
  public var tempos: [TempoChange]
  /// The time signatures, by tick, of which the last at a tick holds; 4/4 before the first.
  public var timeSignatures: [TimeSignature]
  /// The key signatures, by tick, of which the last at a tick holds.
  public var keySignatures: [KeySignature]
  /// The texts that belong to no part, such as markers, by tick.
  public var texts: [TextEvent]
  /// The system exclusive messages, by tick, then in the order in which they are sent.
  public var systemExclusives: [SystemExclusiveEvent]
  /// The tick at which the piece ends, not before the last note's end.
  public var endTick: Int

  /// Creates a score.
  public init(
    title: String = "", division: Division = .ticksPerQuarter(480), tracks: [Track] = [],
    tempos: [TempoChange] = [], timeSignatures: [TimeSignature] = [],
    keySignatures: [KeySignature] = [], texts: [TextEvent] = [],
    systemExclusives: [SystemExclusiveEvent] = [], endTick: Int = 0
  ) {
    self.title = title
    self.division = division
    self.tracks = tracks
    self.tempos = tempos
    self.timeSignatures = timeSignatures
    self.keySignatures = keySignatures
    self.texts = texts
    self.systemExclusives = systemExclusives
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

  /// Creates a change to a tempo above 0, or to the nearest one that a MIDI file can tell.
  public init(tick: Int, quartersPerMinute: Double) {
    let microseconds = min(max((60e6 / quartersPerMinute).rounded(), 1), 16_777_215)
    self.init(tick: tick, microsecondsPerQuarter: Int(microseconds))
  }

  /// The tempo in quarter notes a minute.
  public var quartersPerMinute: Double { 60e6 / Double(max(microsecondsPerQuarter, 1)) }
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

/// A text of a ``Score`` or ``Track``: a lyric, a marker, a remark.
public struct TextEvent: Hashable, Sendable {
  /// The tick at which it stands.
  public var tick: Int
  /// What it is for.
  public var kind: TextKind
  /// The text.
  public var text: String

  /// Creates a text.
  public init(tick: Int, kind: TextKind, text: String) {
    self.tick = tick
    self.kind = kind
    self.text = text
  }
}

extension Score {
  /// How many notes sound at once at most, drums left out.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public var highestPolyphony: Int {
    var onsets: [Int] = []
    var ends: [Int] = []
    for track in tracks where !track.isDrums {
      for note in track.notes where note.duration > 0 {
        onsets.append(note.onset)
        ends.append(note.end)
      }
    }
    onsets.sort()
    ends.sort()
    var released = 0
    var highest = 0
    for (struck, onset) in onsets.enumerated() {
      while ends[released] <= onset { released += 1 }
      highest = max(highest, struck + 1 - released)
    }
    return highest
  }
}
