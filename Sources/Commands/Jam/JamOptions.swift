import ArgumentParser
import Improvisation
import MuseGen
import Settings

/// Who plays when in a jam, and how the model does.
struct JamPlayingOptions: ParsableArguments {
  @Option(
    help: """
      answer: in turn, as long as your call; continue: it goes on until you play; duet: both at once; accompany: \
      it plays the other parts under you, with a model of train --given.
      """)
  var mode = JamSettings().mode

  @Option(
    help: """
      What asks for an answer: silence; pedal, the middle one, or pedal:67 for another controller; key:C2 for a \
      key.
      """)
  var cue = CueArgument(cue: nil)

  @Option(parsing: .unconditional, help: "How many bars of silence ask for an answer.")
  var silence = 1.0

  @Option(
    parsing: .unconditional,
    help: "How many bars an answer has (default: as many as the call, 16 at most).")
  var answerBars: Int?

  @Option(
    parsing: .unconditional, help: "The MIDI channel of answers, 1 to 16; drums keep channel 10.")
  var channel = Int(JamSettings().answerChannel) + 1

  @Flag(
    inversion: .prefixedNo,
    help: "Sound what you play where the answer sounds, too.")
  var thru = true

  @Option(
    parsing: .unconditional, help: "Below 1 safer, above 1 bolder (default: the model's, else 1).")
  var temperature: Float?

  @Option(
    parsing: .unconditional,
    help: """
      Choose among the likeliest events that together have this probability (default: the model's, else 1).
      """)
  var topP: Float?

  @Option(
    parsing: .unconditional,
    help: """
      Choose among events at least this likely, relative to the likeliest (default: the model's, else 0).
      """)
  var minP: Float?

  @Option(
    parsing: .unconditional,
    help: """
      How much the model repeats itself and you: 0 never to 2 as often as it can (default: the model's, else 1).
      """)
  var repeats: Float?

  @Option(
    parsing: .unconditional,
    help: """
      How many notes the model may let sound at once; 0 for as many as it likes (default: the model's, else 0).
      """)
  var polyphony: Int?

  @Option(
    parsing: .unconditional,
    help: """
      End the model's notes after so long, such as 4s; 0 after the longest that it learned from, and never where \
      notes carry their lengths (default: the model's, else 0).
      """)
  var longestNote: TimeSpan?

  @Option(parsing: .unconditional, help: "How many notes a second to aim at.")
  var density: Double?

  @Option(
    help: "The key to lean to (default: the one that you play in, where the model knows keys).")
  var key: String?

  @Option(help: "The style, of those that the model knows.")
  var style: String?

  @Option(
    parsing: .unconditional,
    help: "The seed of every random choice (default: a new one, printed).")
  var seed: UInt64?

  /// The flags' names.
  static let flags = [
    "mode", "cue", "silence", "answer-bars", "channel", "thru", "repeats", "style", "temperature",
    "top-p", "min-p", "polyphony", "longest-note", "density", "key", "seed",
  ]

  /// Who plays when.
  func settings() throws -> JamSettings {
    var settings = JamSettings()
    settings.mode = mode
    settings.cue = cue.cue ?? .silence(bars: silence)
    settings.answerBars = answerBars
    guard 1...16 ~= channel else {
      throw Failure(.usage, "--channel is \(channel), expected 1 to 16")
    }
    settings.answerChannel = UInt8(channel - 1)
    settings.passesThrough = thru
    return settings
  }

  /// Refuses flags that were typed and do nothing with a model.
  func checkFlags(for model: Model) throws(Failure) {
    let (typed, abilities) = (Invocation.current.flags, model.abilities)
    if typed.contains("repeats"), !abilities.recalls {
      throw Failure(.usage, "--repeats has no effect on this model, which recalls nothing")
    }
    if typed.contains("key"), !abilities.strikesPitches {
      throw Failure(.usage, "--key has no effect on this model, which plays drums only")
    }
    if typed.contains("style"), abilities.conditions?.tells(.style) != true {
      throw Failure(.usage, "--style has no effect on this model, which knows no styles")
    }
  }

  /// How the model writes.
  func generation() throws -> GenerationSettings {
    var settings = GenerationSettings()
    settings.steering.density = density
    settings.conditions.style = style
    settings.seed = seed ?? GenerationSettings.newSeed()
    if let key {
      guard let scale = Scale(key) else {
        throw Failure(
          .usage, "--key is \"\(key)\", expected a tonic and a mode such as D-minor or A-dorian")
      }
      settings.steering.keep(to: scale)
    }
    settings.apply(asked)
    do throws(GenerationError) {
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    return settings
  }

  /// What was asked for of what a model may suggest.
  var asked: Suggestions {
    var asked = Suggestions()
    asked.temperature = temperature
    asked.topP = topP
    asked.minP = minP
    asked.repeats = repeats
    asked.polyphony = polyphony
    asked.longestNoteSeconds = longestNote?.seconds
    return asked
  }
}

/// The time that both keep in a jam.
struct JamTimeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Quarter notes a minute.")
  var tempo = JamSettings().quartersPerMinute

  @Option(parsing: .unconditional, help: "The metre, such as 3/4 or 6/8.")
  var metre = "4/4"

  @Flag(help: "Click the beats.")
  var metronome = false

  @Option(parsing: .unconditional, help: "How many bars are clicked before the first.")
  var countIn = 0

  @Option(
    help: """
      Follow another tempo: clock, that of a device whose MIDI clock comes with what you play, or of JACK's \
      transport; playing, your own.
      """)
  var follow: JamSettings.Leader?

  @Flag(help: "Send a MIDI clock to --out, or with --jack to its MIDI port.")
  var sendClock = false

  /// The flags' names.
  static let flags = ["metre", "metronome", "count-in", "follow", "tempo", "send-clock"]

  /// The settings with the time in them, checked.
  func applied(to settings: JamSettings) throws -> JamSettings {
    var settings = settings
    let parts = metre.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let numerator = parts[0], let denominator = parts[1] else {
      throw Failure(.usage, "--metre is \"\(metre)\", expected such as 3/4 or 6/8")
    }
    settings.metre = PieceAttributes.Metre(numerator: numerator, denominator: denominator)
    settings.quartersPerMinute = tempo
    settings.clicks = metronome
    settings.countInBars = countIn
    settings.follows = follow
    settings.sendsClock = sendClock
    do throws(SettingError) {
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    return settings
  }
}

/// What asks for an answer, on the command line.
struct CueArgument: FormedArgument, CustomStringConvertible {
  static let form = "silence, pedal, pedal:67 or key:C2"

  /// The pedal or the key; nil for silence.
  var cue: JamSettings.Cue?

  init(cue: JamSettings.Cue?) { self.cue = cue }

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
    switch (parts.first, parts.dropFirst().first) {
    case ("silence", nil): cue = nil
    case ("pedal", nil): cue = .controller(Self.sostenuto)
    case ("pedal", let number?):
      guard let number = UInt8(number), number < 120 else { return nil }
      cue = .controller(number)
    case ("key", let name?):
      guard let pitch = UInt8(name) ?? Pitch(name: name).map({ UInt8($0.number) }), pitch < 128
      else { return nil }
      cue = .key(pitch)
    default: return nil
    }
  }

  /// The middle one of three pedals, which few pieces use.
  private static let sostenuto: UInt8 = 66

  var description: String {
    switch cue {
    case .controller(let number)?: "pedal:\(number)"
    case .key(let pitch)?: "key:\(pitch)"
    case .silence?, nil: "silence"
    }
  }

  var defaultValueDescription: String { description }
}
