import ArgumentParser
import MuseGen

/// `musegen devices`: lists where music can be played, and with which sounds.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "Lists sound devices, MIDI ports and the SoundFont.")

  @Option(help: "The SoundFont to look for.", completion: .file(extensions: ["sf2", "sf3"]))
  var soundfont: String?

  @Option(help: "Instead of listing, silence whatever sounds behind this MIDI port.")
  var silence: String?

  mutating func run() throws {
    if let silence {
      do throws(PlaybackError) {
        try SequencerPort(name: silence).silence()
      } catch {
        throw Failure(error)
      }
      return
    }
    print("sound devices (--device):")
    list(SoundDevice.list().map { ($0.name, $0.description) })
    print("\nMIDI ports (--port):")
    do throws(PlaybackError) {
      list(try SequencerPort.list().map { ($0.name, $0.description) })
    } catch {
      if case .portUnavailable(_, let problem) = error.reason {
        print("  none: the ALSA sequencer: \(problem)")
      }
    }
    print("\nSoundFont (--soundfont):")
    do throws(PlaybackError) {
      print("  \(try SoundFont.discover(explicit: soundfont).path)")
    } catch {
      if soundfont != nil { throw Failure(error) }
      print("  none: \(Failure(error).message)")
    }
  }

  private func list(_ entries: [(name: String, description: String)]) {
    if entries.isEmpty { print("  none") }
    let width = min(40, entries.map(\.name.count).max() ?? 0)
    for entry in entries {
      let padding = String(repeating: " ", count: max(0, width - entry.name.count))
      print("  \(entry.name)\(padding)  \(entry.description)")
    }
  }
}
