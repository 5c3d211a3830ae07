public import FileStorage
public import Recurrent
import Tokenization

/// What a run's folder tells of the run, without loading a checkpoint.
public struct RunSummary: Hashable, Sendable, Codable {
  /// Whether a run goes on, can go on, or has come to its end.
  public enum State: String, Hashable, Sendable, Codable {
    /// A process trains in the folder.
    case running
    /// It ended before its time and can be resumed.
    case interrupted
    /// It came to its end.
    case finished
    /// Its loss is no longer a number; nothing can be resumed.
    case diverged
    /// It ended before its first checkpoint; nothing can be resumed.
    case empty
  }

  /// The run's folder.
  public var path: String
  /// The model file that it writes, absolute; nil where its record cannot be read.
  public var output: String?
  /// The folders, files and globs of its corpus, absolute where they are no collection's names.
  public var corpus: [String]?
  /// Its state.
  public var state: State
  /// The last step of its log.
  public var step: Int
  /// How far it came, 0 to 1.
  public var progress: Double
  /// The seconds trained.
  public var seconds: Double
  /// The lowest held-out loss, in nats per token; of a classifier that of the best, in nats per piece; nil where none
  /// was measured.
  public var bestNats: Double?
  /// The loss of the best in nats per second of music, which compares between vocabularies; nil where none
  /// was measured, and of a classifier.
  public var bestNatsPerSecond: Double?
  /// The step at which the best was measured: of the lowest loss, or the highest accuracy.
  public var bestStep: Int?
  /// The highest share of the held-out pieces that was told right; nil where a model is trained.
  public var bestAccuracy: Double?
  /// The training loss of the last step that reads enough to tell, in nats per token; nil before the first step.
  public var lastNats: Double?
  /// The bytes of the files in its folder.
  public var bytes: Int
  /// When it was last written to, in seconds since 1970.
  public var modified: Double
  /// The kind of cell; like all that follows nil where the folder does not describe its run.
  public var cell: Cell?
  /// The number of layers.
  public var layers: Int?
  /// The size of each layer's hidden state.
  public var hidden: Int?
  /// How many numbers the network has.
  public var parameters: Int?
  /// The vocabulary's name.
  public var vocabulary: String?
  /// The seed.
  public var seed: UInt64?
  /// The version of musegen that began it.
  public var musegen: String?

  /// Reads the folder of a run; nil where it is none.
  ///
  /// - Parameter path: the folder.
  public init?(path: String) {
    guard fileKind(at: path + "/run.json") == .file else { return nil }
    self.path = path
    if let start = RunFolder.start(in: path) {
      output = start.output
      corpus = start.corpus.map { name in
        let absolute = start.folder + "/" + name
        return name.hasPrefix("/") || fileKind(at: name) == nil && fileKind(at: absolute) == nil
          ? name : absolute
      }
    }
    let checkpoints = (try? RunFolder.checkpoints(in: path)) ?? []
    if FileLock.isHeld(path: path + "/lock") {
      state = .running
    } else if RunFolder.divergence(in: path) != nil {
      state = .diverged
    } else if checkpoints.isEmpty {
      state = .empty
    } else {
      state =
        fileKind(at: path + "/" + RunFolder.finishedName) == nil ? .interrupted : .finished
    }
    step = 0
    progress = 0
    seconds = 0
    var full = FullSteps()
    for line in (try? RunLogLine.all(in: path)) ?? [] {
      seconds = max(line.seconds, 0)
      switch line.event {
      case .step(let taken):
        step = max(taken.step, 0)
        progress = taken.progress.isNaN ? 0 : min(max(taken.progress, 0), 1)
        if taken.nats.isNaN {
          lastNats = nil
        } else if full.admits(taken) {
          lastNats = taken.nats
        }
      case .validation(let validation):
        if validation.accuracy == nil {
          bestNats = min(bestNats ?? .infinity, validation.nats)
        }
        if validation.isBest {
          // The classifier that tells most is seldom the one whose loss is the lowest.
          if validation.accuracy != nil { bestNats = validation.nats }
          bestStep = validation.step
          bestAccuracy = validation.accuracy
          bestNatsPerSecond = validation.natsPerSecond > 0 ? validation.natsPerSecond : nil
        }
      }
    }
    if let description = RunFolder.description(in: path) {
      let network = description.settings.network
      (cell, layers, hidden) = (network.cell, network.layerCount, network.hiddenSize)
      parameters = description.parameters
      vocabulary = description.settings.vocabulary.name
      seed = description.settings.seed
      musegen = description.sessions.first?.musegen
    }
    let names = (try? listFolder(at: path)) ?? []
    bytes = names.reduce(0) { sum, name in
      // Sparse files may be said to have more bytes than can be counted.
      let (bytes, overflow) = sum.addingReportingOverflow(fileSize(at: path + "/" + name) ?? 0)
      return overflow ? .max : bytes
    }
    modified =
      (checkpoints + ["metrics.jsonl", "run.json"])
      .compactMap { modificationTime(at: path + "/" + $0) }.max() ?? 0
  }

  /// The runs in a folder, the latest last.
  ///
  /// - Parameter folder: a folder of runs' folders.
  /// - Returns: the runs.
  /// - Throws: `FileError` where it cannot be listed.
  public static func all(in folder: String) throws(FileError) -> [RunSummary] {
    let prefix = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
    return try listFolder(at: folder).compactMap { RunSummary(path: prefix + $0) }
      .sorted { ($0.modified, $0.path) < ($1.modified, $1.path) }
  }
}
