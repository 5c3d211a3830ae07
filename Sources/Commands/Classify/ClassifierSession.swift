import Drawing
import FileStorage
import MuseGen

/// The training of a classifier in its folder: trains, shows, logs, and saves now and then and at the end.
struct ClassifierSession: ~Copyable {
  private let run: ClassifierRun
  private let folder: RunFolder
  private let output: ModelOutput
  private let display: ClassifierDisplay
  /// The folders made for this run, which are not worth keeping before its first checkpoint.
  private let newFolders: [String]

  /// Prepares a new run.
  static func start(
    _ settings: TrainingSettings, merges: VocabularyOptions, pieces: [String],
    labels: LabelOptions, folder: String?, output: String?, overwrite: OverwriteOptions,
    file: ModelFileOptions, run options: RunOptions
  ) throws -> ClassifierSession {
    let output = try ModelOutput(output, overwrite: overwrite)
    let terminal = Terminal(isQuiet: options.json)
    let names = settings.heldOut.names
    var corpus = try NamedMusic(pieces).labelledCorpus(
      labels, holdingOut: names, in: try settings.vocabulary.makeVocabulary(), terminal: terminal)
    let split = try checkedSplit(of: corpus, settings.heldOut)
    // What is held out must not shape the vocabulary either.
    corpus = LabelledCorpus(
      try merges.learningMerges(of: corpus.corpus, from: split.train), as: corpus)
    var settings = settings
    settings.vocabulary = corpus.corpus.vocabulary.configuration
    return try Failure.training {
      let run = try ClassifierRun(settings: settings, corpus: corpus)
      var start = RunFolder.Start(
        folder: currentFolder(), corpus: pieces + names, output: absolutePath(output.path),
        label: file.label, precision: file.store, saveInterval: options.saveEvery)
      // Where folders tell the labels this says so, and that it is a classifier's run.
      start.labels = labels.record ?? RunFolder.Start.Labels(table: nil, column: nil)
      let path = folder ?? TrainingSession.unusedFolder(for: pieces[0])
      let newFolders = TrainingSession.foldersToMake(for: path)
      for folder in newFolders { Temporaries.add(folder, isShared: folder != path) }
      return ClassifierSession(
        run: run, folder: try RunFolder.create(path, start: start), newFolders: newFolders,
        output: output, terminal: terminal, options: options)
    }
  }

  /// Takes up an interrupted run.
  static func resume(
    _ path: String, length: TrainingSettings.Length?, output: String?,
    overwrite: OverwriteOptions, run options: RunOptions
  ) throws -> ClassifierSession {
    let terminal = Terminal(isQuiet: options.json)
    var folder = try Failure.training { try RunFolder.open(absolutePath(path)) }
    let (checkpoint, damage) = try Failure.training { try folder.latestCheckpoint() }
    if let damage { Terminal.warn("\(damage); going on from the one before") }
    let output = try ModelOutput(output, overwrite: overwrite, resuming: folder)
    var settings = checkpoint.settings
    settings.length = length ?? settings.length
    guard settings.network.readout != nil else {
      throw Failure(.data, "\(path): its checkpoint is of no classifier")
    }
    // The corpus' names count from where the run was started.
    do {
      try changeCurrentFolder(to: folder.start.folder)
    } catch {
      throw Failure(.noInput, "\(folder.start.folder): the run was started here, and it is gone")
    }
    try Failure.writing { try folder.markUnfinished() }
    try Failure.writing { try folder.truncateLog(to: checkpoint.counters) }
    let corpus = try NamedMusic(folder.start.corpus).labelledCorpus(
      LabelOptions(folder.start.labels), holdingOut: settings.heldOut.names,
      in: try settings.vocabulary.makeVocabulary(),
      terminal: terminal)
    _ = try checkedSplit(of: corpus, settings.heldOut)
    let run = try Failure.training {
      try ClassifierRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    }
    terminal.line("going on after step \(checkpoint.counters.step) of \(path)")
    return ClassifierSession(
      run: run, folder: folder, newFolders: [], output: output, terminal: terminal,
      options: options)
  }

  private init(
    run: ClassifierRun, folder: consuming RunFolder, newFolders: [String], output: ModelOutput,
    terminal: Terminal, options: RunOptions
  ) {
    self.run = run
    self.output = output
    self.newFolders = newFolders
    display = ClassifierDisplay(
      terminal: terminal, run: run, isJSON: options.json, folder: folder.path)
    self.folder = folder
  }

  /// Parts the pieces, where they can be told apart.
  ///
  /// - Throws: ``Failure`` for a single label, a label of one piece, and one of which nothing is left.
  private static func checkedSplit(of corpus: LabelledCorpus, _ heldOut: HeldOut) throws -> Split {
    let paths = corpus.corpus.pieces.map(\.path)
    guard corpus.labels.count > 1 else {
      throw Failure(
        .data, "all \(paths.count.counted("piece")) are \(corpus.labels[0]), expected two labels")
    }
    for (label, pieces) in zip(corpus.labels, corpus.pieces) where pieces.count == 1 {
      throw Failure(
        .data, "\(paths[pieces[0]]): the only piece that is \(label), expected two or more")
    }
    let split: Split
    do {
      split = try corpus.split(heldOut)
    } catch {
      throw Failure(.usage, error.line(naming: "--valid"))
    }
    let trained = Set(split.train.map { corpus.truth[$0] })
    if let label = corpus.labels.indices.first(where: { !trained.contains($0) }) {
      throw Failure(
        .data, "no piece that is \(corpus.labels[label]) is left to train on; hold fewer out")
    }
    return split
  }

  /// Trains until the run's end or Ctrl-C, and writes the classifier.
  consuming func train() throws {
    display.showStart()
    try writeSplit()
    let clock = ContinuousClock()
    let interval = folder.start.saveInterval ?? .seconds(60)
    // The first step is saved too: even a run killed early can be resumed.
    var lastSave: ContinuousClock.Instant?
    do {
      while !Interruption.isRequested, let event = try run.next() {
        let line = RunLogLine(
          event, seconds: run.elapsedSeconds, peakMemory: ProcessStatistics.peakMemory)
        display.show(line)
        try Failure.writing { try folder.log(line) }
        guard case .step(let step) = event else { continue }
        let idle = lastSave.map { (clock.now - $0) / .seconds(1) }
        if idle.map({ interval.isDue(step: step.step, seconds: $0) }) ?? true {
          try Failure.writing { try folder.save(run.checkpoint) }
          if lastSave == nil { TrainingSession.keepWork(in: newFolders) }
          lastSave = clock.now
        }
      }
    } catch let error as TrainingError {
      // The steps before the loss broke are worth keeping.
      if run.bestNetwork != nil { try writeClassifier() }
      if case .diverged(let step, _) = error.reason {
        try Failure.writing { try folder.markDiverged(atStep: step) }
      }
      throw Failure(error)
    }
    // The classifier first: it is what the user wants, and a checkpoint needs more of a scarce disk.
    do {
      if run.counters.step > 0 { try writeClassifier() }
    } catch {
      // Where the disk is not full, but the name was taken meanwhile, the run can be resumed.
      try? folder.save(run.checkpoint)
      throw error
    }
    try Failure.writing { try folder.save(run.checkpoint) }
    let isUnfinished = Interruption.isRequested && run.progress < 1
    if !isUnfinished { try Failure.writing { try folder.markFinished() } }
    display.showEnd(
      output: run.counters.step > 0 ? output.path : nil, isInterrupted: isUnfinished)
    if isUnfinished { throw CancellationError() }
  }

  private func writeClassifier() throws {
    var classifier = run.classifier
    if let label = folder.start.label { classifier.provenance.label = label }
    let aside = try output.write(
      classifier.safetensors(precision: folder.start.precision ?? .f32))
    if let aside { display.showKept(output.path, as: aside) }
    guard
      output.path == folder.start.output || absolutePath(output.path) == folder.start.output
    else { return }
    try Failure.writing { try folder.markOutputWritten() }
  }

  /// Tells in a table which pieces are trained on and which are held out.
  private func writeSplit() throws {
    let held = Set(run.split.valid)
    let trained = Set(run.split.train)
    let corpus = run.corpus
    let lines = corpus.corpus.pieces.indices.map { piece in
      let side =
        held.contains(piece) ? "held out" : trained.contains(piece) ? "learned" : "left out"
      let fields = [corpus.corpus.pieces[piece].path, corpus.labels[corpus.truth[piece]], side]
      return fields.map(\.quotedForTable).joined(separator: ",") + "\n"
    }
    let text = "file,label,side\n" + lines.joined()
    try Failure.writing { try writeFile(Array(text.utf8), at: folder.path + "/split.csv") }
  }
}

extension String {
  /// The text as a field of a table in CSV.
  fileprivate var quotedForTable: String {
    let isBare = utf8.allSatisfy { !"\",\r\n".utf8.contains($0) } && first != " " && last != " "
    return isBare ? self : "\"" + replacing("\"", with: "\"\"") + "\""
  }
}
