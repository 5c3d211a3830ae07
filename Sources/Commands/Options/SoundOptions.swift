import ArgumentParser
import FileStorage
package import MuseGen
import Settings

/// With which sounds notes are played.
struct SoundOptions: ParsableArguments {
  @Option(
    help: "The SoundFont (default: $MUSEGEN_SOUNDFONT, soundfonts/, the user's, the system's).",
    completion: .file(extensions: ["sf2", "sf3"]))
  var soundfont: String?

  @Option(parsing: .unconditional, help: "The synthesizer's loudness, 0 to 10.")
  var gain = SynthesizerSettings().gain

  @Option(
    parsing: .unconditional,
    help: """
      Samples a second (default: \(SynthesizerSettings().sampleRate), or the highest that the \
      format of a sound file takes instead).
      """)
  var sampleRate: Int?

  @Option(parsing: .unconditional, help: "The size of the room, 0 for none to 1 for a hall.")
  var reverb = SynthesizerSettings.Reverb().roomSize

  @Option(parsing: .unconditional, help: "The level of the chorus, 0 for none to 10.")
  var chorus = SynthesizerSettings.Chorus().level

  @Option(parsing: .unconditional, help: "How many voices the synthesizer may sound at once.")
  var voices = SynthesizerSettings().voices

  @Option(
    parsing: .unconditional,
    help: """
      Play all but the drums with this program, in MIDI files as well: 0 to 127, or a name such as violin.
      """)
  var program: ProgramArgument?

  /// The flags' names.
  static let flags = ["program"] + soundFlags
  /// The names of those that MIDI files do not tell.
  static let soundFlags = ["soundfont", "gain", "sample-rate", "reverb", "chorus", "voices"]
  /// When they do nothing.
  static let withoutSoundFile = "without a sound file among the outputs"

  /// Finds the SoundFont.
  func soundFont() throws -> SoundFont {
    do {
      return try SoundFont.discover(explicit: soundfont)
    } catch {
      throw Failure(error)
    }
  }

  /// The program, checked.
  ///
  /// - Throws: `Failure` for a setting out of its range.
  func checkedProgram() throws -> UInt8? { try synthesizerSettings().program }

  /// The synthesizer's settings.
  ///
  /// - Parameter format: the format of the sound file, nil where there is none.
  /// - Returns: the settings, checked.
  /// - Throws: `Failure` for a setting out of its range, or that the format cannot have.
  func synthesizerSettings(for format: AudioFormat? = nil) throws -> SynthesizerSettings {
    var settings = SynthesizerSettings()
    settings.gain = gain
    if let rates = format?.sampleRates, let highest = rates.last,
      !rates.contains(settings.sampleRate)
    {
      settings.sampleRate = highest
    }
    settings.sampleRate = sampleRate ?? settings.sampleRate
    settings.reverb = reverb == 0 ? nil : SynthesizerSettings.Reverb(roomSize: reverb)
    settings.chorus = chorus == 0 ? nil : SynthesizerSettings.Chorus(level: chorus)
    settings.voices = voices
    settings.program = program?.number
    do {
      try settings.validate()
      try format?.validate(sampleRate: settings.sampleRate)
    } catch {
      throw Failure(error)
    }
    return settings
  }
}

extension Failure {
  /// What keeps music from being heard, with the exit code of its kind.
  package init(_ error: PlaybackError) {
    if case .file(let file) = error.reason {
      self.init(file)
      return
    }
    let code: Code =
      switch error.reason {
      case .setting, .formatUnknown: .usage
      case .soundFontInvalid: .data
      case .soundFontMissing(let name, _): name == nil ? .unavailable : .noInput
      case .encodingFailed: .inputOutput
      default: .unavailable
      }
    self = error.setting.map { Failure($0) } ?? Failure(code, "\(error)\(error.hint)")
  }
}

extension PlaybackError {
  /// What the user can do about it.
  fileprivate var hint: String {
    switch reason {
    case .soundFontMissing: ", or name one with --soundfont"
    case .soundFontInvalid: "; name another SoundFont with --soundfont"
    case .deviceUnavailable:
      "; choose another with --device, or write a sound file: new music with musegen generate -o "
        + "piece.wav, a MIDI file's with musegen render"
    case .deviceUnsuitable(let name, _):
      name.hasPrefix("plug:")
        ? "; choose another with --device, musegen devices lists them"
        : "; try --device plug:\(name)"
    case .portUnavailable: "; musegen devices lists the ports"
    default: ""
    }
  }
}
