import ArgumentParser
import FileStorage
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
          [row.name] + row.values.map { ($0?.description ?? "-").clipped(to: 40) }
        }
    ).lines
  }
}
