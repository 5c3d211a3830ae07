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
    var lines = ["sound devices (--device):"]
    lines += list(SoundDevice.list().map { ($0.name, $0.description) })
    lines += ["", "MIDI ports (--port):"]
    do throws(PlaybackError) {
      lines += list(try SequencerPort.list().map { ($0.name, $0.description) })
    } catch {
      if case .portUnavailable(_, let problem) = error.reason {
        lines.append("  none: the ALSA sequencer: \(problem)")
      }
    }
    if let inputs = try? SequencerInput.list() {
      lines += ["", "MIDI ports to play at (--in):"]
      lines += list(inputs.map { ($0.name, $0.description) })
    }
    lines += ["", "SoundFont (--soundfont):"]
    do throws(PlaybackError) {
      lines.append("  \(try SoundFont.discover(explicit: soundfont).path)")
    } catch {
      if soundfont != nil { throw Failure(error) }
      lines.append("  none: \(Failure(error).message)")
    }
    try StandardOutput.lines(lines)
  }

  private func list(_ entries: [(name: String, description: String)]) -> [String] {
    if entries.isEmpty { return ["  none"] }
    return TextTable(entries.map { ["  " + $0.name, $0.description] }).lines
  }
}
