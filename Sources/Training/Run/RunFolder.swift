public import FileStorage
public import Modeling
import Reproducibility

/// A run's folder: its last checkpoints, its log, and what it was started with.
///
/// Two checkpoints are kept, so that there is always a whole one; the folder is locked while a
/// process trains in it.
public struct RunFolder: ~Copyable {
  /// What a run was started with, so that it can be resumed by its folder's name alone.
  public struct Start: Hashable, Sendable, Codable {
    /// The folder in which it was started, from which the names of the corpus count.
    public var folder: String
    /// The folders, files and globs of the corpus, as they were given.
    public var corpus: [String]
    /// The model file to write, absolute.
    public var output: String
    /// What the model file shall say of itself.
    public var label: ModelLabel?
    /// How the model file stores its numbers; exactly where nil.
    public var precision: Model.StoredPrecision?
    /// Where the labels come from that a classifier learns; nil where a model is trained.
    public var labels: Labels?

    /// Where the styles come from that a model is told; nil where folders tell them, or nobody does.
    public var styles: Labels?

    /// Where labels come from.
    public struct Labels: Hashable, Sendable, Codable {
      /// A table, absolute; nil where folders tell them.
      public var table: String?
      /// The table's column; of styles those of ``PieceStyles/columns`` where nil.
      public var column: String?

      /// Creates a record.
      public init(table: String?, column: String?) {
        self.table = table
        self.column = column
      }
    }

    /// At most so many threads train; one a core where nil.
    public var threads: Int?
    /// How often a sample of the model's music is written; never where nil.
    public var sampleInterval: RunInterval?
    /// How often a checkpoint is written; a minute where nil.
    public var saveInterval: RunInterval?

    /// Where event files are written, absolute; nowhere where nil.
    public var eventFolder: String?

    /// Creates a record.
    public init(
      folder: String, corpus: [String], output: String, label: ModelLabel? = nil,
      precision: Model.StoredPrecision? = nil, sampleInterval: RunInterval? = nil,
      saveInterval: RunInterval? = nil
    ) {
      self.folder = folder
      self.corpus = corpus
      self.output = output
      self.label = label
      self.precision = precision
      self.sampleInterval = sampleInterval
      self.saveInterval = saveInterval
    }
  }

  /// The folder.
  public let path: String
  /// What the run was started with.
  public private(set) var start: Start
  private let lock: FileLock
  private var log: LogFile

  /// Makes the folder of a new run.
  ///
  /// - Parameters:
  ///   - path: the folder; made where it does not exist.
  ///   - start: what the run is started with.
  /// - Returns: the folder, locked.
  /// - Throws: ``TrainingError`` where it cannot be made, is another run's, or holds files that are no
  ///   run's under names that a run gives to its own.
  public static func create(_ path: String, start: Start) throws(TrainingError) -> RunFolder {
    try fileStep { () throws(FileError) in try createFolder(at: path) }
    // A run that was killed early has left its record, and what stands beside it is its own.
    let isRuns = RunFolder.start(in: path) != nil
    if !isRuns, let name = foreignFile(in: path) {
      throw TrainingError(.foreignFile(path: path + "/" + name))
    }
    var folder = try RunFolder(locking: path, start: start, isRuns: isRuns)
    let others = try fileStep { () throws(FileError) in try checkpoints(in: path) }
    guard others.isEmpty else { throw TrainingError(.runExists(path: path)) }
    // A run that was killed before its first checkpoint leaves a log of steps that are lost.
    do {
      try folder.truncateLog(to: nil)
      for name in [divergedName, descriptionName, splitName, skippedName] {
        try removeFile(at: path + "/" + name)
      }
    } catch {
      throw TrainingError(.file(error))
    }
    try fileStep { () throws(FileError) in try folder.writeStart() }
    return folder
  }

  /// Records that the music has moved.
  ///
  /// - Parameters:
  ///   - corpus: the folders, files and globs where it is.
  ///   - folder: from which they count.
  ///   - labels: the table that tells the labels or styles, absolute; nil where it is where it was.
  /// - Throws: `FileError` where that cannot be written.
  public mutating func moveCorpus(
    to corpus: [String], from folder: String, labels: String?
  ) throws(FileError) {
    start.corpus = corpus
    start.folder = folder
    if let labels {
      start.labels?.table = labels
      start.styles?.table = labels
    }
    try writeStart()
  }

  private func writeStart() throws(FileError) {
    try writeFile(Array(CanonicalJSON.line(of: start).utf8), at: path + "/run.json")
  }

  /// Opens the folder of an interrupted run.
  ///
  /// - Parameter path: the folder.
  /// - Returns: the folder, locked.
  /// - Throws: ``TrainingError`` where it holds no run, its record cannot be read, its loss is no longer a number,
  ///   or another process trains in it.
  public static func open(_ path: String) throws(TrainingError) -> RunFolder {
    let record: [UInt8]
    do {
      record = try readFile(at: path + "/run.json", limit: 1 << 24)
    } catch {
      throw TrainingError(error.isMissing ? .noCheckpoint(path: path) : .file(error))
    }
    guard let start = try? CanonicalJSON.decode(Start.self, from: record) else {
      throw TrainingError(.malformedRun(path: path))
    }
    if let step = divergence(in: path) { throw TrainingError(.hasDiverged(path: path, step: step)) }
    return try RunFolder(locking: path, start: start)
  }

  /// How the run in a folder was started; nil where that cannot be read.
  public static func start(in path: String) -> Start? {
    guard let record = try? readFile(at: path + "/run.json", limit: 1 << 24) else { return nil }
    return try? CanonicalJSON.decode(from: record)
  }

  private init(locking path: String, start: Start, isRuns: Bool = true) throws(TrainingError) {
    guard let lock = try fileStep({ () throws(FileError) in try FileLock(path: path + "/lock") })
    else { throw TrainingError(.locked(path: path)) }
    let log = try fileStep { () throws(FileError) in try LogFile(path: path + "/metrics.jsonl") }
    if isRuns { RunFolder.removeUnfinishedFiles(in: path) }
    self.lock = lock
    self.log = log
    self.path = path
    self.start = start
  }

  /// The latest checkpoint in a run's folder that can be read, also while a process trains there.
  ///
  /// - Parameter path: the folder.
  /// - Returns: the checkpoint, and what is wrong with a later one.
  /// - Throws: ``TrainingError`` where there is none.
  public static func latestCheckpoint(in path: String) throws(TrainingError) -> (
    checkpoint: Checkpoint, damage: TrainingError?
  ) {
    var first: TrainingError?
    let names = try fileStep { () throws(FileError) in try RunFolder.checkpoints(in: path) }
    for name in names.reversed() {
      let file = path + "/" + name
      do {
        return (try Checkpoint(path: file), first)
      } catch {
        first = first ?? TrainingError(.unreadableCheckpoint(path: file, error))
      }
    }
    throw first ?? TrainingError(.noCheckpoint(path: path))
  }

  /// Writes a checkpoint and removes all but the last two.
  ///
  /// - Parameter checkpoint: the run as it stands.
  /// - Throws: `FileError` where it cannot be written; older ones then stand as they were.
  public func save(_ checkpoint: Checkpoint) throws(FileError) {
    let number = Self.padded(checkpoint.counters.step, to: 9)
    try checkpoint.write(to: "\(path)/checkpoint-\(number).safetensors")
    for name in try RunFolder.checkpoints(in: path).dropLast(2) {
      try removeFile(at: path + "/" + name)
    }
  }

  /// Drops what the log says beyond a checkpoint: a run that was killed logs it again when resumed.
  ///
  /// - Parameter counters: those of the checkpoint from which the run goes on; nil for its start.
  /// - Throws: `FileError` where the log cannot be written anew.
  public mutating func truncateLog(to counters: Checkpoint.Counters?) throws(FileError) {
    let logPath = path + "/metrics.jsonl"
    let lines = try readFile(at: logPath).split(separator: UInt8(ascii: "\n"))
    let kept = lines.filter { line in
      guard let counters, let entry = try? CanonicalJSON.decode(RunLogLine.self, from: line)
      else { return false }
      return switch entry.event {
      case .step(let taken): taken.step <= counters.step
      // A measurement follows its step's checkpoint, which does not know of it.
      case .validation(let validation):
        validation.step < counters.step
          || validation.step == counters.lastValidation?.step
      }
    }
    guard kept.count < lines.count else { return }
    try writeFile(kept.flatMap { $0 + [UInt8(ascii: "\n")] }, at: logPath)
    log = try LogFile(path: logPath)
  }

  /// Writes a line into `metrics.jsonl`.
  ///
  /// - Parameter line: an event and its circumstances.
  /// - Throws: `FileError` where it cannot be written.
  public func log(_ line: RunLogLine) throws(FileError) { try log.append(line.json) }

  /// Where a sample of the model's music after a step belongs; a half-written one there is cleared away.
  ///
  /// - Parameter step: the step.
  /// - Returns: the path, in the folder `samples`, which has to be made.
  public func samplePath(afterStep step: Int) -> String {
    "\(path)/samples/step-\(Self.padded(step, to: 6)).mid"
  }

  /// Records that the run came to its end, after its last checkpoint.
  ///
  /// - Throws: `FileError` where it cannot be written.
  public func markFinished() throws(FileError) {
    try writeFile(Array("{}\n".utf8), at: path + "/" + RunFolder.finishedName)
  }

  /// Records that the run goes on, perhaps to a later end.
  ///
  /// - Throws: `FileError` where the folder cannot be changed.
  public func markUnfinished() throws(FileError) {
    try removeFile(at: path + "/" + RunFolder.finishedName)
  }

  /// Records that the loss is no longer a number, so that nobody goes on with the run.
  ///
  /// - Parameter step: the step at which it broke.
  /// - Throws: `FileError` where it cannot be written.
  public func markDiverged(atStep step: Int) throws(FileError) {
    try writeFile(
      Array((CanonicalJSON.line(of: Divergence(step: step)) + "\n").utf8),
      at: path + "/" + RunFolder.divergedName)
  }

  static let finishedName = "finished.json"
  static let divergedName = "diverged.json"
  static let descriptionName = "description.json"
  static let splitName = "split.csv"
  static let skippedName = "skipped.txt"

  private struct Divergence: Codable { var step: Int }

  /// The step at which the loss of the run in a folder broke; nil where it did not.
  static func divergence(in path: String) -> Int? {
    guard let record = try? readFile(at: path + "/" + divergedName, limit: 1 << 16) else {
      return nil
    }
    return (try? CanonicalJSON.decode(Divergence.self, from: record))?.step
  }

  /// The name of something in a folder without a run that a run would write over or cut.
  ///
  /// Nil where there is nothing; an empty log is one of a run that was killed before it had a record.
  private static func foreignFile(in path: String) -> String? {
    let names = [
      "run.json", descriptionName, "metrics.jsonl", "model.json", splitName, skippedName,
      finishedName, divergedName, "samples",
    ]
    return names.first { name in
      fileKind(at: path + "/" + name) != nil
        && !(name == "metrics.jsonl" && fileSize(at: path + "/" + name) == 0)
    }
  }

  /// Removes what a killed process left half-written; a folder that does not permit it is no obstacle.
  static func removeUnfinishedFiles(in path: String) {
    let samples = path + "/samples"
    // What a link leads to is another's.
    for folder in isLink(at: samples) ? [path] : [path, samples] {
      for name in (try? listFolder(at: folder)) ?? []
      where [
        ".musegen-", ".checkpoint-", ".run.json.", ".metrics.jsonl.", ".finished.json.",
        ".diverged.json.", ".step-",
      ]
      .contains(where: name.hasPrefix) {
        try? removeFile(at: folder + "/" + name)
      }
    }
  }

  /// A step with leading zeros, so that names are in the order of their steps.
  private static func padded(_ step: Int, to width: Int) -> String {
    let digits = String(step)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  static func checkpoints(in path: String) throws(FileError) -> [String] {
    try listFolder(at: path).filter {
      isNumbered($0, between: "checkpoint-", and: ".safetensors")
    }
  }

  /// Whether a name is one that a run gives to its files, of digits between two texts.
  static func isNumbered(_ name: String, between start: String, and end: String) -> Bool {
    guard name.hasPrefix(start), name.hasSuffix(end) else { return false }
    let digits = name.dropFirst(start.count).dropLast(end.count)
    return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
  }
}

/// Runs what reads or writes files, turning its error into a training error.
func fileStep<Result: ~Copyable>(
  _ body: () throws(FileError) -> Result
) throws(TrainingError) -> Result {
  do {
    return try body()
  } catch {
    throw TrainingError(.file(error))
  }
}

/// How often something is done during a run.
public enum RunInterval: Hashable, Sendable, Codable {
  /// After so many optimiser steps.
  case steps(Int)
  /// After so many seconds.
  case seconds(Double)

  /// Whether it is time again.
  ///
  /// - Parameters:
  ///   - step: the steps taken.
  ///   - previous: those taken when this was asked before.
  ///   - seconds: the time since it was done last.
  /// - Returns: true when it is time.
  public func isDue(step: Int, after previous: Int, seconds: Double) -> Bool {
    switch self {
    case .steps(let count): step / max(count, 1) > previous / max(count, 1)
    case .seconds(let interval): seconds >= interval
    }
  }
}
