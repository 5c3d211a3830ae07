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
      as f32.
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.short, .long], help: "The model file to write.",
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @OptionGroup var overwrite: OverwriteOptions

  @OptionGroup var file: ModelFileOptions

  @OptionGroup(title: "Defaults")
  var defaults: SuggestionOptions

  mutating func run() throws {
    try OutputFile.checkEnding(of: output, among: ["safetensors"])
    let target = OutputFile(given: output, overwrite: overwrite)
    try target.check()
    var model = try model.load()
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
    let bytes = model.safetensors(precision: file.store ?? .f32).encoded()
    try target.write(bytes)
    try StandardOutput.line("\(output): \(model.summary), \(bytes.count.grouped) bytes")
  }
}
