import Foundation
import Recurrent
import Reproducibility

/// A run as names and values.
public struct ComparedRun: Sendable {
  /// The run's folder.
  public let path: String
  /// What it was set to, as JSON texts by their names in its description.
  public private(set) var values: [String: String] = [:]

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
      add(description.settings, under: "")
      add(music, under: "corpus.")
      add(["streams": description.streams, "parameters": description.parameters], under: "")
      values["corpus.heldOut"] = "\(description.corpus.heldOut.count)"
      values["labels"] = description.labels?.joined(separator: ", ")
      if let session = description.sessions.last {
        values["musegen"] = session.musegen
        values["machine.instructionSet"] = session.instructionSet
        values["machine.cores"] = "\(session.cores)"
        values["machine.threads"] = "\(session.threads)"
        values["machine.precision"] = session.precision.rawValue
      }
    } else {
      let checkpoint = try RunFolder.latestCheckpoint(in: path).checkpoint
      add(checkpoint.settings, under: "")
      values["corpus.digest"] = checkpoint.corpusDigest
    }
    values["steps"] = "\(summary.step)"
    values["best.nats"] = summary.bestNats.map { String(format: "%.4f", $0) }
    values["best.step"] = summary.bestStep.map { "\($0)" }
    values["best.accuracy"] = summary.bestAccuracy.map { String(format: "%.4f", $0) }
  }

  private mutating func add(_ part: some Encodable, under name: String) {
    let object = try? JSONSerialization.jsonObject(with: Data(CanonicalJSON.encode(part)))
    if let object { add(object, named: name) }
  }

  /// Takes objects apart; a list is one value.
  private mutating func add(_ value: Any, named name: String) {
    guard let fields = value as? [String: Any] else {
      let options: JSONSerialization.WritingOptions = [
        .fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes,
      ]
      let data = try? JSONSerialization.data(withJSONObject: value, options: options)
      values[name] = data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
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
    /// The values in the runs' order, as JSON texts; nil where a run has none.
    public var values: [String?]
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
