import Drawing
import FileStorage
import MuseGen

/// Prepares the training of classifiers.
enum ClassifierTraining {
  /// Prepares a new run.
  static func start(
    _ settings: TrainingSettings, merges: VocabularyOptions, pieces: [String],
    labels: LabelOptions, folder: String?, output: String?, overwrite: OverwriteOptions,
    file: ModelFileOptions, run options: RunOptions
  ) throws -> TrainingSession {
    let output = try ModelOutput(output, overwrite: overwrite)
    let terminal = Terminal(isQuiet: options.json)
    let names = settings.heldOut.names
    var corpus = try NamedMusic(pieces, threads: options.threads).labelledCorpus(
      labels, holdingOut: names, in: try settings.vocabulary.makeVocabulary(), terminal: terminal)
    let split = try checkedSplit(of: corpus, settings.heldOut)
    // What is held out must not shape the vocabulary either.
    corpus = LabelledCorpus(
      try merges.learningMerges(of: corpus.corpus, from: split.train), as: corpus)
    var settings = settings
    settings.vocabulary = corpus.corpus.vocabulary.configuration
    return try Failure.training {
      let run = try ClassifierRun(
        settings: settings, corpus: corpus, threads: options.threads)
      let new = NewRun(in: folder, on: pieces, output: output, file: file, options: options)
      let folder = try new.makeFolder(
        corpus: pieces + names, skipped: corpus.corpus.skipped
      ) { start in
        // Where folders tell the labels this says so, and that it is a classifier's run.
        start.labels = labels.record ?? RunFolder.Start.Labels(table: nil, column: nil)
      }
      do {
        return try session(
          run, in: folder, newFolders: new.newFolders, output: output, terminal: terminal,
          options: options)
      } catch {
        new.removeFolders()
        throw error
      }
    }
  }

  /// Takes up an interrupted run.
  static func resume(_ resumed: consuming ResumedRun) throws -> TrainingSession {
    let terminal = Terminal(isQuiet: resumed.options.json)
    let settings = resumed.settings
    guard settings.network.readout != nil else {
      throw Failure(.data, "\(resumed.path): its checkpoint is of no classifier")
    }
    let (names, threads) = (resumed.corpus, resumed.threads)
    let labels = resumed.labels(resumed.start.labels)
    let corpus = try resumed.reading {
      try NamedMusic(names, threads: threads).labelledCorpus(
        labels, holdingOut: settings.heldOut.names,
        in: try settings.vocabulary.makeVocabulary(), terminal: terminal)
    }
    try resumed.checkDigest(corpus.digest)
    try resumed.check(try checkedSplit(of: corpus, settings.heldOut))
    let checkpoint = resumed.checkpoint
    let run = try Failure.training {
      try ClassifierRun(
        settings: settings, corpus: corpus, checkpoint: checkpoint, threads: threads)
    }
    try resumed.begin(terminal)
    let options = resumed.options
    guard let output = resumed.output, let folder = resumed.takeFolder() else {
      preconditionFailure("a classifier's run whose folder another process has")
    }
    return try session(
      run, in: folder, newFolders: [], output: output, terminal: terminal, options: options)
  }

  private static func session(
    _ run: ClassifierRun, in folder: consuming RunFolder, newFolders: [String],
    output: ModelOutput, terminal: Terminal, options: RunOptions
  ) throws -> TrainingSession {
    try Failure.writing { try folder.writeSplit(run.splitTable) }
    let display = ClassifierDisplay(
      terminal: terminal, run: run, isJSON: options.json, folder: folder.path)
    let recorder = try TrainingRecorder(
      in: options.eventFolder(ofRunIn: folder.path) ?? folder.start.eventFolder,
      after: run.counters.step, terminal: terminal)
    return TrainingSession(
      run, in: folder, newFolders: newFolders, output: output, terminal: terminal,
      display: display, recorder: recorder)
  }

  /// Parts the pieces, where they can be told apart.
  ///
  /// - Throws: ``Failure`` for a single label, a label of one piece, and one of which nothing is left.
  private static func checkedSplit(of corpus: LabelledCorpus, _ heldOut: HeldOut) throws -> Split {
    let paths = corpus.corpus.pieces.map(\.path)
    guard corpus.labels.count > 1 else {
      let pieces =
        paths.count == 1 ? "the only piece is" : "all \(paths.count.grouped) pieces are"
      throw Failure(.data, "\(pieces) \(corpus.labels[0]), expected two labels")
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
}

extension ClassifierRun {
  /// A table that tells which pieces are learned from and which are held out.
  fileprivate var splitTable: String {
    let held = Set(split.valid)
    let trained = Set(split.train)
    let lines = corpus.corpus.pieces.indices.map { piece in
      let side =
        held.contains(piece) ? "held out" : trained.contains(piece) ? "learned" : "left out"
      let fields = [corpus.corpus.pieces[piece].path, corpus.labels[corpus.truth[piece]], side]
      return fields.map(\.quotedForTable).joined(separator: ",") + "\n"
    }
    return "file,label,side\n" + lines.joined()
  }
}

extension String {
  /// The text as a field of a table in CSV.
  fileprivate var quotedForTable: String {
    let isBare = utf8.allSatisfy { !"\",\r\n".utf8.contains($0) } && first != " " && last != " "
    return isBare ? self : "\"" + replacing("\"", with: "\"\"") + "\""
  }
}
