import Drawing
import ArgumentParser
import FileStorage
import MuseGen
import Safetensors

/// `musegen convert`: writes a model anew, smaller, with another label or other defaults.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes a model file anew, smaller, with another label or other defaults.",
    discussion: """
      What is not given stays as it was; weights that were stored as bf16 do not become more exact \
      as f32. --count-repeats gives a model of an older musegen what generate goes by since then: \
      how often the pieces that it learned from repeat a passage, and from how far back.
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.short, .long], help: "The model file to write.",
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @OptionGroup var overwrite: OverwriteOptions

  @OptionGroup var file: ModelFileOptions

  @Option(
    name: .customLong("count-repeats"),
    help: ArgumentHelp(
      "Count anew how these pieces quote themselves: a folder, file, glob or collection; may be given again.",
      valueName: "pieces"))
  var counted: [String] = []

  @OptionGroup(title: "Defaults")
  var defaults: SuggestionOptions

  mutating func run() throws {
    try OutputFile.checkEnding(of: output, among: ["safetensors"])
    let target = OutputFile(given: output, overwrite: overwrite)
    try target.check()
    let (stored, path) = try self.model.loadFile()
    var model = try ModelOptions.model(in: stored, path: path)
    let isHalved =
      !stored.tensors.isEmpty && stored.tensors.allSatisfy { $0.element == .bfloat16 }
    model.provenance.apply(file.label)
    if let suggestions = defaults.suggestions {
      model.provenance.suggestions = model.provenance.suggestions ?? Suggestions()
      model.provenance.suggestions?.apply(suggestions)
      do throws(GenerationError) {
        try model.checkSuggestions()
      } catch {
        throw Failure(error)
      }
    }
    if !counted.isEmpty {
      guard model.network.configuration.recall != nil else {
        throw Failure(.usage, "--count-repeats has no effect on a model that recalls nothing")
      }
      let corpus = try NamedMusic(counted).corpus(in: model.vocabulary, terminal: Terminal())
      PieceRepeats(of: corpus, for: model).map { model.provenance.apply($0) }
    }
    let bytes = model.safetensors(precision: file.store ?? (isHalved ? .bf16 : .f32)).encoded()
    try target.write(bytes)
    try StandardOutput.line("\(output): \(model.summary), \(bytes.count.grouped) bytes")
  }
}
