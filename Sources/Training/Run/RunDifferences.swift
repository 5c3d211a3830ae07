import Recurrent
public import Reproducibility
import Tokenization

/// A run as names and values.
public struct ComparedRun: Sendable {
  /// The run's folder.
  public let path: String
  /// What it was set to, by the names in its description.
  public private(set) var values: [String: JSONValue] = [:]

  /// Reads a run.
  ///
  /// - Parameter path: its folder.
  /// - Throws: ``TrainingError`` where the folder holds no run, or neither a description nor a checkpoint.
  public init(path: String) throws(TrainingError) {
    guard let summary = RunSummary(path: path) else { throw TrainingError(.noRun(path: path)) }
    self.path = path
    if let description = RunFolder.description(in: path) {
      var music = description.corpus
      // What is held out is told apart by its digest, and how it all sounds by the music's.
      (music.heldOut, music.leftOut, music.sound) = ([], [], nil)
      add(description.settings)
      add(music, under: "corpus.")
      add(["streams": description.streams, "parameters": description.parameters], under: "")
      values["corpus.heldOut"] = .whole(description.corpus.heldOut.count)
      values["labels"] = description.labels.map { .list($0.map { .text($0) }) }
      if let session = description.sessions.last {
        values["musegen"] = .text(session.musegen)
        values["machine.instructionSet"] = .text(session.instructionSet)
        values["machine.cores"] = .whole(session.cores)
        values["machine.threads"] = .whole(session.threads)
        values["machine.processes"] = session.processes.map { .whole($0) }
        values["machine.precision"] = .text(session.precision.rawValue)
      }
    } else {
      let checkpoint = try RunFolder.latestCheckpoint(in: path).checkpoint
      add(checkpoint.settings)
      values["corpus.digest"] = .text(checkpoint.corpusDigest)
    }
    values["steps"] = .whole(summary.step)
    values["best.nats"] = summary.bestNats.map { .number(Self.rounded($0)) }
    values["best.step"] = summary.bestStep.map { .whole($0) }
    values["best.accuracy"] = summary.bestAccuracy.map { .number(Self.rounded($0)) }
  }

  /// Further digits are no difference.
  private static func rounded(_ number: Double) -> Double {
    abs(number) < 1e9 ? (number * 1e4).rounded() / 1e4 : number
  }

  private mutating func add(_ settings: TrainingSettings) {
    add(settings, under: "")
    // It is the vocabulary's, and known of some runs only: of those that go on from a model.
    values["network.vocabularySize"] = nil
    // Only a vocabulary with conditions has any to keep.
    values["keepsConditions"] = nil
    if case .conditioned = settings.vocabulary {
      values["keepsConditions"] = .truth(settings.keepsConditions ?? true)
    }
  }

  private mutating func add(_ part: some Encodable, under name: String) {
    let value = try? CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(part))
    if let value { add(value, named: name) }
  }

  /// Takes objects apart; a list is one value.
  private mutating func add(_ value: JSONValue, named name: String) {
    guard let fields = value.object else {
      values[name] = value
      return
    }
    for (key, field) in fields {
      // `{"epochs": {"_0": 30}}` is one value with a name.
      let joined =
        key.hasPrefix("_")
        ? name : name.isEmpty || name.hasSuffix(".") ? name + key : "\(name).\(key)"
      add(field, named: joined)
    }
  }
}

/// What is not the same in all of some runs.
public struct RunDifferences: Sendable, Encodable {
  /// The runs' folders.
  public let runs: [String]
  /// What differs, by name.
  public let differences: [Row]

  /// Something that differs.
  public struct Row: Hashable, Sendable, Encodable {
    /// What it is called.
    public var name: String
    /// The values in the runs' order; nil where a run has none.
    public var values: [JSONValue?]
  }

  /// Compares runs.
  public init(of compared: [ComparedRun]) {
    runs = compared.map(\.path)
    let names = Set(compared.flatMap(\.values.keys)).sorted()
    differences = names.compactMap { name in
      let values = compared.map { $0.values[name] }
      return Set(values).count > 1 ? Row(name: name, values: values) : nil
    }
  }
}
