/// A piece as MusicXML writes it: parts, each of measures, each of notes and signs in the order of the file.
///
/// Positions are not written in MusicXML: each note begins where the one before it ended, and `backup` and
/// `forward` move the place. Durations here are whole numbers of ``quarter``, whatever divisions the file
/// counts in.
///
/// ```swift
/// let score = try PartwiseScore(bytes: bytes)
/// for part in score.parts { print(part.name, part.measures.count) }
/// ```
///
/// Reference: "MusicXML 4.0", W3C Music Notation Community Group, 2021.
public struct PartwiseScore: Hashable, Sendable {
  /// The name of the piece: that of the movement, or of the work; empty where it has none.
  public var title: String
  /// Who made it, in the file's order.
  public var creators: [Creator]
  /// The program that wrote the file, empty where it is not told.
  public var software: String
  /// The parts, from the top of the page.
  public var parts: [Part]
  /// How many signs of each kind the file has that are left out here.
  public var leftOut: [LeftOutSign: Int] = [:]

  /// Creates a score.
  public init(
    title: String = "", creators: [Creator] = [], software: String = "", parts: [Part] = []
  ) {
    self.title = title
    self.creators = creators
    self.software = software
    self.parts = parts
  }

  /// The length of a quarter note: every note value to the 1024th, with any tuplet of up to 16 notes
  /// but for those of prime powers that do not divide it, has a whole length.
  ///
  /// The least common multiple of 1 to 16, times 16.
  public static let quarter = 11_531_520

  /// The longest note and the longest measure, in quarter notes.
  public static let longestMeasure = 1024
  /// The most parts.
  public static let mostParts = 500
  /// The most measures, those of all parts together.
  public static let mostMeasures = 1_000_000
  /// The most notes, rests and signs, those of all parts together.
  public static let mostItems = 8_000_000
}

extension PartwiseScore {
  /// A kind of sign that is counted where it is read, and left out.
  public enum LeftOutSign: String, Hashable, Sendable, CaseIterable {
    case lyric, slur, articulation, ornament
    case chordSymbol = "chord symbol"
  }

  /// Somebody who made the piece.
  public struct Creator: Hashable, Sendable {
    /// What the person did, such as `composer`.
    public var role: String
    /// The name.
    public var name: String

    /// Creates a creator.
    public init(role: String, name: String) {
      self.role = role
      self.name = name
    }
  }

  /// One part: what a player reads, on one staff or several.
  public struct Part: Hashable, Sendable {
    /// The part's name in the file, such as `P1`.
    public var id: String
    /// The part's name on the page.
    public var name: String
    /// The instruments that play it, of a drum kit one for each drum.
    public var instruments: [Instrument]
    /// The measures, in the order in which they are written.
    public var measures: [Measure]

    /// Creates a part.
    public init(
      id: String, name: String = "", instruments: [Instrument] = [], measures: [Measure] = []
    ) {
      self.id = id
      self.name = name
      self.instruments = instruments
      self.measures = measures
    }
  }

  /// A sound that plays in a part.
  public struct Instrument: Hashable, Sendable {
    /// The instrument's name in the file, such as `P1-I1`.
    public var id: String
    /// The instrument's name on the page.
    public var name: String
    /// The MIDI channel, counted from 0.
    public var channel: UInt8?
    /// The General MIDI program, counted from 0.
    public var program: UInt8?
    /// The MIDI pitch that strikes it, if it is one of a drum kit.
    public var drum: UInt8?
    /// The volume, 0 to 127.
    public var volume: UInt8?
    /// Where it is heard, 0 for left to 127 for right.
    public var pan: UInt8?

    /// Creates an instrument.
    public init(
      id: String, name: String = "", channel: UInt8? = nil, program: UInt8? = nil,
      drum: UInt8? = nil, volume: UInt8? = nil, pan: UInt8? = nil
    ) {
      self.id = id
      self.name = name
      self.channel = channel
      self.program = program
      self.drum = drum
      self.volume = volume
      self.pan = pan
    }
  }
}
