import ArgumentParser
import FileStorage
import MuseGen

/// What is trained, where it starts, and where it goes.
struct StartOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: """
      The model file to write (default: \(ModelOutput.standardName); a model there is kept aside).
      """,
    completion: .file(extensions: ["safetensors"]))
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  @Option(help: "Settings that go together; a flag or a file goes before them.")
  var preset: Preset?

  @Option(
    help: "A file of settings, name = value, each by its flag's long name; a flag goes before it.",
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Train this model further, its vocabulary and network as they are.", valueName: "model"),
    completion: .file(extensions: ["safetensors"]))
  var from: String?

  @Option(
    defaultAsFlag: "runs",
    help: """
      Go on, to the bit, with the run in this folder, or with the latest interrupted of runs/; only \
      its length may be changed.
      """,
    completion: .directory)
  var resume: String?

  @Option(
    help: "The run's folder (default: runs/ and the corpus' name).", completion: .directory)
  var run: String?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: ArgumentHelp(
      "Learn to tell what pieces are, and write a classifier: for musegen classify and eval."))
  var classify = false

  /// Refuses a folder that has the name of the model's file, which would be told when all is trained.
  ///
  /// - Parameter tensorboard: the folder for event files; nil for none.
  /// - Throws: ``Failure`` that names the option.
  func checkPlaces(tensorboard: String?) throws(Failure) {
    let model = absolutePath(output ?? ModelOutput.standardName).systemPath
    for (flag, folder) in [("run", run), ("tensorboard", tensorboard)] {
      guard let folder, absolutePath(folder).systemPath == model else { continue }
      throw Failure(
        .usage, "--\(flag) \(folder) is the file of the model, expected another name for the folder"
      )
    }
  }

  /// The settings by their flags' names, but for those that say where settings come from.
  var listing: [ConfigurationEntry] {
    [
      .init("output", output), .init("overwrite", overwrite.overwrite ? true : nil),
      .init("run", run), .init("from", from), .init("preset", preset?.rawValue),
      .init("classify", classify),
    ]
  }
}
