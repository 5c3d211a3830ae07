import ArgumentParser
import FileStorage
import Foundation
import MuseGen
import Settings

/// A training run in its folder: trains, shows, logs, and saves now and then and at the end.
struct TrainingSession: ~Copyable {
  private let run: TrainingRun
  private let folder: RunFolder
  private let output: ModelOutput
  private let display: TrainingDisplay
  private let sampler: TrainingSampler?
  /// The folders made for this run, which are not worth keeping before its first checkpoint.
  private let newFolders: [String]

  /// Prepares a new run.
  static func start(
    _ plan: TrainingPlan, pieces: [String], folder: String?, output: String?,
    overwrite: OverwriteOptions, file: ModelFileOptions, run options: RunOptions
  ) throws -> TrainingSession {
    let output = try ModelOutput(output, overwrite: overwrite)
    let terminal = Terminal(isQuiet: options.json)
    let heldOut = plan.settings.heldOut
    var (corpus, split) = try NamedMusic(pieces).corpus(
      holdingOut: heldOut, .near, in: try plan.settings.vocabulary.makeVocabulary(),
      measuringAttributes: !plan.conditions.isEmpty, labels: plan.labels, terminal: terminal)
    // What is held out must not shape the vocabulary either.
    corpus = try plan.merges.learningMerges(of: corpus, from: split.train)
    if !plan.conditions.isEmpty {
      do {
        corpus = try corpus.learningConditions(plan.conditions, from: split.train)
      } catch {
        throw error.setting.map { Failure($0) } ?? Failure(.usage, "--conditions: \(error)")
      }
    }
    var plan = plan
    plan.settings.vocabulary = corpus.vocabulary.configuration
    try plan.chooseSize(for: corpus, terminal: terminal)
    return try Failure.training {
      let run = try TrainingRun(settings: plan.settings, corpus: corpus, base: plan.base)
      for caution in run.cautions { terminal.line(caution.line) }
      var start = RunFolder.Start(
        folder: currentFolder(), corpus: pieces + heldOut.names,
        output: absolutePath(output.path), label: file.label, precision: file.store,
        sampleInterval: options.sampleEvery, saveInterval: options.saveEvery)
      start.styles = plan.labels?.record
      let path = folder ?? unusedFolder(for: pieces[0])
      let newFolders = foldersToMake(for: path)
      for folder in newFolders { Temporaries.add(folder, isShared: folder != path) }
      return TrainingSession(
        run: run, folder: try RunFolder.create(path, start: start), newFolders: newFolders,
        output: output, corpus: corpus, terminal: terminal, options: options)
    }
  }

  /// Takes up an interrupted run.
  static func resume(
    _ path: String, length: TrainingSettings.Length?, output: String?,
    overwrite: OverwriteOptions, run options: RunOptions
  ) throws -> TrainingSession {
    let terminal = Terminal(isQuiet: options.json)
    let path = try interruptedRun(at: path)
    var folder = try Failure.training { try RunFolder.open(absolutePath(path)) }
    let (checkpoint, damage) = try Failure.training { try folder.latestCheckpoint() }
    if let damage { Terminal.warn("\(damage); going on from the one before") }
    let output = try ModelOutput(output, overwrite: overwrite, resuming: folder)
    var settings = checkpoint.settings
    settings.length = length ?? settings.length
    // The corpus' names count from where the run was started.
    do {
      try changeCurrentFolder(to: folder.start.folder)
    } catch {
      throw Failure(.noInput, "\(folder.start.folder): the run was started here, and it is gone")
    }
    try Failure.writing { try folder.markUnfinished() }
    try Failure.writing { try folder.truncateLog(to: checkpoint.counters) }
    let (corpus, _) = try NamedMusic(folder.start.corpus).corpus(
      holdingOut: settings.heldOut, settings.likeness ?? .exact,
      in: try settings.vocabulary.makeVocabulary(),
      labels: LabelOptions(folder.start.styles), terminal: terminal)
    let run = try Failure.training {
      try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    }
    terminal.line("going on after step \(checkpoint.counters.step) of \(path)")
    return TrainingSession(
      run: run, folder: folder, newFolders: [], output: output, corpus: corpus,
      terminal: terminal, options: options)
  }

  private init(
    run: TrainingRun, folder: consuming RunFolder, newFolders: [String], output: ModelOutput,
    corpus: Corpus, terminal: Terminal, options: RunOptions
  ) {
    self.newFolders = newFolders
    self.run = run
    self.output = output
    display = TrainingDisplay(
      terminal: terminal, run: run, corpus: corpus, isJSON: options.json, folder: folder.path)
    sampler = folder.start.sampleInterval.map { TrainingSampler(interval: $0) }
    self.folder = folder
  }

  /// Trains until the run's end or Ctrl-C, and writes the model.
  consuming func train() throws {
    display.showStart()
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
        // Before the checkpoint: a run killed in between writes the sample again.
        if let path = try sampler?.sampleIfDue(run, in: folder) { display.showSample(path) }
        let idle = lastSave.map { (clock.now - $0) / .seconds(1) }
        if idle.map({ interval.isDue(step: step.step, seconds: $0) }) ?? true {
          try Failure.writing { try folder.save(run.checkpoint) }
          if lastSave == nil { Self.keepWork(in: newFolders) }
          lastSave = clock.now
        }
      }
    } catch let error as TrainingError {
      // The steps before the loss broke are worth keeping.
      if run.bestNetwork != nil { try writeModel() }
      if case .diverged(let step, _) = error.reason {
        try Failure.writing { try folder.markDiverged(atStep: step) }
      }
      throw Failure(error)
    }
    // The model first: it is what the user wants, and a checkpoint needs more of a scarce disk.
    do {
      if run.counters.step > 0 { try writeModel() }
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
    if isUnfinished {
      throw CancellationError()
    }
  }

  /// From the first checkpoint on a signal ends training with what it has learned.
  static func keepWork(in newFolders: [String]) {
    for folder in newFolders { Temporaries.keep(folder) }
    Interruption.keepWork(
      answering: "finishing this step, then saving; Ctrl-C again leaves without")
  }

  /// A path and the folders above it that are not there yet, the outermost first.
  static func foldersToMake(for path: String) -> [String] {
    let bytes = path.utf8
    let ends =
      bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") && $0 != bytes.startIndex }
      + [bytes.endIndex]
    return ends.map { String(path[..<$0]) }.filter { fileKind(at: $0) == nil }
  }

  /// The run itself, or the latest interrupted one of a folder of runs.
  static func interruptedRun(at path: String) throws -> String {
    guard fileKind(at: path) == .folder else {
      throw Failure(.noInput, "\(path): no checkpoint to resume from")
    }
    if fileKind(at: path + "/run.json") != nil { return path }
    let runs = try Failure.writing { try RunSummary.all(in: path) }
    guard let latest = runs.last(where: { $0.state == .interrupted }) else {
      throw Failure(.noInput, "\(path): no interrupted run to resume among \(runs.count)")
    }
    return latest.path
  }

  private func writeModel() throws {
    var model = run.model
    if let label = folder.start.label { model.provenance.apply(label) }
    let aside = try output.write(
      model.safetensors(precision: folder.start.precision ?? .f32))
    if let aside { display.showKept(output.path, as: aside) }
    guard
      output.path == folder.start.output || absolutePath(output.path) == folder.start.output
    else { return }
    try Failure.writing { try folder.markOutputWritten() }
  }

  /// `runs/NAME` after the corpus, numbered where that is taken.
  static func unusedFolder(for corpus: String) -> String {
    let stem = pathWithoutExtension(fileName(of: absolutePath(corpus)))
    let name = stem.isEmpty || stem == "/" || stem.contains("*") ? "corpus" : stem
    let candidates = (1...).lazy.map { "runs/\(name)-\($0)" }
    return candidates.first { fileKind(at: $0) == nil } ?? "runs/\(name)"
  }
}

extension Failure {
  /// What keeps a file from being read or written, with the exit code of its kind.
  init(_ error: FileError) {
    let code: Code =
      switch error.operation {
      case .read, .list: error.isCancelled ? .interrupted : .noInput
      case .write, .createFolder: error.isDiskTrouble ? .inputOutput : .cannotCreate
      }
    if error.operation == .write, error.errno == EEXIST {
      self.init(code, "\(error.path): exists; give --overwrite or another name")
    } else {
      self.init(code, error.description)
    }
  }

  /// What keeps a model from being trained, with the exit code of its kind.
  init(_ error: TrainingError) {
    let code: Code =
      switch error.reason {
      case .setting, .network, .vocabulary: .usage
      case .emptyCorpus, .diverged, .hasDiverged, .unreadableCheckpoint, .foreignCheckpoint: .data
      case .malformedRun: .data
      case .noCheckpoint: .noInput
      case .locked: .unavailable
      case .runExists, .foreignFile: .cannotCreate
      case .file(let file): Failure(file).code
      }
    self = error.setting.map { Failure($0) } ?? Failure(code, error.line)
  }

  /// Runs a part of training, turning its error into one line and an exit code.
  static func training<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TrainingError {
      throw Failure(error)
    }
  }
}

extension TrainingError {
  /// The error as one line that says what to do.
  fileprivate var line: String {
    switch reason {
    case .diverged: "\(self); try a lower --learning-rate or a smaller --clip"
    case .hasDiverged: "\(self); start anew with a lower --learning-rate or a smaller --clip"
    case .runExists(let path):
      "\(self); go on with it by --resume \(path), or choose another name"
    case .foreignFile: "\(self); choose another folder with --run"
    default: description
    }
  }
}

/// Lets the model be heard while it learns: a piece every so often, always of the same seed.
///
/// The network is copied and the piece has random numbers of its own, so training goes on to the
/// same bytes as without it.
final class TrainingSampler {
  private let interval: RunInterval
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant

  /// - Parameter interval: how often.
  init(interval: RunInterval) {
    self.interval = interval
    last = clock.now
  }

  /// Writes a sample when it is time.
  ///
  /// - Returns: the file written, or nil.
  func sampleIfDue(_ run: TrainingRun, in folder: borrowing RunFolder) throws -> String? {
    let step = run.counters.step
    guard interval.isDue(step: step, seconds: (clock.now - last) / .seconds(1)) else { return nil }
    var model = run.model
    // What it knows now, not the best so far.
    model.network = run.network
    var settings = GenerationSettings()
    settings.seconds = 20
    settings.seed = run.settings.seed
    let generator = try model.startPiece(settings)
    while generator.next() != nil {}
    let path = folder.samplePath(afterStep: step)
    try Failure.writing {
      try createFolder(at: FileStorage.folder(of: path))
      try writeFile(generator.score.midiFile().bytes(), at: path)
    }
    last = clock.now
    return path
  }
}
