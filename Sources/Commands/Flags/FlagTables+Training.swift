import FileStorage
import MuseGen
import Ranks

// When the flags of commands that train and measure have an effect.

extension TrainCommand: FlagChecking {
  /// The settings from flags, file and preset, and the vocabulary that they or a base model make.
  package struct Subject {
    let command: TrainCommand
    let vocabulary: VocabularyConfiguration
  }

  package static let flagTable = FlagTable<Subject>(
    always: [
      "output", "overwrite", "run", "tokens", "cell", "layers", "hidden", "embedding", "dropout",
      "recurrent-dropout", "weight-drop", "embedding-dropout", "recall", "layer-norm",
      "tied-weights", "learned-start", "init", "batch",
      "window", "epochs", "steps", "time", "optimizer", "learning-rate", "warmup",
      "weight-decay", "clip",
      "clip-value", "label-smoothing", "activation-regularization",
      "temporal-activation-regularization", "transpose", "valid", "precision", "seed", "shards",
      "threads", "tensorboard",
      "title",
      "licence", "source", "store", "save-every", "resume", "from", "preset",
      "config", "print-config", "classify",
    ],
    checkedByCommand: VocabularyOptions.flagsOfSome + [
      "token-settings", "merges", "freeze", "conditions", "sample-every", "corpus",
    ],
    .init("stretch", idle: "on a vocabulary that tells no tempo") {
      $0.command.trainingDetails.stretch != 0 && !$0.vocabulary.tellsTempo
    },
    .init("own-keys", idle: "where nothing is transposed (--transpose 0)") {
      ($0.command.training.ownKeys ?? 0) != 0 && $0.command.training.transpose == 0
    },
    .init("velocity", idle: "on a vocabulary that tells no velocities") {
      $0.command.trainingDetails.velocity != 0 && !$0.vocabulary.tellsVelocity
    },
    .init("activation", idle: "except with --cell rnn") { $0.command.network.cell != .rnn },
    .init("forget-bias", idle: "except with --cell lstm or qrnn") {
      !$0.command.network.cell.hasForgetGate
    },
    .init("recall-dropout", "recall-gate", idle: "with --recall none") {
      $0.command.network.recall.lengths.isEmpty
    },
    .init("residual", idle: "on a single layer") {
      $0.command.networkDetails.residual && $0.command.network.layers == 1
    },
    .init("average", idle: "as auto where nothing is held out (--valid 0)") {
      $0.command.trainingDetails.average?.trigger != nil && $0.command.training.holdsNothingOut
    },
    .init("schedule", idle: "as plateau where nothing is held out (--valid 0)") {
      $0.command.trainingDetails.schedule == .plateau && $0.command.training.holdsNothingOut
    },
    .init("patience", idle: "where nothing is held out (--valid 0)") {
      $0.command.training.holdsNothingOut
    },
    .init("average", idle: "as auto with --classify", alsoInFiles: true) {
      $0.command.start.classify && $0.command.trainingDetails.average?.trigger != nil
    },
    .init(
      "from", "freeze", "sample-every", "recall-gate", "accumulate", "window-jitter", "reduce",
      "local-steps", "scheduled-sampling", "own-keys", idle: "with --classify", alsoInFiles: true
    ) { $0.command.start.classify },
    .init("reduce", "local-steps", idle: "in a process alone; start several with mpirun") { _ in
      Launcher(environment: processEnvironment()) == nil
    },
    .init("json", idle: "with --print-config") { $0.command.printConfig },
    .init("conditions", idle: "with --classify", alsoInFiles: true) {
      $0.command.start.classify && !$0.command.conditions.conditions.kinds.isEmpty
    },
    .init("given", idle: "with --classify", alsoInFiles: true) {
      $0.command.start.classify && $0.command.given.given != nil
    },
    .init("given-optional", idle: "without --given", alsoInFiles: true) {
      $0.command.given.givenOptional && $0.command.given.given == nil
    },
    .init(
      "condition-dropout", "keep-conditions", idle: "without --conditions", alsoInFiles: true
    ) {
      $0.command.conditions.conditions.kinds.isEmpty && !$0.vocabulary.tellsConditions
    },
    .init(
      "labels", "label-column", idle: "without --classify or --conditions style",
      alsoInFiles: true
    ) {
      !$0.command.start.classify && !$0.command.conditions.conditions.kinds.contains(.style)
        && !$0.vocabulary.tellsStyle
    },
    .init("pooling", idle: "without --classify", alsoInFiles: true) { !$0.command.start.classify },
    .init("label-column", idle: "without --labels", alsoInFiles: true) {
      $0.command.labels.labels == nil
    })

  /// Nothing yet: what a flag does hangs on the preset, the file and the base model, too.
  package func checkFlags() {}

  /// Refuses flags that were typed, and settings of a file, that would do nothing with all other settings.
  func checkFlags(
    with vocabulary: VocabularyConfiguration, in layers: SettingLayers
  ) throws(Failure) {
    let subject = Subject(command: self, vocabulary: vocabulary)
    try Self.flagTable.check(Invocation.current.flags, of: subject)
    try Self.flagTable.check(layers.chosenInFile, of: subject)
    guard let isOptional = vocabulary.isGivenPartOptional else { return }
    let excluded = [
      ("merges", self.vocabulary.merges > 0),
      ("sample-every", !isOptional && runOptions.sampleEvery != nil),
    ]
    if let (flag, _) = excluded.first(where: \.1) {
      throw Failure(.usage, "--\(flag) cannot be had with a given part (--given)")
    }
  }
}

extension VocabularyConfiguration {
  /// Whether the part that is given may also be left out; nil where none is given.
  fileprivate var isGivenPartOptional: Bool? {
    switch self {
    case .accompanied(_, _, let isOptional): isOptional
    case .conditioned(let base, _), .merged(let base, _): base.isGivenPartOptional
    default: nil
    }
  }

  /// Whether pieces begin with conditions.
  fileprivate var tellsConditions: Bool { if case .conditioned = self { true } else { false } }

  /// Whether pieces begin with their style.
  fileprivate var tellsStyle: Bool {
    if case .conditioned(_, let conditions) = self { conditions.tells(.style) } else { false }
  }

  /// Whether pieces of another tempo have other tokens.
  fileprivate var tellsTempo: Bool {
    switch self {
    case .performance: true
    case .tsd(let settings), .remi(let settings): settings.tempos
    case .pianoroll: false
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.tellsTempo
    }
  }

  /// Whether louder pieces have other tokens.
  fileprivate var tellsVelocity: Bool {
    switch self {
    case .performance(let settings): settings.velocityBins > 0
    case .tsd(let settings), .remi(let settings): settings.velocityBins > 0
    case .pianoroll: false
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.tellsVelocity
    }
  }
}

extension GradientsCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["task", "csv"],
    checkedByCommand: ["model", "output"],
    .init("overwrite", idle: "without --output") { $0.output == nil },
    .init("cell", "hidden", "seed", idle: "on a trained model") { $0.model != nil },
    .init("lags", "steps", idle: "without --task") { $0.task == nil },
    .init("distance", idle: "with --task, whose lags take its place") { $0.task != nil })
}

extension GatesCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + ["output", "top", "json"],
    .init("overwrite", idle: "without --output") { $0.output == nil })
}

extension BenchTrainCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: BenchNetworkOptions.flags + ["precision", "batch", "window", "steps"])
}

extension BenchGenerateCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: BenchNetworkOptions.flags + ["precision", "streams", "seconds"])
}

extension BenchWriteCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["model", "streams", "seconds", "json"])
}

extension BenchParseCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["passes", "json"])
}

extension BenchRanksCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["parameters", "repeats", "json"])
}

extension BenchTokensCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["runs", "json"])
}
