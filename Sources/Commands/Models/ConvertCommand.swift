import Drawing
import ArgumentParser
import FileStorage
import MuseGen
import Safetensors

/// `musegen convert`: writes a model anew, smaller or with another label.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Writes a model file anew, smaller or with another label.",
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

  mutating func run() throws {
    try OutputFile.checkEnding(of: output, among: ["safetensors"])
    let target = OutputFile(given: output, overwrite: overwrite)
    try target.check()
    var model = try model.load()
    model.provenance.apply(file.label)
    let bytes = model.safetensors(precision: file.store ?? .f32).encoded()
    try target.write(bytes)
    try StandardOutput.line("\(output): \(model.summary), \(bytes.count.grouped) bytes")
  }
}
