import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen

/// `musegen runs`: lists training runs.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists training runs, the latest last.")

  @Argument(help: "The folder of the runs' folders.", completion: .directory)
  var folder = "runs"

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    guard fileKind(at: folder) == .folder else {
      throw Failure(.noInput, "\(folder): found no folder, expected one that holds runs")
    }
    let runs = try Failure.writing { try RunSummary.all(in: folder) }
    if json {
      return try Terminal.printJSON(runs)
    }
    if runs.isEmpty { return try StandardOutput.line("\(folder): no runs") }
    for run in runs {
      let loss =
        run.bestNats.map { "best \(text(ofNats: $0))" }
        ?? run.lastNats.map { "training \(text(ofNats: $0))" } ?? "no step yet"
      let date = Date(timeIntervalSince1970: run.modified)
      try StandardOutput.line(
        "\(run.path): \(run.state.rawValue), step \(run.step.grouped) "
          + "(\(Int((run.progress * 100).rounded())) %), \(loss), "
          + "\(ClockText.duration(run.seconds)), \((Double(run.bytes) / 1e6).decimals(1)) MB, "
          + date.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space)))
      if run.state == .interrupted {
        try StandardOutput.line("  musegen train --resume \(run.path)")
      }
    }
  }

  /// A loss; one that breaks may have dozens of digits before.
  private func text(ofNats nats: Double) -> String {
    (nats.magnitude < 1e6 ? nats.decimals(3) : String(format: "%.2e", nats)) + " nats"
  }
}
