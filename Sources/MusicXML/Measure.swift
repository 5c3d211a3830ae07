extension PartwiseScore {
  /// One measure of one part.
  public struct Measure: Hashable, Sendable {
    /// The number that is printed, as a text: `12`, `X1`.
    public var number: String
    /// Whether it is not counted: a pickup, or the second half of a measure that a repeat divides.
    public var isImplicit: Bool
    /// The line of the file in which it begins, 0 for a measure that is from no file.
    public var line: Int
    /// The notes and signs, in the file's order.
    public var items: [Item]

    /// Creates a measure.
    public init(number: String, isImplicit: Bool = false, line: Int = 0, items: [Item] = []) {
      self.number = number
      self.isImplicit = isImplicit
      self.line = line
      self.items = items
    }
  }

  /// What stands in a measure.
  public enum Item: Hashable, Sendable {
    /// A note or rest, at the place that what is before it leads to; the place moves on by its length,
    /// but for a note of a chord.
    case note(Note)
    /// The place moves back.
    case backup(Int)
    /// The place moves on, in silence.
    case forward(Int)
    /// Key, metre, clefs, transposition.
    indirect case attributes(Attributes)
    /// What is written beside the staff, or said of the sound.
    indirect case direction(Direction)
    /// A bar line that is more than one, at the measure's beginning or end.
    indirect case barline(Barline)
  }

  /// Key, metre, clefs and transposition from a place on; nil and empty for what stays.
  public struct Attributes: Hashable, Sendable {
    /// The key.
    public var key: WrittenKey?
    /// The metre.
    public var metre: WrittenMetre?
    /// How many staves the part has.
    public var staves: Int?
    /// The clefs that change.
    public var clefs: [Clef] = []
    /// How the instrument sounds beside what is written, where that changes.
    public var transpositions: [Transposition] = []

    /// Creates attributes that say nothing.
    public init() {}
  }

  /// How an instrument sounds beside what is written for it.
  public struct Transposition: Hashable, Sendable {
    /// How many semitones it sounds above what is written.
    public var semitones: Int
    /// How many semitones above that each note sounds once more: -12 or 12; nil where it does not.
    public var doubling: Int?
    /// The staff for which it holds, from 1 at the top; nil for all.
    public var staff: Int?

    /// Creates a transposition.
    public init(semitones: Int, doubling: Int? = nil, staff: Int? = nil) {
      self.semitones = semitones
      self.doubling = doubling
      self.staff = staff
    }
  }

  /// A key signature.
  public struct WrittenKey: Hashable, Sendable {
    /// Sharps if positive, flats if negative: -7 to 7.
    public var fifths: Int
    /// Whether it is minor; nil where the file does not say.
    public var isMinor: Bool?

    /// Creates a key.
    public init(fifths: Int, isMinor: Bool? = nil) {
      self.fifths = fifths
      self.isMinor = isMinor
    }
  }

  /// A time signature.
  public struct WrittenMetre: Hashable, Sendable {
    /// The beats, of a sum such as 3+2 all; 1 to 255.
    public var beats: Int
    /// The note value of a beat: 1, 2, 4, …, 128.
    public var beatType: Int

    /// Creates a metre.
    public init(beats: Int, beatType: Int) {
      self.beats = beats
      self.beatType = beatType
    }

    /// The length of a measure in ``PartwiseScore/quarter``.
    public var duration: Int { 4 * PartwiseScore.quarter * beats / beatType }
  }

  /// A clef.
  public struct Clef: Hashable, Sendable {
    /// The sign: `G`, `F`, `C`, `percussion`.
    public var sign: String
    /// The line on which it stands, from 1 at the bottom.
    public var line: Int?
    /// How many octaves higher the music sounds than under the same clef without a number.
    public var octaveChange: Int
    /// The staff, from 1 at the top.
    public var staff: Int

    /// Creates a clef.
    public init(sign: String, line: Int? = nil, octaveChange: Int = 0, staff: Int = 1) {
      self.sign = sign
      self.line = line
      self.octaveChange = octaveChange
      self.staff = staff
    }
  }

  /// What is written beside the staff, or said of the sound.
  public struct Direction: Hashable, Sendable {
    /// How far after its place it begins to sound, in ``PartwiseScore/quarter``.
    public var offset = 0
    /// The staff, from 1.
    public var staff = 1
    /// The words.
    public var words: [String] = []
    /// The dynamics, such as `mf`.
    public var dynamics: String?
    /// A hairpin that begins or ends.
    public var wedge: Wedge?
    /// What is done to a pedal.
    public var pedal: Pedal?
    /// What tells the pedal's line from others that are open.
    public var pedalNumber = 1
    /// A metronome mark.
    public var metronome: Metronome?
    /// Whether a segno is written.
    public var hasSegno = false
    /// Whether a coda sign is written.
    public var hasCoda = false
    /// What is said of the sound.
    public var sound = Sound()

    /// Creates a direction that says nothing.
    public init() {}
  }

  /// A hairpin's beginning or end.
  public enum Wedge: Hashable, Sendable {
    /// It begins; the number tells it from others that are open.
    case crescendo(number: Int)
    /// It begins.
    case diminuendo(number: Int)
    /// It ends.
    case stop(number: Int)
  }

  /// What is done to the sustain pedal, or to the sostenuto pedal.
  public enum Pedal: Hashable, Sendable {
    /// The sustain pedal is pressed.
    case start
    /// The sostenuto pedal is pressed, which holds what sounds then and nothing that is struck later.
    case sostenuto
    /// The pedal that was pressed last with this number is released.
    case stop
    /// It is released and pressed again.
    case change
    /// Its line ends here, and nothing is said of the pedal.
    case discontinue
    /// Its line begins, with the pedal down.
    case resume
  }

  /// A metronome mark.
  public struct Metronome: Hashable, Sendable {
    /// The note value that is counted.
    public var beat: NoteValue
    /// How many of them a minute has.
    public var perMinute: Double

    /// Creates a mark.
    public init(beat: NoteValue, perMinute: Double) {
      self.beat = beat
      self.perMinute = perMinute
    }

    /// The tempo in quarter notes a minute.
    public var quartersPerMinute: Double {
      perMinute * Double(beat.duration) / Double(PartwiseScore.quarter)
    }
  }

  /// What the element `sound` says.
  public struct Sound: Hashable, Sendable {
    /// The tempo in quarter notes a minute.
    public var tempo: Double?
    /// How loud notes are played, 1 to 127.
    public var velocity: UInt8?
    /// Whether the piece goes on from its beginning.
    public var isDaCapo = false
    /// The segno from which the piece goes on.
    public var dalSegno: String?
    /// The segno that stands here.
    public var segno: String?
    /// The coda sign to which the piece goes on from here, if it was sent back before.
    public var toCoda: String?
    /// The coda sign that stands here.
    public var coda: String?
    /// Whether the piece ends here, if it was sent back before.
    public var isFine = false
    /// Whether what is repeated begins here, though no sign on the page says so.
    public var startsRepeat = false
    /// The programs, counted from 0, that instruments change to, by their place in the part.
    public var programs: [ProgramChange] = []

    /// Creates a sound that says nothing.
    public init() {}
  }

  /// A change of an instrument's sound.
  public struct ProgramChange: Hashable, Sendable {
    /// Which of the part's instruments.
    public var instrument: Int
    /// The program, counted from 0.
    public var program: UInt8

    /// Creates a change.
    public init(instrument: Int, program: UInt8) {
      self.instrument = instrument
      self.program = program
    }
  }

  /// A bar line that is more than one.
  public struct Barline: Hashable, Sendable {
    /// Whether it stands at the measure's end.
    public var isAtEnd: Bool
    /// Where playing goes on.
    public var repeatSign: Repeat?
    /// An ending's beginning or end.
    public var ending: Ending?
    /// How it is drawn, in MusicXML's words, such as `light-heavy`.
    public var style: String?

    /// Creates a bar line.
    public init(
      isAtEnd: Bool, repeatSign: Repeat? = nil, ending: Ending? = nil, style: String? = nil
    ) {
      self.isAtEnd = isAtEnd
      self.repeatSign = repeatSign
      self.ending = ending
      self.style = style
    }
  }

  /// A repeat sign.
  public enum Repeat: Hashable, Sendable {
    /// What is repeated begins here.
    case forward
    /// What is repeated ends here and is played so many times; nil where the file does not say.
    case backward(times: Int?, afterJump: Bool)
  }

  /// A beginning or end of an ending.
  public enum Ending: Hashable, Sendable {
    /// What follows is played in these passages, from 1.
    case start(numbers: [Int])
    /// The ending ends here; open where its bracket is.
    case stop
  }
}
