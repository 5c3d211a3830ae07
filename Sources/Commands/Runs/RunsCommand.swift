import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MuseGen

/// `musegen runs`: what was trained.
struct RunsCommand: ParsableCommand, NameTaking {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists training runs, tells of one, compares and removes them.",
    subcommands: [RunsListCommand.self, RunsDiffCommand.self, RunsRemoveCommand.self],
    defaultSubcommand: RunsListCommand.self)

  /// Runs in `runs` have names, what is there on disk has a path.
  static func isName(_ word: String) -> Bool {
    fileKind(at: word) != nil || RunModel.folder(named: word) != word
  }
}

/// `musegen runs list`: lists training runs, or tells all of one.
struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists training runs, the latest last, or tells all of one.",
    discussion: """
      Of one run: its network, settings, music, machine and losses, and in two sentences how it went \
      and what would help.
      """)

  @Argument(help: "The folder of the runs' folders, or a run's folder.", completion: .directory)
  var folder = "runs"

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let folder = RunModel.folder(named: folder)
    guard fileKind(at: folder) == .folder else {
      throw Failure(.noInput, "\(folder): found no folder, expected one that holds runs")
    }
    if let summary = RunSummary(path: folder) {
      let report = try Failure.writing { try RunReport(summary) }
      return json ? try Terminal.printJSON(report) : try StandardOutput.lines(report.lines)
    }
    let runs = try Failure.writing { try RunSummary.all(in: folder) }
    if json {
      return try Terminal.printJSON(runs)
    }
    if runs.isEmpty { return try StandardOutput.line("\(folder): no runs") }
    for run in runs {
      try StandardOutput.line(run.line)
      if run.state == .interrupted {
        try StandardOutput.line("  musegen train --resume \(run.path.shellQuoted)")
      }
    }
  }
}

/// `musegen runs rm`: removes training runs.
struct RunsRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Removes training runs: their checkpoints, logs and samples.",
    discussion: "The models that they wrote stay, and so does what is no run's in their folders.")

  @Argument(help: "Folders of runs, such as runs/midi-1.", completion: .directory)
  var runs: [String]

  func run() throws {
    // All are looked at before the first is removed.
    let summaries = try runs.map { name in
      let path = RunModel.folder(named: name)
      guard let summary = RunSummary(path: path) else {
        throw Failure(TrainingError(.noRun(path: path)))
      }
      guard summary.state != .running else { throw Failure(TrainingError(.locked(path: path))) }
      return summary
    }
    // Of several names of one folder the first counts.
    var seen: Set<FileIdentity> = []
    for summary in summaries
    where FileIdentity(path: summary.path).map({ seen.insert($0).inserted }) ?? true {
      let others = try Failure.training { try RunFolder.remove(summary.path) }
      try StandardOutput.line(
        "\(summary.path): removed, \((Double(summary.bytes) / 1e6).decimals(1)) MB"
          + (others.isEmpty
            ? ""
            : "; \(others.joined(separator: ", ")) \(others.count == 1 ? "stays" : "stay")"))
    }
  }
}

extension RunSummary {
  /// The run in a line.
  var line: String {
    let date = Date(timeIntervalSince1970: modified)
    let parts: [String?] = [
      state.rawValue, "step \(step.grouped) (\(Int((progress * 100).rounded())) %)", loss, network,
      vocabulary, ClockText.duration(seconds), "\((Double(bytes) / 1e6).decimals(1)) MB",
      date.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space)),
    ]
    return "\(path): " + parts.compactMap { $0 }.joined(separator: ", ")
  }

  /// The best loss, or what there is of one.
  var loss: String {
    let step = bestStep.map { " at step \($0.grouped)" } ?? ""
    if let bestAccuracy { return "best \(bestAccuracy.percent) right\(step)" }
    if let bestNats { return "best \(text(ofNats: bestNats))\(step)" }
    return lastNats.map { "training \(text(ofNats: $0))" } ?? "no step yet"
  }

  /// The network in a few words; nil where the folder does not describe its run.
  var network: String? {
    guard let cell, let layers, let hidden else { return nil }
    return "\(cell.rawValue.uppercased()) of \(layers) x \(hidden)"
  }

  /// A loss; one that breaks may have dozens of digits before.
  private func text(ofNats nats: Double) -> String {
    (nats.magnitude < 1e6 ? nats.decimals(3) : String(format: "%.2e", nats)) + " nats"
  }
}
