public import StandardMIDIFile

/// One part of a ``Score``: what one channel of one file track plays.
public struct Track: Hashable, Sendable {
  /// The track's name (meta event 3), empty where it has none.
  public var name: String
  /// The channel, 0 to 15.
  public var channel: UInt8
  /// The notes, by onset, then pitch, then end.
  public var notes: [Note]
  /// All other channel messages, by tick, then in the file's order, which ``TrackMessage/order``
  /// follows; at one tick they come before the notes.
  public var messages: [TrackMessage]
  /// Lyrics and other texts, by tick, then in the file's order.
  public var texts: [TextEvent]
  /// The port that it is sent to, 0 to 127: each has sixteen channels of its own.
  public var port: UInt8
  /// Whether the track is not what its channel makes it in General MIDI.
  private var isUnusual = false

  /// Creates a track; `isDrums` is nil where its channel says whether it plays drums.
  public init(
    name: String = "", channel: UInt8 = 0, notes: [Note] = [], messages: [TrackMessage] = [],
    texts: [TextEvent] = [], port: UInt8 = 0, isDrums: Bool? = nil
  ) {
    self.port = port
    self.name = name
    self.channel = channel
    self.notes = notes
    self.messages = messages
    self.texts = texts
    if let isDrums { self.isDrums = isDrums }
  }

  /// A channel of a port, which is one part whichever tracks play it.
  public struct Part: Hashable, Sendable {
    /// The port, 0 to 127.
    public var port: UInt8
    /// The channel, 0 to 15.
    public var channel: UInt8

    /// Creates a part.
    public init(port: UInt8, channel: UInt8) {
      self.port = port
      self.channel = channel
    }
  }

  /// The part that the track plays.
  public var part: Part { Part(port: port, channel: channel) }

  /// Whether the track plays a drum kit: that of General MIDI's channel 10 (9 counted from 0) does, if
  /// nothing says otherwise.
  ///
  /// Of a file it is what the synthesizer is told to make of the channel; see ``Score/init(_:)``.
  public var isDrums: Bool {
    get { (channel == 9) != isUnusual }
    set { isUnusual = newValue != (channel == 9) }
  }

  /// The tick at which the last note ends, 0 where there is none.
  ///
  /// - Complexity: O(*n*) in the number of notes.
  public var lastNoteEnd: Int { notes.reduce(0) { max($0, $1.end) } }
}

/// A sounding note of a ``Score``, in ticks.
public struct Note: Hashable, Sendable {
  /// The tick at which the note is struck.
  public var onset: Int
  /// How long it sounds, in ticks; 0 for a note-off on the tick of its note-on.
  public var duration: Int
  /// The MIDI pitch, 0 to 127, 60 for middle C.
  public var pitch: UInt8
  /// The strike velocity, 1 to 127.
  public var velocity: UInt8
  /// The release velocity, 0 to 127; 64 where the file used a note-on of velocity 0.
  public var releaseVelocity: UInt8

  /// Creates a note.
  public init(
    onset: Int, duration: Int, pitch: UInt8, velocity: UInt8 = 64, releaseVelocity: UInt8 = 64
  ) {
    self.onset = onset
    self.duration = duration
    self.pitch = pitch
    self.velocity = velocity
    self.releaseVelocity = releaseVelocity
  }

  /// The tick at which the note is released.
  public var end: Int { onset + duration }
}

/// What a track's channel is told besides its notes, and when.
public struct TrackMessage: Hashable, Sendable {
  /// The tick at which it happens.
  public var tick: Int
  /// The instruction.
  public var kind: Kind
  /// Its place among the messages of its tick, in whichever track: those of a lower order are sent
  /// first, and of those of the same order the system exclusive ones.
  ///
  /// 0 for all but what follows a system exclusive message that follows other messages of its tick.
  public var order: UInt32

  /// Creates a message.
  public init(tick: Int, kind: Kind, order: UInt32 = 0) {
    self.tick = tick
    self.kind = kind
    self.order = order
  }

  /// A channel message that is not a note, without its channel.
  public enum Kind: Hashable, Sendable {
    /// A controller's new value.
    case control(controller: UInt8, value: UInt8)
    /// A new program, 0 to 127.
    case program(UInt8)
    /// The bend wheel's position, 0 to 16,383.
    case pitchBend(UInt16)
    /// Pressure on all held keys.
    case channelPressure(UInt8)
    /// Pressure on one held key.
    case polyphonicPressure(pitch: UInt8, pressure: UInt8)
  }
}

extension TrackMessage.Kind {
  /// The message for a channel.
  public func message(channel: UInt8) -> ChannelMessage {
    switch self {
    case .control(let controller, let value):
      .controlChange(channel: channel, controller: controller, value: value)
    case .program(let program): .programChange(channel: channel, program: program)
    case .pitchBend(let value): .pitchBend(channel: channel, value: value)
    case .channelPressure(let pressure): .channelPressure(channel: channel, pressure: pressure)
    case .polyphonicPressure(let pitch, let pressure):
      .polyphonicPressure(channel: channel, pitch: pitch, pressure: pressure)
    }
  }

  /// The instruction in a packed channel message that is neither note-on nor note-off.
  init(_ packed: PackedEvent) {
    self =
      switch packed.tag {
      case 0xA: .polyphonicPressure(pitch: packed.data1, pressure: packed.data2)
      case 0xB: .control(controller: packed.data1, value: packed.data2)
      case 0xC: .program(packed.data1)
      case 0xD: .channelPressure(packed.data1)
      default: .pitchBend(UInt16(packed.data1) | UInt16(packed.data2) << 7)
      }
  }
}

extension Track {
  /// The program changes of this track, by tick; ``ChannelPrograms`` has all of a channel.
  public var programs: [(tick: Int, program: UInt8)] {
    messages.compactMap { message in
      if case .program(let program) = message.kind { (message.tick, program) } else { nil }
    }
  }
}

/// The names that General MIDI gives to programs.
public enum GeneralMIDI {
  /// The name of a program, 0 to 127, such as `Acoustic Grand Piano` for 0.
  ///
  /// - Parameter program: the program, counted from 0 as in the bytes.
  /// - Returns: the name in General MIDI Level 1.
  public static func name(ofProgram program: UInt8) -> String { programs[Int(program & 0x7F)] }

  /// The program that a name is meant for: the one of that name, else the first that has its words in its own.
  ///
  /// - Parameter name: such as `violin`, `French horn` or `church-organ`, in letters of any case.
  /// - Returns: the program, 0 to 127; nil where none has these words.
  public static func program(named name: String) -> UInt8? {
    let words = words(of: name)
    if words.isEmpty { return nil }
    // Of the programs with strings in their names the plain ones are not the first.
    if words == ["strings"] { return 48 }
    let names = programs.map(words(of:))
    let place =
      names.firstIndex(of: words)
      ?? names.firstIndex { own in words.allSatisfy { own.contains($0) } }
    return place.map { UInt8($0) }
  }

  private static func words(of name: String) -> [String] {
    name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// All names, from that of program 0 to that of 127.
  public static var names: [String] { programs }

  private static let programs = [
    "Acoustic Grand Piano", "Bright Acoustic Piano", "Electric Grand Piano", "Honky-tonk Piano",
    "Electric Piano 1", "Electric Piano 2", "Harpsichord", "Clavinet", "Celesta", "Glockenspiel",
    "Music Box", "Vibraphone", "Marimba", "Xylophone", "Tubular Bells", "Dulcimer",
    "Drawbar Organ", "Percussive Organ", "Rock Organ", "Church Organ", "Reed Organ", "Accordion",
    "Harmonica", "Tango Accordion", "Nylon Guitar", "Steel Guitar", "Jazz Guitar",
    "Clean Guitar", "Muted Guitar", "Overdriven Guitar", "Distortion Guitar",
    "Guitar Harmonics", "Acoustic Bass", "Fingered Bass", "Picked Bass", "Fretless Bass",
    "Slap Bass 1", "Slap Bass 2", "Synth Bass 1", "Synth Bass 2", "Violin", "Viola", "Cello",
    "Contrabass", "Tremolo Strings", "Pizzicato Strings", "Orchestral Harp", "Timpani",
    "String Ensemble 1", "String Ensemble 2", "Synth Strings 1", "Synth Strings 2",
    "Choir Aahs", "Voice Oohs", "Synth Voice", "Orchestra Hit", "Trumpet", "Trombone", "Tuba",
    "Muted Trumpet", "French Horn", "Brass Section", "Synth Brass 1", "Synth Brass 2",
    "Soprano Sax", "Alto Sax", "Tenor Sax", "Baritone Sax", "Oboe", "English Horn", "Bassoon",
    "Clarinet", "Piccolo", "Flute", "Recorder", "Pan Flute", "Blown Bottle", "Shakuhachi",
    "Whistle", "Ocarina", "Square Lead", "Sawtooth Lead", "Calliope Lead", "Chiff Lead",
    "Charang Lead", "Voice Lead", "Fifths Lead", "Bass and Lead", "New Age Pad", "Warm Pad",
    "Polysynth Pad", "Choir Pad", "Bowed Pad", "Metallic Pad", "Halo Pad", "Sweep Pad", "Rain",
    "Soundtrack", "Crystal", "Atmosphere", "Brightness", "Goblins", "Echoes", "Sci-fi", "Sitar",
    "Banjo", "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shanai", "Tinkle Bell", "Agogo",
    "Steel Drums", "Woodblock", "Taiko Drum", "Melodic Tom", "Synth Drum", "Reverse Cymbal",
    "Guitar Fret Noise", "Breath Noise", "Seashore", "Bird Tweet", "Telephone Ring",
    "Helicopter", "Applause", "Gunshot",
  ]
}
