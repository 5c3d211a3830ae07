import ArgumentParser
import FileStorage
import Foundation
import MuseGen
import Reproducibility

/// `musegen runs diff`: what differs between runs.
struct RunsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Shows in what runs differ: settings, music, machine, losses.",
    discussion: """
      Settings have the names that they have in the runs' description.json. Of a run begun by an older \
      musegen its settings and losses are compared.
      """)

  @Argument(help: "Folders of runs, two or more.", completion: .directory)
  var runs: [String]

  @Flag(help: "Print the differences as JSON.")
  var json = false

  func run() throws {
    guard runs.count > 1 else {
      throw Failure(.usage, "found one run, expected two or more to compare")
    }
    let differences = RunDifferences(
      of: try runs.map { try ComparedRun(RunModel.folder(named: $0)) })
    if json { return try Terminal.printJSON(differences) }
    try StandardOutput.lines(differences.lines)
  }
}

/// A run as names and values.
struct ComparedRun {
  let path: String
  /// What it was set to, as JSON texts by their names in its description.
  private(set) var values: [String: String] = [:]

  /// - Throws: ``Failure`` where the folder holds no run, or neither a description nor a checkpoint.
  init(_ path: String) throws {
    guard let summary = RunSummary(path: path) else {
      throw Failure(TrainingError(.noRun(path: path)))
    }
    self.path = path
    if let description = RunFolder.description(in: path) {
      var music = description.corpus
      // What is held out is told apart by its digest, and how it all sounds by the music's.
      (music.heldOut, music.leftOut, music.sound) = ([], [], nil)
      try add(description.settings, under: "")
      try add(music, under: "corpus.")
      try add(["streams": description.streams, "parameters": description.parameters], under: "")
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
      let checkpoint = try Failure.training { try RunFolder.latestCheckpoint(in: path).checkpoint }
      try add(checkpoint.settings, under: "")
      values["corpus.digest"] = checkpoint.corpusDigest
    }
    values["steps"] = "\(summary.step)"
    values["best.nats"] = summary.bestNats.map { String(format: "%.4f", $0) }
    values["best.step"] = summary.bestStep.map { "\($0)" }
    values["best.accuracy"] = summary.bestAccuracy.map { String(format: "%.4f", $0) }
  }

  private mutating func add(_ part: some Encodable, under name: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(CanonicalJSON.encode(part)))
    add(object, named: name)
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
struct RunDifferences: Encodable {
  /// The runs' folders.
  let runs: [String]
  /// What differs, by name.
  let differences: [Row]

  struct Row: Encodable {
    var name: String
    /// The values in the runs' order, as JSON texts; null where a run has none.
    var values: [String?]
  }

  init(of compared: [ComparedRun]) {
    runs = compared.map(\.path)
    let names = Set(compared.flatMap(\.values.keys)).sorted()
    differences = names.compactMap { name in
      let values = compared.map { $0.values[name] }
      return Set(values).count > 1 ? Row(name: name, values: values) : nil
    }
  }

  /// A table for people.
  var lines: [String] {
    if differences.isEmpty { return ["no difference"] }
    let head = [""] + runs
    return TextTable(
      [head]
        + differences.map { row in [row.name] + row.values.map { ($0 ?? "-").clipped(to: 40) } }
    ).lines
  }
}
