import FileStorage
import MuseGen

/// Where the music of a run is that has moved since.
struct MovedCorpus {
  /// The arguments that name it.
  var names: [String]
  /// Those that name what is held out; empty where that is a share.
  var heldOut: [String]
  /// The table of its labels or styles, absolute; nil where that is where it was.
  var labels: String?
}

/// A run that is taken up: its folder, its last checkpoint, and where its music is.
struct ResumedRun: ~Copyable {
  /// Locked; nil in a process that follows another, which has it.
  private var folder: RunFolder?
  /// How the run was started.
  let start: RunFolder.Start
  let checkpoint: Checkpoint
  /// Nil where the folder is.
  let output: ModelOutput?
  /// The settings with which it goes on.
  private(set) var settings: TrainingSettings
  let options: RunOptions
  /// The run's folder as the user named it.
  private let name: String
  /// The same from the root.
  let path: String
  private let moved: MovedCorpus?

  /// Opens an interrupted run.
  ///
  /// - Parameters:
  ///   - path: the run's folder, or a folder of runs, of which the latest interrupted one is meant.
  ///   - length: when it ends; nil for when it was to end.
  ///   - output: the model file to write; nil for the one that it was to write.
  ///   - overwrite: whether a file there may be replaced.
  ///   - moved: where its music is; nil where it is where it was.
  ///   - options: what it shows and leaves.
  ///   - isLocking: whether this process is the one that writes into the folder.
  /// - Returns: the run.
  /// - Throws: ``Failure`` where it cannot go on.
  static func open(
    _ path: String, length: TrainingSettings.Length?, output: String?,
    overwrite: OverwriteOptions, moved: MovedCorpus?, options: RunOptions,
    locking isLocking: Bool
  ) throws -> ResumedRun {
    let place = absolutePath(path)
    var folder: RunFolder?
    var target: ModelOutput?
    let start: RunFolder.Start
    if isLocking {
      let locked = try Failure.training { try RunFolder.open(place) }
      target = try ModelOutput(output, overwrite: overwrite, resuming: locked)
      start = locked.start
      folder = consume locked
    } else {
      guard let found = RunFolder.start(in: place) else {
        throw Failure(TrainingError(.malformedRun(path: place)))
      }
      start = found
    }
    var (checkpoint, damage) = try Failure.training { try RunFolder.latestCheckpoint(in: place) }
    if let damage { Terminal.warn("\(damage); going on from the one before") }
    if let moved {
      checkpoint.settings.heldOut = try heldOut(
        checkpoint.settings.heldOut, movedTo: moved.heldOut)
    } else {
      // The corpus' names count from where the run was started.
      try enter(start.folder)
    }
    var settings = checkpoint.settings
    settings.length = length ?? settings.length
    return ResumedRun(
      folder: folder, start: start, checkpoint: checkpoint, output: target, settings: settings,
      options: options, name: path, path: place, moved: moved)
  }

  // Throws nothing: the optimiser of Swift 6.3.1 frees a folder twice in an initialiser that does.
  private init(
    folder: consuming RunFolder?, start: RunFolder.Start, checkpoint: Checkpoint,
    output: ModelOutput?, settings: TrainingSettings, options: RunOptions, name: String,
    path: String, moved: MovedCorpus?
  ) {
    self.folder = folder
    self.start = start
    self.path = path
    self.checkpoint = checkpoint
    self.output = output
    self.settings = settings
    self.options = options
    self.name = name
    self.moved = moved
  }

  private static func enter(_ folder: String) throws {
    do {
      try changeCurrentFolder(to: folder)
    } catch {
      throw Failure(
        .noInput,
        "\(folder): the run was started here, and it is gone; name the place of its music with "
          + "--corpus")
    }
  }

  /// What is held out under the names that it has got.
  private static func heldOut(_ heldOut: HeldOut, movedTo names: [String]) throws -> HeldOut {
    switch heldOut {
    case .fraction:
      guard names.isEmpty else {
        throw Failure(.usage, "--valid has no effect on a run that holds a share out")
      }
      return heldOut
    case .named(let old):
      guard !names.isEmpty else { throw missing(old) }
      return .named(names)
    case .folder(let old):
      guard names.count == 1 else { throw missing([old]) }
      return .folder(names[0])
    }
  }

  private static func missing(_ names: [String]) -> Failure {
    Failure(
      .usage,
      "the run holds out \(names.joined(separator: ", ")); say with --valid where that is now")
  }

  /// The arguments that name the music, on either side.
  var corpus: [String] { moved.map { $0.names + $0.heldOut } ?? start.corpus }

  /// Where labels or styles come from.
  ///
  /// - Parameter record: how the run was started.
  /// - Returns: the options.
  func labels(_ record: RunFolder.Start.Labels?) -> LabelOptions {
    var labels = LabelOptions(record)
    if let table = moved?.labels { labels.labels = table }
    return labels
  }

  /// At most so many threads train; one a core where nil.
  var threads: Int? { options.threads ?? start.threads }

  /// Reads the music; where it is not there, the error says what to do.
  func reading<Music>(_ read: () throws -> Music) throws -> Music {
    do {
      return try read()
    } catch let failure as Failure where failure.code == .noInput && moved == nil {
      throw Failure(
        .noInput, "\(failure.message); where the music has moved, name its place with --corpus")
    }
  }

  /// Checks that the music is the run's.
  ///
  /// - Parameter digest: the digest of what was read.
  /// - Throws: ``Failure`` where it is other music.
  func checkDigest(_ digest: String) throws {
    guard digest == checkpoint.corpusDigest else {
      throw Failure(
        TrainingError(.foreignCheckpoint(difference: "its corpus has changed since")))
    }
  }

  /// Checks that the pieces held out are those that were: of the same files others may be, where files are called
  /// otherwise or a table says other things of them.
  ///
  /// - Parameter split: how the pieces are parted.
  /// - Throws: ``Failure`` where others are held out, or the music has moved and nobody knows which were.
  func check(_ split: Split) throws {
    let old = RunFolder.description(in: path)?.corpus.splitDigest
    if let moved, old == nil, !moved.heldOut.isEmpty {
      throw Failure(
        .data,
        "\(name): begun by an older musegen, which did not note the pieces held out; --corpus "
          + "cannot check them")
    }
    guard old == nil || old == split.digest else {
      throw Failure(
        .data,
        "\(name): other pieces are held out than were, expected the same "
          + (moved == nil
            ? "as when it began: names of files or folders, what a table says of works, or musegen have changed since"
            : "in their new place"))
    }
  }

  /// Notes in the folder that the run goes on, on this music.
  ///
  /// - Parameter terminal: where it is told.
  /// - Throws: ``Failure`` where the folder cannot be written.
  mutating func begin(_ terminal: Terminal) throws {
    if let moved {
      try Failure.writing {
        let corpus = corpus
        try folder?.moveCorpus(to: corpus, from: currentFolder(), labels: moved.labels)
      }
    }
    try Failure.writing { try folder?.markUnfinished() }
    try Failure.writing { try folder?.truncateLog(to: checkpoint.counters) }
    terminal.line("going on after step \(checkpoint.counters.step) of \(name)")
  }

  /// The folder, for the session; nil in a process that follows another.
  consuming func takeFolder() -> RunFolder? { folder }

  /// The run itself, by its name alone too, or the latest interrupted one of a folder of runs.
  static func path(_ name: String) throws -> String {
    let path = RunModel.folder(named: name)
    guard fileKind(at: path) == .folder else { throw Failure(TrainingError(.noRun(path: path))) }
    if fileKind(at: path + "/run.json") != nil { return path }
    let runs = try Failure.writing { try RunSummary.all(in: path) }
    guard let latest = runs.last(where: { $0.state == .interrupted }) else {
      throw Failure(.noInput, "\(path): no interrupted run to resume among \(runs.count)")
    }
    return latest.path
  }
}
