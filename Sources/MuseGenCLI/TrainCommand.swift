import ArgumentParser
import Foundation
import MuseGen

/// `musegen train`: learns from MIDI files and writes a model.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learns from MIDI files and writes a model.",
    discussion: """
      Checkpoints and a log go to the run's folder; Ctrl-C finishes the step, saves, and says how \
      to go on.
      """)

  @Argument(
    help:
      "Folders (searched recursively), .mid/.midi/.kar/.rmi/.abc files, globs, or a collection of musegen corpus.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var pieces: [String] = []

  @Option(name: [.short, .long], help: "The model file to write (default: model.safetensors).")
  var output: String?

  @OptionGroup(title: "Vocabulary") var vocabulary: VocabularyOptions
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Model file") var file: ModelFileOptions

  @Option(help: "The run's folder (default: runs/ and the corpus' name).")
  var run: String?

  @Option(help: "Go on, to the bit, with the run in this folder; only its length may be changed.")
  var resume: String?

  mutating func run() async throws {
    Interruption.listen()
    if let resume {
      guard pieces.isEmpty, run == nil else {
        throw Failure(.usage, "--resume takes its corpus and folder from \(resume); leave them out")
      }
      var settings = try training.settings(
        vocabulary: vocabulary.configuration(), network: network.configuration)
      settings.length = TrainingSettings().length
      guard settings == TrainingSettings() else {
        throw Failure(.usage, "--resume keeps the run's settings; only its length may be changed")
      }
      guard file.isEmpty else {
        throw Failure(.usage, "--resume keeps what the model file says; change it with convert")
      }
      try TrainingSession.resume(resume, length: try training.length, output: output).train()
    } else {
      guard !pieces.isEmpty else {
        throw Failure(.usage, "no corpus given; name a folder of MIDI files, such as midi/")
      }
      let settings = try training.settings(
        vocabulary: vocabulary.configuration(), network: network.configuration)
      try TrainingSession.start(
        settings: settings, merges: vocabulary, pieces: pieces, folder: run,
        output: output ?? "model.safetensors", file: file
      ).train()
    }
  }
}
