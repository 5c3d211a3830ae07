import Drawing
import FileStorage
package import MuseGen

/// What the runs of a sweep came to, the best settings first.
package struct SweepReport: Encodable, Equatable {
  /// Some settings, trained with one seed or more.
  package struct Row: Encodable, Equatable {
    /// What varies, by name.
    package var settings: [String: String]
    /// The settings as words.
    package var words: String
    /// The numbers of the trials that have come to their end.
    package var trials: [Int]
    /// The lowest held-out loss of each, in nats per token.
    package var nats: [Double]
    /// How many are still to come.
    package var missing: Int
    /// How many lost their numbers on the way.
    package var diverged: Int

    /// The mean over seeds; nil where none has come to its end.
    package var mean: Double? { nats.isEmpty ? nil : nats.reduce(0, +) / Double(nats.count) }
  }

  /// All settings, those of the lowest mean loss first.
  package private(set) var rows: [Row] = []
  /// The trial whose loss is the lowest of all; nil where none has come to its end.
  package private(set) var best: Int?

  /// Looks at the runs of a plan.
  ///
  /// - Parameters:
  ///   - plan: the sweep.
  ///   - summary: what is known of a trial's run, by its number; nil where it has not begun.
  package init(_ plan: SweepPlan, summary: (Int) -> RunSummary?) {
    var places: [String: Int] = [:]
    var lowest = Double.infinity
    for trial in plan.trials {
      let words = trial.words
      let place = places[words] ?? rows.count
      if place == rows.count {
        places[words] = place
        let varied = trial.varied.filter { $0.name != "seed" }
        rows.append(
          Row(
            settings: Dictionary(
              varied.map { ($0.name, $0.arguments.first.map(Self.value) ?? "") },
              uniquingKeysWith: { $1 }), words: words.isEmpty ? "as set" : words, trials: [],
            nats: [], missing: 0, diverged: 0))
      }
      let found = summary(trial.number)
      switch found?.state {
      case .finished:
        guard let nats = found?.bestNats ?? found?.lastNats else { continue }
        rows[place].trials.append(trial.number)
        rows[place].nats.append(nats)
        if nats < lowest { (lowest, best) = (nats, trial.number) }
      case .diverged: rows[place].diverged += 1
      default: rows[place].missing += 1
      }
    }
    rows = rows.enumerated().sorted {
      ($0.element.mean ?? .infinity, $0.offset) < ($1.element.mean ?? .infinity, $1.offset)
    }.map(\.element)
  }

  /// What stands behind a flag's sign of equality; a flag alone is true.
  private static func value(_ argument: String) -> String {
    argument.firstIndex(of: "=").map { String(argument[argument.index(after: $0)...]) }
      ?? (argument.hasPrefix("--no-") ? "false" : "true")
  }

  /// The table as lines.
  package var lines: [String] {
    rows.map { row in
      let loss = row.mean.map { mean in
        let spread =
          row.nats.count > 1
          ? " (\((row.nats.min() ?? mean).decimals(3)) to \((row.nats.max() ?? mean).decimals(3)), "
            + "\(row.nats.count) seeds)" : ""
        return "\(mean.decimals(3)) nats\(spread)"
      }
      let parts = [
        loss, row.diverged > 0 ? "\(row.diverged) diverged" : nil,
        row.missing > 0 ? "\(row.missing) to come" : nil,
      ].compactMap { $0 }
      return "\(parts.joined(separator: ", ")): \(row.words)"
    }
  }

  /// The table as CSV: a line for each settings, its columns what varies.
  package var table: String {
    let names = rows.first.map { $0.settings.keys.sorted() } ?? []
    let head = names + ["mean_nats", "lowest_nats", "highest_nats", "runs", "diverged", "to_come"]
    let body = rows.map { row in
      names.map { row.settings[$0] ?? "" }
        + [row.mean, row.nats.min(), row.nats.max()].map { $0.map { "\($0)" } ?? "" }
        + ["\(row.nats.count)", "\(row.diverged)", "\(row.missing)"]
    }
    return ([head] + body).map { cells in
      cells.map { cell in
        cell.contains { ",\"\n\r".contains($0) }
          ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
      }.joined(separator: ",") + "\n"
    }.joined()
  }
}
