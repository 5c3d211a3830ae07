import ArgumentParser
import MuseGen

/// Where music is played: through a sound device or a MIDI port.
struct PlaceOptions: ParsableArguments {
  @Option(help: "The sound device, by its ALSA name; see musegen devices.")
  var device = LiveSettings().device

  @Option(
    parsing: .unconditional,
    help: "The device's buffer in seconds: longer survives a busier machine.")
  var latency = LiveSettings().latency

  @Option(help: "Play on the synthesizer behind this MIDI port instead; see musegen devices.")
  var port: String?

  /// Finds the SoundFont or the port before anything else is done.
  func opener(sound: SoundOptions) throws -> PlayerOpener {
    if let port {
      do {
        return .port(try SequencerPort(name: port))
      } catch {
        throw Failure(error)
      }
    }
    return .device(
      LiveSettings(
        synthesizer: try sound.synthesizerSettings(), device: device, latency: latency),
      sound)
  }
}

/// Opens a player where the music shall be heard.
enum PlayerOpener: Sendable {
  case device(LiveSettings, SoundOptions)
  case port(SequencerPort)

  func open(_ performance: Performance) throws(PlaybackError) -> LivePlayer {
    switch self {
    case .device(let settings, let sound):
      try LivePlayer(
        performance, soundFont: SoundFont.discover(explicit: sound.soundfont), settings: settings)
    case .port(let port): LivePlayer(performance, output: port)
    }
  }

  func open(_ queue: MessageQueue) throws(PlaybackError) -> LivePlayer {
    switch self {
    case .device(let settings, let sound):
      try LivePlayer(
        queue, soundFont: SoundFont.discover(explicit: sound.soundfont), settings: settings)
    case .port(let port): LivePlayer(queue, output: port)
    }
  }
}
