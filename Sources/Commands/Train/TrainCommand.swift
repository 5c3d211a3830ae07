package import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MuseGen

/// `musegen train`: learns from MIDI files and writes a model.
package struct TrainCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learns from MIDI files and writes a model.",
    discussion: """
      Checkpoints and a log go to the run's folder; Ctrl-C finishes the step, saves, and says how \
      to go on.
      """)

  @Argument(
    help: """
      Folders (searched recursively), .mid/.midi/.kar/.rmi/.musicxml/.mxl/.abc files, globs, or a collection of \
      musegen corpus.
      """,
    completion: .file(extensions: MIDIFileFinder.endings))
  var pieces: [String] = []

  @OptionGroup(title: "Model and run") var start: StartOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Vocabulary") var vocabulary: VocabularyOptions
  @OptionGroup(title: "Conditions") var conditions: ConditionTrainingOptions
  @OptionGroup(title: "Given part") var given: GivenTrainingOptions
  @OptionGroup(title: "Labels, with --classify or --conditions style") var labels: LabelOptions
  // What is seldom needed stands below what is often.
  @OptionGroup(title: "While it trains") var runOptions: RunOptions
  @OptionGroup(title: "Model file") var file: ModelFileOptions
  @OptionGroup(title: "Training, seldom changed") var trainingDetails: TrainingDetailOptions
  @OptionGroup(title: "Network, seldom changed") var networkDetails: NetworkDetailOptions

  @Option(help: "With --classify: what of the steps of a piece decides: last, mean, attention.")
  var pooling = Pooling.mean

  @Option(
    parsing: .unconditionalSingleValue,
    help: """
      With --resume: where the run's music is, if it has moved, and with --valid and --labels where what \
      they name is; may be given again.
      """,
    completion: .file(extensions: MIDIFileFinder.endings))
  var corpus: [String] = []

  @Option(
    parsing: .unconditional,
    help: "With --from: leave the embedding and this many of the lowest layers as they are.")
  var freeze: Int?

  @Flag(help: "Print the settings as such a file, and train nothing.")
  var printConfig = false

  /// Creates the command with its defaults.
  package init() {}

  /// The command that flags make together with the file and the preset that they name.
  package static func layered(_ flags: [String]) throws -> TrainCommand {
    try SettingLayers(of: try parse(flags), flags: flags).command()
  }

  /// Sees to it that settings can be trained with together, as far as that can be told before any music is read.
  ///
  /// - Parameter flags: the settings as arguments.
  /// - Throws: ``Failure`` for the first that has no effect beside the others, or is out of its range.
  static func checkSettings(_ flags: [String]) throws {
    try Invocation.$current.withValue(Invocation(["train"] + flags)) {
      let layers = try SettingLayers(of: try parse(flags), flags: flags)
      let command = try layers.command()
      try command.runOptions.check()
      // A model to start from decides over much, and is read when it is used.
      guard command.start.from == nil else { return }
      let plain = try command.vocabulary.configuration()
      let vocabulary =
        try command.start.classify ? plain : command.given.configuration(on: plain)
      try command.checkFlags(with: vocabulary, in: layers)
      _ = try command.training.settings(
        command.trainingDetails, vocabulary: vocabulary,
        network: command.network.configuration(command.networkDetails))
    }
  }

  package mutating func run() async throws {
    let layers = try SettingLayers(of: self, flags: Invocation.current.arguments(of: "train"))
    self = try layers.command()
    try runOptions.check()
    let ranks = try TrainingRanks.join()
    do {
      try train(layers, ranks)
    } catch {
      ranks.end(after: error)
      throw error
    }
    ranks.end()
  }

  private mutating func train(_ layers: SettingLayers, _ ranks: TrainingRanks) throws {
    if start.resume != nil { return try goOn(layers, ranks) }
    guard corpus.isEmpty else {
      throw Failure(
        .usage, "--corpus has no effect without --resume; name the music without a flag")
    }
    try vocabulary.tellDifferences()
    if start.classify { try checkFlags(with: vocabulary.configuration(), in: layers) }
    try checkBase(layers)
    if start.from == nil, !start.classify {
      try checkFlags(with: given.configuration(on: vocabulary.configuration()), in: layers)
    }
    // A time without a size asks for the size that makes the most of it.
    let choosesSize =
      training.time != nil && start.from == nil && !start.classify
      && layers.names.isDisjoint(with: NetworkOptions.sizeNames)
    if printConfig {
      // Settings that cannot be trained with are not worth printing.
      _ = try training.settings(
        trainingDetails,
        vocabulary: given.configuration(on: vocabulary.configuration()),
        network: network.configuration(networkDetails))
      var open = choosesSize ? TrainingPlan.chosenNames : []
      if start.from != nil { open = NetworkOptions.dropoutNames }
      return try printConfiguration(leavingOpen: open.subtracting(layers.names))
    }
    guard !pieces.isEmpty else {
      // A flag whose value may be left out takes what stands behind it.
      let taken = runOptions.tensorboard.flatMap { fileKind(at: $0) == nil ? nil : $0 }
      throw Failure(
        .usage,
        taken.map { "no corpus given: --tensorboard took \($0) as its folder; put the flag last" }
          ?? "no corpus given; name a folder of MIDI files, such as midi/")
    }
    try start.checkPlaces(tensorboard: runOptions.tensorboard)
    if start.classify { return try trainClassifier(ranks) }
    if let session = try ModelTraining.start(
      try plan(layers, choosesSize: choosesSize), pieces: pieces, folder: start.run,
      output: start.output, overwrite: start.overwrite, file: file, run: runOptions, ranks: ranks)
    {
      try session.train()
    }
  }

  private func goOn(_ layers: SettingLayers, _ ranks: TrainingRanks) throws {
    guard let resume = start.resume else { return }
    guard pieces.isEmpty, start.run == nil else {
      throw Failure(
        .usage,
        "--resume takes its corpus and folder from \(resume); leave them out, or give --corpus where it "
          + "has moved")
    }
    guard file.isEmpty else {
      throw Failure(.usage, "--resume keeps what the model file says; change it with convert")
    }
    let places: Set = corpus.isEmpty ? [] : ["valid", "labels"]
    guard
      layers.names.isSubset(
        of: places.union([
          "epochs", "steps", "time", "output", "overwrite", "json", "threads", "tensorboard",
        ])),
      !printConfig
    else {
      throw Failure(.usage, "--resume keeps the run's settings; only its length may be changed")
    }
    let path = try ResumedRun.path(resume)
    let moved =
      corpus.isEmpty
      ? nil
      : MovedCorpus(
        names: corpus, heldOut: layers.names.contains("valid") ? training.valid : [],
        labels: labels.labels.map { absolutePath($0) })
    let run = try ResumedRun.open(
      path, length: try training.length, output: start.output, overwrite: start.overwrite,
      moved: moved,
      options: runOptions, locking: ranks.leads)
    if run.start.labels != nil {
      try checkAlone(ranks)
      return try ClassifierTraining.resume(run).train()
    }
    if let session = try ModelTraining.resume(run, ranks: ranks) { try session.train() }
  }

  private func checkAlone(_ ranks: TrainingRanks) throws {
    guard ranks.shared == nil else {
      throw Failure(.usage, "classifiers are trained by one process; start it without a launcher")
    }
  }

  private func trainClassifier(_ ranks: TrainingRanks) throws {
    try checkAlone(ranks)
    var settings = try training.settings(
      trainingDetails,
      vocabulary: vocabulary.configuration(), network: network.configuration(networkDetails))
    settings.network.readout = Readout(labelCount: 2, pooling: pooling)
    settings.ownKeys = 0
    do {
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    try ClassifierTraining.start(
      settings, merges: vocabulary, pieces: pieces, labels: labels, folder: start.run,
      output: start.output, overwrite: start.overwrite, file: file, run: runOptions
    ).train()
  }

  /// What a base model decides cannot be chosen.
  private mutating func checkBase(_ layers: SettingLayers) throws {
    guard let from = start.from else {
      if freeze != nil { throw Failure(.usage, "--freeze needs a model to start --from") }
      return
    }
    // Under the standard name the model to start from is kept aside.
    if let output = start.output, absolutePath(from).systemPath == absolutePath(output).systemPath {
      throw Failure(.usage, "\(from) would be overwritten; name another model file with -o")
    }
    if start.preset != nil || layers.names.contains("preset") {
      throw Failure(.usage, "--from takes the network from the model; leave out --preset")
    }
    let fixed = VocabularyOptions.names.union(NetworkOptions.shapeNames)
      .union(ConditionTrainingOptions.shapeNames).union(GivenTrainingOptions.names)
    if let name = layers.names.intersection(fixed).min() {
      throw Failure(
        .usage, "--from takes vocabulary and network from the model; leave out --\(name)")
    }
    if !layers.names.contains("learning-rate") {
      training.learningRate = TrainingSettings.fineTuningRate
    }
  }

  /// What to train: the settings and where the network starts.
  private func plan(_ layers: SettingLayers, choosesSize: Bool) throws -> TrainingPlan {
    guard let from = start.from else {
      var settings = try training.settings(
        trainingDetails,
        vocabulary: given.configuration(on: vocabulary.configuration()),
        network: network.configuration(networkDetails))
      settings.conditionDropout = conditions.conditionDropout
      settings.keepsConditions = conditions.keepConditions ? nil : false
      return TrainingPlan(
        settings: settings, merges: vocabulary, conditions: conditions.conditions.kinds,
        labels: labels,
        keeping: choosesSize
          ? Set(layers.names.compactMap { TrainingPlan.companions[$0] }) : nil)
    }
    var options = ModelOptions()
    options.model = from
    let base = try options.load()
    try checkFlags(with: base.vocabulary.configuration, in: layers)
    var shape = base.network.configuration
    if layers.names.contains("dropout") { shape.dropout = network.dropout }
    if layers.names.contains("recurrent-dropout") {
      shape.recurrentDropout = networkDetails.recurrentDropout
    }
    if layers.names.contains("weight-drop") { shape.weightDrop = networkDetails.weightDrop }
    if layers.names.contains("embedding-dropout") {
      shape.embeddingDropout = networkDetails.embeddingDropout
    }
    if layers.names.contains("recall-dropout") {
      guard shape.recall != nil || networkDetails.recallDropout == 0 else {
        throw Failure(
          .usage, "--recall-dropout has no effect on \(from), whose network recalls nothing")
      }
      shape.recall?.dropout = networkDetails.recallDropout
    }
    var settings = try training.settings(
      trainingDetails,
      vocabulary: base.vocabulary.configuration, network: shape)
    settings.frozenLayers = freeze
    settings.conditionDropout = conditions.conditionDropout
    settings.keepsConditions = shape.conditionSlots == nil ? false : nil
    return TrainingPlan(
      settings: settings, merges: vocabulary, labels: labels, base: base)
  }

  /// All settings by their flags' names, but for those that say where settings come from.
  package var listing: [ConfigurationEntry] {
    let own: [ConfigurationEntry] = [
      .init("pieces", pieces), .init("freeze", freeze), .init("pooling", pooling.rawValue),
    ]
    return own + start.listing + labels.listing + vocabulary.listing + given.listing
      + conditions.listing + network.listing + networkDetails.listing + training.listing
      + trainingDetails.listing + file.listing + runOptions.listing
  }

  private func printConfiguration(leavingOpen open: Set<String>) throws {
    let fixed =
      start.from == nil
      ? []
      : VocabularyOptions.names.union(NetworkOptions.shapeNames)
        .union(ConditionTrainingOptions.shapeNames).union(GivenTrainingOptions.names)
    let helps = SettingHelp()
    // What the preset says stands there in full.
    for (index, entry) in listing.enumerated()
    where entry.name != "preset" && !fixed.contains(entry.name) {
      let shown = open.contains(entry.name) ? ConfigurationEntry(name: entry.name) : entry
      if index > 0 { try StandardOutput.line() }
      try StandardOutput.lines(helps.comment(on: entry.name))
      try StandardOutput.fileLine(shown.line)
    }
  }
}

/// What a new run is to do: its settings and where its network starts.
struct TrainingPlan {
  var settings: TrainingSettings
  /// Which merges to learn.
  var merges: VocabularyOptions
  /// What pieces shall be told of themselves; with a base model whatever it knows.
  var conditions: [ConditionKind] = []
  /// Where styles come from; nil for the folders' names.
  var labels: LabelOptions?
  /// The model that is trained further.
  var base: Model?
  /// What stays as it is where the size is chosen for the corpus and the machine; nil where it is not.
  var keeping: Set<SizeChoice.Setting>?

  /// What a size brings with it, by its flag.
  static let companions: [String: SizeChoice.Setting] = [
    "dropout": .dropout, "learning-rate": .learningRate, "average": .averageDecay,
  ]
  /// The flags of all that is chosen.
  static let chosenNames = NetworkOptions.sizeNames.union(companions.keys)

  /// Chooses what is left to be chosen, and says why in one line.
  mutating func chooseSize(
    for corpus: Corpus, threads: Int?, ranks: TrainingRanks, terminal: Terminal
  ) throws {
    guard let keeping, case .seconds(let seconds) = settings.length else { return }
    terminal.transient("measuring how fast this machine trains")
    guard
      let choice = try Failure.training({
        try settings.chooseSize(
          for: corpus, keeping: keeping, threads: threads, ranks: ranks.shared)
      })
    else { return }
    terminal.line(
      "chose \(choice.layerCount) x \(choice.hiddenSize), dropout \(settings.network.dropout): at "
        + "\(Int(min(choice.tokensPerSecond, 1e12)).grouped) events/s \(ClockText.duration(choice.seconds)) are "
        + "\(choice.epochs.decimals(choice.epochs < 10 ? 1 : 0)) passes over "
        + "\(choice.tokensPerEpoch.grouped) events"
        + (choice.seconds < seconds ? "; more would not help" : ""))
  }
}
