// When the flags of commands that list, show and convert have an effect.

extension TokensCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["decode"],
    checkedByCommand: ["output"],
    .init(VocabularyOptions.flags, idle: "with --decode: the file tells its vocabulary") {
      $0.decode
    },
    .init("json", idle: "with --decode, which writes MIDI") { $0.decode },
    .init("overwrite", idle: "without --decode") { !$0.decode })
}

extension InfoCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: [], checkedByCommand: ["form", "json", "notes", "roll"],
    .init("overwrite", idle: "without an .svg file for --roll") {
      !InfoCommand.isPicture($0.roll)
    })
}

extension ConvertCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["output", "overwrite"],
    checkedByCommand: ModelOptions.flags,
    .init(
      SuggestionOptions.flags + ["title", "licence", "source", "store", "count-repeats"],
      idle: "on an .onnx or .json file, which other programs read"
    ) { $0.isForOthers },
    .init("labels", idle: "without --count-repeats") { $0.counted.isEmpty },
    .init("label-column", idle: "without --labels") { $0.labels.labels == nil },
    .init("graph", idle: "except on an .onnx file") { !$0.isGraph })
}

extension EvalCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + ["logits"],
    checkedByCommand: ["labels", "svg", "dynamic", "styles", "against"],
    .init(
      "json", "dynamic", "styles", "against", "labels", "svg",
      idle: "with --logits, which prints all that is said"
    ) { $0.logits },
    .init(AdaptationOptions.flags, idle: "without --dynamic") { !$0.dynamic },
    .init("label-column", idle: "without --labels") { $0.labels.labels == nil },
    .init("overwrite", idle: "without --svg") { $0.svg == nil })
}

extension ClassifyCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ClassifierOptions.flags + ["top", "json"])
}

extension CompareCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json", "first"])
}

extension CopiedCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension ModelsCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension SweepCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["run", "list", "json"],
    .init("part", idle: "with --list, which tells of all") { $0.list })
}

extension RunsListCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension RunsDiffCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension RunsRemoveCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: [])
}

extension FavouritesListCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension FavouritesRateCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: [])
}

extension FavouritesRemoveCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: [])
}

extension PlotCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["output"],
    .init("overwrite", idle: "without --output") { $0.output == nil })
}

extension CorpusListCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["json"])
}

extension CorpusGetCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["yes"])
}

extension CorpusAddCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(always: ["name", "licence"])
}
