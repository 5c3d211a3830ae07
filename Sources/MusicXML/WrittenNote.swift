extension PartwiseScore {
  /// A note or rest as it is written.
  public struct Note: Hashable, Sendable {
    /// What sounds.
    public enum Content: Hashable, Sendable {
      /// Nothing; in a whole measure's rest, for as long as the measure lasts.
      case rest(ofMeasure: Bool)
      /// A pitch, as it is written: a transposing instrument sounds another.
      case pitch(WrittenPitch)
      /// A drum, at a place of the staff that a pitch would have in the treble clef.
      case unpitched(WrittenPitch)
    }

    /// What sounds.
    public var content: Content
    /// The length in ``PartwiseScore/quarter``; 0 for a grace note.
    public var duration: Int
    /// The voice, from 1.
    public var voice: Int
    /// The staff, from 1 at the top.
    public var staff: Int
    /// Whether it begins with the note before it.
    public var isChord = false
    /// Whether it is a grace note; one with a slash or without.
    public var isGrace = false
    /// Whether it is a cue, which another part plays.
    public var isCue = false
    /// Whether it is printed.
    public var isPrinted = true
    /// Whether a tie leads from it to the next note of its pitch.
    public var startsTie = false
    /// Whether a tie leads to it.
    public var endsTie = false
    /// The times through a repeat at which it is played, from 1; empty for all.
    public var times: [Int] = []
    /// How loud it is played, 1 to 127, where the file says it of this note.
    public var velocity: UInt8?
    /// How much later than written it begins when it is played; may be negative.
    public var attack = 0
    /// How much later than written it ends when it is played; may be negative.
    public var release = 0
    /// Which of the part's instruments plays it.
    public var instrument: Int?
    /// How the length is written; nil where the file leaves that to the reader.
    public var value: NoteValue?
    /// Whether a bracket over a tuplet begins or ends with it.
    public var startsTuplet = false
    /// Whether a bracket over a tuplet ends with it.
    public var endsTuplet = false

    /// Creates a note.
    public init(_ content: Content, duration: Int, voice: Int = 1, staff: Int = 1) {
      self.content = content
      self.duration = duration
      self.voice = voice
      self.staff = staff
    }

    /// Whether it is a rest.
    public var isRest: Bool { if case .rest = content { true } else { false } }
  }
}

/// A pitch as it is written: a letter, an accidental, an octave.
public struct WrittenPitch: Hashable, Sendable {
  /// A letter, C first.
  public enum Step: UInt8, Hashable, Sendable, CaseIterable {
    /// The letters that name pitches.
    case c, d, e, f, g, a, b

    /// The letter, a capital.
    public var letter: String { ["C", "D", "E", "F", "G", "A", "B"][Int(rawValue)] }
    /// The semitones above C.
    public var semitones: Int { [0, 2, 4, 5, 7, 9, 11][Int(rawValue)] }

    /// The step that a letter names.
    init?(letter: String) {
      guard let step = Step.allCases.first(where: { $0.letter == letter.uppercased() }) else {
        return nil
      }
      self = step
    }
  }

  /// The letter.
  public var step: Step
  /// The semitones up for sharps, down for flats: -3 to 3.
  public var alter: Int
  /// The octave, 4 for that of middle C: -1 to 10.
  public var octave: Int

  /// Creates a pitch.
  public init(step: Step, alter: Int = 0, octave: Int) {
    self.step = step
    self.alter = alter
    self.octave = octave
  }

  /// The MIDI pitch, 60 for middle C; it may lie outside 0 to 127.
  public var number: Int { 12 * (octave + 1) + step.semitones + alter }
}

/// How a length is written: a note head and stem, dots, the tuplet that it belongs to.
public struct NoteValue: Hashable, Sendable {
  /// The value without dots and tuplet: 1 for a whole note, 4 for a quarter; -1 for a breve, of two whole
  /// notes, -2 for a longa.
  public var denominator: Int
  /// The dots.
  public var dots: Int
  /// The notes of a tuplet, such as 3 of a triplet; 1 for none.
  public var actualNotes: Int
  /// In the time of so many, such as 2; 1 for none.
  public var normalNotes: Int

  /// Creates a value.
  public init(denominator: Int, dots: Int = 0, actualNotes: Int = 1, normalNotes: Int = 1) {
    self.denominator = denominator
    self.dots = dots
    self.actualNotes = actualNotes
    self.normalNotes = normalNotes
  }

  /// The names that MusicXML has for values, by denominator.
  static let names: [(denominator: Int, name: String)] = [
    (-2, "long"), (-1, "breve"), (1, "whole"), (2, "half"), (4, "quarter"), (8, "eighth"),
    (16, "16th"), (32, "32nd"), (64, "64th"), (128, "128th"), (256, "256th"), (512, "512th"),
    (1024, "1024th"),
  ]

  /// MusicXML's name of the value without dots.
  public var name: String? { Self.names.first { $0.denominator == denominator }?.name }

  /// The length in ``PartwiseScore/quarter``, rounded down.
  public var duration: Int {
    let whole = 4 * PartwiseScore.quarter
    let base = denominator > 0 ? whole / denominator : -denominator * 2 * whole
    let dotted = (base * ((2 << dots) - 1)) >> dots
    return dotted * normalNotes / actualNotes
  }
}
