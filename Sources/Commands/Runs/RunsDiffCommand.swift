import ArgumentParser
import FileStorage
import MuseGen
import Reproducibility

/// `musegen runs diff`: what differs between runs.
struct RunsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Shows in what runs differ: settings, music, machine, losses.",
    discussion: """
      Settings are called by the flags of train, with --json as in the runs' description.json. Of a run begun by an older \
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
      of: try runs.map { name in
        try Failure.training { () throws(TrainingError) in
          try ComparedRun(path: RunModel.folder(named: name))
        }
      })
    if json { return try Terminal.printJSON(differences) }
    try StandardOutput.lines(differences.lines)
  }
}

extension RunDifferences {
  /// A table for people.
  var lines: [String] {
    if differences.isEmpty { return ["no difference"] }
    let head = [""] + runs
    return TextTable(
      [head]
        + differences.map { row in
          [row.heading] + row.values.map { ($0?.description ?? "-").clipped(to: 40) }
        }.sorted { $0[0] < $1[0] }
    ).lines
  }
}

extension RunDifferences.Row {
  /// What is no setting.
  private static let headings = [
    "steps": "steps taken", "best.nats": "best loss in nats", "best.step": "best at step",
    "best.accuracy": "best accuracy", "streams": "streams", "parameters": "parameters",
    "musegen": "musegen", "labels": "labels",
  ]

  /// The flags of settings that stand in parts of others, of several beginnings of a name the longest first.
  private static let flags = [
    ("network.recall.dropout", "--recall-dropout"), ("network.recall.gate", "--recall-gate"),
    ("network.recall.lengths", "--recall"), ("network.recall", "--recall"),
    ("network.initialization.scheme", "--init"),
    ("network.initialization.forgetBias", "--forget-bias"),
    ("network.layerNormalization", "--layer-norm"),
    ("network.learnedInitialState", "--learned-start"), ("schedule.peak", "--learning-rate"),
    ("schedule.warmupSteps", "--warmup"), ("schedule.shape", "--schedule"),
    ("optimizer.kind", "--optimizer"), ("optimizer.weightDecay", "--weight-decay"),
    ("clipping.globalNorm", "--clip"), ("clipping.value", "--clip-value"),
    ("length.epochs", "--epochs"), ("length.steps", "--steps"), ("length.seconds", "--time"),
    ("variation.semitones", "--transpose"), ("variation.stretch", "--stretch"),
    ("variation.velocity", "--velocity"), ("heldOut.fraction", "--valid"),
    ("heldOut.named", "--valid"), ("heldOut", "--valid"), ("keepsConditions", "--keep-conditions"),
    ("vocabulary.type", "--tokens"), ("vocabulary", "--tokens"), ("base", "--from"),
  ]

  /// What people call it: a setting by the flag that gives it, and what in it where that is not all.
  fileprivate var heading: String {
    if let heading = Self.headings[name] { return heading }
    for (path, flag) in Self.flags where name == path || name.hasPrefix(path + ".") {
      let rest = name.dropFirst(path.count + 1)
      return rest.isEmpty ? flag : "\(flag) \(rest)"
    }
    let key = name.hasPrefix("network.") ? name.dropFirst("network.".count) : name[...]
    return key.contains(".") ? name : SettingFlag.flag(for: String(key)) ?? name
  }
}
