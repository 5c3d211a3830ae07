import Drawing
import FileStorage
package import MuseGen

/// What the runs of a sweep came to, the best settings first.
package struct SweepReport: Encodable, Equatable {
  /// What losses are divided by.
  package enum Unit: String, Encodable {
    /// An event.
    case event
    /// A second of music: where vocabularies vary, events are not worth the same.
    case second
    /// A piece, of classifiers.
    case piece
  }

  /// Some settings, trained with one seed or more.
  package struct Row: Encodable, Equatable {
    /// What varies, by name.
    package var settings: [String: String]
    /// The settings as words.
    package var words: String
    /// The numbers of the trials that have come to their end.
    package var trials: [Int]
    /// The held-out loss of what each kept, in nats per ``SweepReport/natsPer``; none of a run that held nothing out.
    package var nats: [Double]
    /// Of classifiers the highest share of held-out pieces that each told right, by which the best is chosen.
    package var accuracies: [Double]?
    /// How many are still to come.
    package var missing: Int
    /// How many lost their numbers on the way.
    package var diverged: Int

    /// The mean over seeds; nil where none has come to its end.
    package var mean: Double? { nats.isEmpty ? nil : nats.reduce(0, +) / Double(nats.count) }

    /// The mean share of pieces told right; nil where none are told apart.
    package var meanAccuracy: Double? {
      accuracies.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
    }

    /// The place of the best of ``trials``; nil where none has come to its end.
    package var bestPlace: Int? {
      nats.indices.min { (wrong($0), nats[$0]) < (wrong($1), nats[$1]) }
    }

    private func wrong(_ place: Int) -> Double {
      accuracies.map { $0.indices.contains(place) ? 1 - $0[place] : 1 } ?? 0
    }

    /// What is to be low: of classifiers the share told wrong, and then the loss.
    fileprivate var rank: (wrong: Double, nats: Double) {
      (mean == nil ? .infinity : meanAccuracy.map { 1 - $0 } ?? 0, mean ?? .infinity)
    }
  }

  /// All settings, those of the lowest mean loss first, of classifiers those of the highest mean accuracy.
  package private(set) var rows: [Row] = []
  /// The trial whose loss is the lowest of all, or whose accuracy is the highest; nil where none has come to its end.
  package private(set) var best: Int?
  /// What losses are divided by.
  package private(set) var natsPer: Unit

  /// Looks at the runs of a plan.
  ///
  /// - Parameters:
  ///   - plan: the sweep.
  ///   - summary: what is known of a trial's run, by its number; nil where it has not begun.
  package init(_ plan: SweepPlan, summary: (Int) -> RunSummary?) {
    natsPer = plan.variesVocabulary ? .second : .event
    var places: [String: Int] = [:]
    var lowest = (Double.infinity, Double.infinity)
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
        let accuracy = found?.bestAccuracy
        if accuracy != nil { natsPer = .piece }
        // A training loss is of what was learned, and with some of it dropped.
        guard let nats = natsPer == .second ? found?.bestNatsPerSecond : found?.bestNats else {
          continue
        }
        rows[place].trials.append(trial.number)
        rows[place].nats.append(nats)
        if let accuracy { rows[place].accuracies = (rows[place].accuracies ?? []) + [accuracy] }
        let rank = (accuracy.map { 1 - $0 } ?? 0, nats)
        if rank < lowest { (lowest, best) = (rank, trial.number) }
      case .diverged: rows[place].diverged += 1
      default: rows[place].missing += 1
      }
    }
    rows = rows.enumerated().sorted { one, other in
      let (left, right) = (one.element.rank, other.element.rank)
      return (left.wrong, left.nats, one.offset) < (right.wrong, right.nats, other.offset)
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
        let right = row.meanAccuracy.map { "\($0.percent) right, " } ?? ""
        let unit = natsPer == .event ? "" : " per \(natsPer.rawValue)"
        return "\(right)\(mean.decimals(3)) nats\(unit)\(spread)"
      }
      let isUnmeasured = row.nats.isEmpty && row.diverged == 0 && row.missing == 0
      let parts = [
        isUnmeasured ? "nothing held out to compare by" : loss,
        row.diverged > 0 ? "\(row.diverged) diverged" : nil,
        row.missing > 0 ? "\(row.missing) to come" : nil,
      ].compactMap { $0 }
      return "\(parts.joined(separator: ", ")): \(row.words)"
    }
  }

  /// The table as CSV: a line for each settings, its columns what varies.
  package var table: String {
    let names = rows.first.map { $0.settings.keys.sorted() } ?? []
    let isOfShares = rows.contains { $0.accuracies != nil }
    let unit = natsPer == .second ? "_per_second" : ""
    let losses = ["mean", "lowest", "highest"].map { "\($0)_nats\(unit)" }
    let shares = isOfShares ? ["mean_accuracy"] : []
    let head = names + shares + losses + ["runs", "diverged", "to_come"]
    let body = rows.map { row in
      let shares = isOfShares ? [row.meanAccuracy] : []
      let numbers = shares + [row.mean, row.nats.min(), row.nats.max()]
      return names.map { row.settings[$0] ?? "" } + numbers.map { $0.map { "\($0)" } ?? "" }
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
