import Drawing
import Experiments
import FileStorage
import MuseGen

/// Prepares the training of models that write music.
enum ModelTraining {
  /// Prepares a new run; where another process leads, follows it to its end and returns nil.
  static func start(
    _ plan: TrainingPlan, pieces: [String], folder: String?, output: String?,
    overwrite: OverwriteOptions, file: ModelFileOptions, run options: RunOptions,
    ranks: TrainingRanks
  ) throws -> TrainingSession? {
    let output = ranks.leads ? try ModelOutput(output, overwrite: overwrite) : nil
    let terminal = Terminal(isQuiet: options.json)
    let heldOut = plan.settings.heldOut
    var (corpus, split) = try NamedMusic(pieces, threads: options.threads).corpus(
      holdingOut: heldOut, .near, in: try plan.settings.vocabulary.makeVocabulary(),
      measuringAttributes: !plan.conditions.isEmpty, labels: plan.labels, terminal: terminal)
    // What is held out must not shape the vocabulary either.
    corpus = try plan.merges.learningMerges(of: corpus, from: split.train)
    if plan.conditions.contains(.style) { warnOfStyles(of: split.train, in: corpus) }
    warnOfUnknownStyles(of: split.train, in: corpus)
    if !plan.conditions.isEmpty {
      do {
        corpus = try corpus.learningConditions(plan.conditions, from: split.train)
      } catch let error as VocabularyError {
        throw error.setting.map { Failure($0) } ?? Failure(.usage, "--conditions: \(error)")
      }
    }
    var plan = plan
    plan.settings.vocabulary = corpus.vocabulary.configuration
    // What the first process measures holds for all.
    if ranks.leads {
      try plan.chooseSize(
        for: corpus, threads: options.threads, ranks: ranks, terminal: terminal)
    }
    return try Failure.training {
      let run = try TrainingRun(
        settings: plan.settings, corpus: corpus, base: plan.base, threads: options.threads,
        ranks: ranks.shared)
      guard let output else {
        try ranks.follow(run)
        return nil
      }
      if let line = ranks.line(run.settings) { terminal.line(line) }
      for caution in run.cautions { terminal.line(caution.line) }
      let new = NewRun(in: folder, on: pieces, output: output, file: file, options: options)
      let folder = try new.makeFolder(
        corpus: pieces + heldOut.names, skipped: corpus.skipped
      ) { start in
        start.styles = plan.labels?.record
        start.sampleInterval = options.sampleEvery
      }
      do {
        return try session(
          run, in: folder, newFolders: new.newFolders, output: output, corpus: corpus,
          terminal: terminal, options: options)
      } catch {
        new.removeFolders()
        throw error
      }
    }
  }

  /// Tells of pieces without a style where others have one, and of styles that a single piece has.
  private static func warnOfStyles(of pieces: [Int], in corpus: Corpus) {
    let pieces = corpus.wholePieces(of: pieces)
    var owners: [String: [Int]] = [:]
    for piece in pieces {
      for style in corpus.pieces[piece].styles { owners[style, default: []].append(piece) }
    }
    guard !owners.isEmpty else { return }
    let others = pieces.filter { corpus.pieces[$0].styles.isEmpty }
    if let first = others.first {
      Terminal.warn(
        "\(others.count.counted("piece")) without a style, such as \(corpus.pieces[first].path); "
          + "nothing is told of theirs")
    }
    let lone = owners.filter { $0.value.count == 1 }
    if let single = lone.min(by: { ($0.value[0], $0.key) < ($1.value[0], $1.key) }) {
      Terminal.warn(
        "\(lone.count.counted("style")) of a single piece to learn from, such as "
          + "\(single.key.onOneLine) of \(corpus.pieces[single.value[0]].path); too few to be learned"
      )
    }
  }

  /// Tells of pieces whose styles a model that is trained on from does not know.
  private static func warnOfUnknownStyles(of pieces: [Int], in corpus: Corpus) {
    guard let conditions = corpus.vocabulary.knownConditions, conditions.tells(.style) else {
      return
    }
    let known = Set(conditions.values(of: .style))
    let others = corpus.wholePieces(of: pieces).filter { piece in
      let styles = corpus.pieces[piece].styles
      return !styles.isEmpty && known.isDisjoint(with: styles)
    }
    guard let first = others.first, let style = corpus.pieces[first].styles.first else { return }
    Terminal.warn(
      "\(others.count.counted("piece")) of styles that the model does not know, such as "
        + "\(style.onOneLine) of \(corpus.pieces[first].path); nothing is told of theirs")
  }

  /// Takes up an interrupted run; where another process leads, follows it to its end and returns nil.
  static func resume(
    _ resumed: consuming ResumedRun, ranks: TrainingRanks
  ) throws -> TrainingSession? {
    let terminal = Terminal(isQuiet: resumed.options.json)
    let settings = resumed.settings
    let (names, threads) = (resumed.corpus, resumed.threads)
    let labels = resumed.labels(resumed.start.styles)
    let (corpus, split) = try resumed.reading {
      try NamedMusic(names, threads: threads).corpus(
        holdingOut: settings.heldOut, settings.likeness ?? .exact,
        in: try settings.vocabulary.makeVocabulary(), labels: labels, terminal: terminal)
    }
    try resumed.checkDigest(corpus.digest)
    try resumed.check(split)
    let checkpoint = resumed.checkpoint
    let run = try Failure.training {
      try TrainingRun(
        settings: settings, corpus: corpus, checkpoint: checkpoint, threads: threads,
        ranks: ranks.shared)
    }
    guard let output = resumed.output else {
      try ranks.follow(run)
      return nil
    }
    if let line = ranks.line(run.settings) { terminal.line(line) }
    try resumed.begin(terminal)
    let options = resumed.options
    guard let folder = resumed.takeFolder() else { return nil }
    return try session(
      run, in: folder, newFolders: [], output: output, corpus: corpus,
      terminal: terminal, options: options)
  }

  private static func session(
    _ run: TrainingRun, in folder: consuming RunFolder, newFolders: [String],
    output: ModelOutput, corpus: Corpus, terminal: Terminal, options: RunOptions
  ) throws -> TrainingSession {
    let display = TrainingDisplay(
      terminal: terminal, run: run, corpus: corpus, isJSON: options.json, folder: folder.path)
    let sampler = folder.start.sampleInterval.map { TrainingSampler(run, interval: $0) }
    // A piece that is held out tells more than one that is known by heart.
    let heard = (run.validationPieces.first ?? run.trainingPieces.first).map {
      Array(corpus.tokens(ofPiece: $0).prefix(TrainingRecorder.mostEvents))
    }
    let recorder = try TrainingRecorder(
      in: options.eventFolder(ofRunIn: folder.path) ?? folder.start.eventFolder,
      after: run.counters.step, terminal: terminal,
      gates: heard.map { heard in { try GateStatistics(of: run.network, reading: heard) } })
    return TrainingSession(
      run, in: folder, newFolders: newFolders, output: output, terminal: terminal,
      display: display, sampler: sampler, recorder: recorder)
  }
}
