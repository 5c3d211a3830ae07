import ArgumentParser
import MuseGen

/// With which sounds notes are played.
struct SoundOptions: ParsableArguments {
  @Option(
    help: "The SoundFont (default: $MUSEGEN_SOUNDFONT, soundfonts/, the user's, the system's).",
    completion: .file(extensions: ["sf2", "sf3"]))
  var soundfont: String?

  @Option(parsing: .unconditional, help: "The synthesizer's loudness, 0 to 10.")
  var gain = SynthesizerSettings().gain

  @Option(parsing: .unconditional, help: "Samples a second.")
  var sampleRate = SynthesizerSettings().sampleRate

  /// Finds the SoundFont.
  func soundFont() throws -> SoundFont {
    do {
      return try SoundFont.discover(explicit: soundfont)
    } catch {
      throw Failure(error)
    }
  }

  /// The synthesizer's settings.
  func synthesizerSettings() throws -> SynthesizerSettings {
    var settings = SynthesizerSettings()
    settings.gain = gain
    settings.sampleRate = sampleRate
    do {
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    return settings
  }
}

extension Failure {
  /// What keeps music from being heard, with the exit code of its kind.
  init(_ error: PlaybackError) {
    let code: Code =
      switch error.reason {
      case .settingInvalid, .formatUnknown: .usage
      case .soundFontInvalid: .data
      case .soundFontMissing(let name, _): name == nil ? .unavailable : .noInput
      case .file(let file): file.operation == .write ? .cannotCreate : .noInput
      case .encodingFailed: .inputOutput
      default: .unavailable
      }
    self.init(code, "\(error)")
  }
}
