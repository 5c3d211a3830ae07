public import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MidiTok
import MuseGen
public import ONNX
import Safetensors
import Settings

/// `musegen convert`: writes a model anew, smaller, with another label or other defaults.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes a model file anew, smaller, with another label, or for other programs.",
    discussion: """
      To a name that ends in .onnx it writes the network as a graph for programs that run such: tokens, recall \
      and states go in, logits and states come out. From weights that PyTorch has saved as .safetensors it makes a \
      model, where a file of the same name that ends in .json tells cell and vocabulary. Both are described in \
      Documentation/PyTorch.md. To a name that ends in .json it writes the vocabulary, tsd or remi, as a tokenizer of \
      MidiTok's.

      What is not given stays as it was; weights that were stored as bf16 do not become more exact \
      as f32. --count-repeats gives a model of an older musegen what generate goes by since then: \
      how often the pieces that it learned from repeat a passage, and from how far back, \
      which degrees of its key each has, and between which pitches they lie.
      """)

  @Argument(
    help: ArgumentHelp("The model, as by -m; or weights of PyTorch's.", valueName: "model"),
    completion: .file(extensions: ["safetensors"]))
  var source: String?

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.short, .long], help: "The file to write: .safetensors, .onnx or .json.",
    completion: .file(extensions: ["safetensors", "onnx", "json"]))
  var output: String

  @Option(help: "What an .onnx file reads at a time: a window of any length, or a step.")
  var graph = ONNXGraph.window

  @OptionGroup var overwrite: OverwriteOptions

  @OptionGroup var file: ModelFileOptions

  @Option(
    name: .customLong("count-repeats"),
    help: ArgumentHelp(
      "Count anew how these pieces quote themselves, and which degrees they have: a folder, file, glob or collection; may be given again.",
      valueName: "pieces"))
  var counted: [String] = []

  @OptionGroup var labels: LabelOptions

  @OptionGroup(title: "Defaults")
  var defaults: SuggestionOptions

  /// Whether a graph for other programs is written.
  var isGraph: Bool { output.lowercased().hasSuffix(".onnx") }
  /// Whether a tokenizer for other programs is written.
  private var isTokenizer: Bool { output.lowercased().hasSuffix(".json") }
  /// Whether what is written is no model of musegen's.
  var isForOthers: Bool { isGraph || isTokenizer }

  mutating func run() throws {
    try OutputFile.checkEnding(of: output, among: ["safetensors", "onnx", "json"])
    if let source {
      guard model.model == nil else {
        throw Failure(.usage, "-m and \(source) both name a model; give one")
      }
      model.model = source
    }
    let target = OutputFile(given: output, overwrite: overwrite)
    try target.check()
    let (stored, path) = try self.model.loadFile()
    var model = try Self.model(in: stored, path: path)
    if isTokenizer { return try writeTokenizer(of: model.vocabulary, to: target) }
    if isGraph {
      let bytes = model.onnx(graph)
      try target.write(bytes)
      return try StandardOutput.line(
        "\(output): \(model.summary), a \(graph.rawValue) in ONNX, \(bytes.count.grouped) bytes")
    }
    let isHalved =
      !stored.tensors.isEmpty && stored.tensors.allSatisfy { $0.element == .bfloat16 }
    model.provenance.apply(file.label)
    if let suggestions = defaults.suggestions {
      model.provenance.suggestions = model.provenance.suggestions ?? Suggestions()
      model.provenance.suggestions?.apply(suggestions)
    }
    do throws(GenerationError) {
      try model.checkSuggestions()
    } catch {
      let isGiven = defaults.suggestions?.values.contains { $0.key == error.setting?.key } ?? false
      throw isGiven ? Failure(error) : Failure(suggested: error, in: path)
    }
    if !counted.isEmpty {
      guard labels.labels == nil || model.vocabulary.knownConditions?.tells(.style) == true else {
        throw Failure(.usage, "--labels has no effect on this model, which knows no styles")
      }
      let corpus = try NamedMusic(counted).corpus(
        in: model.vocabulary, labels: labels, terminal: Terminal())
      model.provenance.apply(PieceRepeats(of: corpus, for: model))
      model.provenance.degreeProfiles = DegreeProfiles(of: corpus)
      // What training has found reaches as far as it transposed the pieces.
      let pitches = LearnedPitches(of: corpus)
      model.provenance.pitches = model.provenance.pitches?.joined(with: pitches) ?? pitches
      try corpus.checkIsWhole()
    }
    let bytes = model.safetensors(precision: file.store ?? (isHalved ? .bf16 : .f32)).encoded()
    try target.write(bytes)
    try StandardOutput.line("\(output): \(model.summary), \(bytes.count.grouped) bytes")
  }

  private func writeTokenizer(of vocabulary: any Vocabulary, to target: OutputFile) throws {
    let (bytes, differences): ([UInt8], [String])
    do {
      (bytes, differences) = try MidiTokTokenizer.json(of: vocabulary.configuration)
    } catch {
      throw Failure(.data, "\(error)")
    }
    for difference in differences { Terminal.warn("\(output): \(difference)") }
    try target.write(bytes)
    try StandardOutput.line(
      "\(output): a tokenizer for MidiTok, \(vocabulary.count.grouped) tokens, \(bytes.count.grouped) bytes"
    )
  }

  /// A model of musegen's, or one of weights that another program has saved.
  private static func model(in file: SafetensorsFile, path: String) throws -> Model {
    // What it suggests counts after what is given in its place.
    guard file.purpose == nil else { return try ModelOptions.storedModel(in: file, path: path) }
    let sidecar = pathWithoutExtension(path) + ".json"
    let json: [UInt8]
    do {
      json = try readFile(at: sidecar, limit: 1 << 26)
    } catch {
      throw Failure(
        error.isMissing ? .data : Failure(error).code,
        error.isMissing
          ? "\(path): no model of musegen's, and no \(sidecar) that tells what its weights are"
          : error.description)
    }
    let description: StateDictionary
    do {
      description = try StateDictionary(json: json)
    } catch let error as DecodingError {
      throw Failure(.data, "\(sidecar): \(error.settingProblem)")
    } catch {
      throw Failure(.data, "\(sidecar): \(error)")
    }
    do {
      return try Model(file, describedBy: description)
    } catch {
      let isCell = error.reason == .malformedMetadata("cell")
      throw Failure(.data, isCell ? "\(sidecar): cell is missing" : "\(path): \(error)")
    }
  }
}

extension ONNXGraph: ExpressibleByArgument {}
