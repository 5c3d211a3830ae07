import ArgumentParser
import Foundation
import MuseGen

/// `musegen render`: turns a MIDI file into a sound file.
struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Turns a MIDI file into a .wav, .flac or .ogg file.")

  @Argument(
    help: "The MIDI file.", completion: .file(extensions: ["mid", "midi", "kar", "rmi"]))
  var input: String

  @OptionGroup var sound: SoundOptions

  @Option(
    name: [.short, .long],
    help: "The sound file; its ending chooses the format (default: the input's name with .wav).")
  var output: String?

  mutating func run() async throws {
    let output =
      output ?? URL(filePath: input).deletingPathExtension().lastPathComponent + ".wav"
    do {
      _ = try AudioFormat(path: output)
    } catch {
      throw Failure(error)
    }
    var settings = RenderSettings(synthesizer: try sound.synthesizerSettings())
    settings.metadata.title = URL(filePath: input).deletingPathExtension().lastPathComponent
    let score = try readScore(at: input)
    let soundFont = try sound.soundFont()
    let report: RenderReport
    do {
      report = try render(
        Performance(score), to: output, soundFont: soundFont, settings: settings)
    } catch {
      throw Failure(error)
    }
    let level = report.peak > 0 ? decimals(20 * log10(Double(report.peak)), 1) + " dB" : "silence"
    print("\(output): \(decimals(report.seconds, 1)) s, loudest sample \(level)")
    if report.clippedSamples > 0 {
      standardError("musegen: \(report.clippedSamples) samples were too loud and cut; lower --gain")
    }
  }
}
