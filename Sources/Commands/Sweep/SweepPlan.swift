import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MuseGen
import Reproducibility

/// Which runs a sweep is made of: settings of `train`, some of them with several values or a range.
package struct SweepPlan: Equatable {
  /// A run of the sweep.
  package struct Trial: Equatable {
    /// Its number, from 1.
    package var number: Int
    /// What it is set to of what varies, by the settings' names, in the file's order.
    package var varied: [ConfigurationEntry]
    /// Its settings as arguments of `train`, without the pieces.
    package var arguments: [String]

    /// What varies but the seed, as words.
    package var words: String {
      varied.filter { $0.name != "seed" }.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    }
  }

  /// The runs.
  package private(set) var trials: [Trial] = []
  /// The arguments that name the music.
  package private(set) var pieces: [String] = []
  /// Whether a setting of the vocabulary varies, so that an event of one run tells more than one of another.
  package private(set) var variesVocabulary = false

  /// Settings that are lists by themselves, and vary in no sweep.
  private static let lists: Set = ["pieces", "source", "valid"]
  /// What is each trial's own.
  private static let own: Set = ["run", "output", "overwrite", "preset"]
  /// A grid of more is a mistake.
  private static let mostTrials = 10_000

  /// Reads a sweep's file.
  ///
  /// - Parameters:
  ///   - text: lines of `name = value`, each setting by its flag's long name. An array is one value each; a text
  ///     such as `"0.001..0.01"` or `"0.001..0.01 log"` is a range to draw from. `trials = 20` draws as many
  ///     settings instead of taking all, `draw = 2` other ones; each is trained with every seed.
  ///   - name: what its lines are called after.
  /// - Throws: ``Failure`` for the first line that cannot be.
  package init(_ text: String, name: String) throws {
    let command = try TrainCommand.parse([])
    let known = Set(command.listing.map(\.name))
    let entries: [ConfigurationEntry]
    do {
      entries = try FlatTOML.entries(in: text, name: name, allowingNumbers: true)
    } catch {
      throw Failure(.data, "\(name):\(error.line): \(error.message)")
    }
    var fixed: [ConfigurationEntry] = []
    var axes: [Axis] = []
    var (draws, draw): (Int?, UInt64) = (nil, 1)
    var drawing: [ConfigurationEntry] = []
    for entry in entries {
      switch entry.name {
      case "trials":
        draws = try entry.count(in: 1...Self.mostTrials)
        drawing.append(entry)
      case "draw":
        draw = UInt64(try entry.count(in: 0...1_000_000_000))
        drawing.append(entry)
      case "pieces":
        switch entry.value {
        case .list(let names): pieces = names
        case .text(let path): pieces = [path]
        default: throw entry.fault("pieces is no text, expected names such as [\"midi/\"]")
        }
      default:
        guard known.contains(entry.name), !Self.own.contains(entry.name) else {
          let nearest = entry.name.nearest(among: known.subtracting(Self.own)).asNearest
          throw entry.fault(
            Self.own.contains(entry.name)
              ? "\(entry.name) cannot be set in a sweep"
              : "no setting is called \(entry.name)\(nearest)")
        }
        if let axis = try Axis(entry, isList: Self.lists.contains(entry.name)) {
          axes.append(axis)
        } else {
          // The runs' curves would be one in it.
          if entry.name == "tensorboard", case .text(let folder) = entry.value {
            throw entry.fault(
              "tensorboard is \(folder), expected true: each run has a folder of its own")
          }
          try entry.check()
          fixed.append(entry)
        }
      }
    }
    guard !pieces.isEmpty else {
      throw Failure(
        .data, "\(name): no music to learn from; add a line such as pieces = [\"midi/\"]")
    }
    let ofVocabulary = Set((command.vocabulary.listing + command.given.listing).map(\.name))
    variesVocabulary = axes.contains { ofVocabulary.contains($0.entry.name) }
    let seeds = axes.filter { $0.entry.name == "seed" }
    let others = axes.filter { $0.entry.name != "seed" }
    if let idle = drawing.first, draws == nil || others.isEmpty {
      throw idle.fault(
        draws == nil
          ? "draw has no effect without trials, expected trials = 20 or so"
          : "\(idle.name) is \(idle.text) and nothing varies but the seed, expected a list or a range to draw from"
      )
    }
    let settings: [[ConfigurationEntry]]
    if let draws {
      settings = Self.drawn(draws, of: others, seed: draw)
      if settings.count < draws, let entry = drawing.first(where: { $0.name == "trials" }) {
        throw entry.fault(
          "trials is \(draws), but what varies has only "
            + "\(settings.count.counted("combination")) to draw; expected "
            + (settings.count > 1 ? "at most \(settings.count)" : "more values, or a wider range"))
      }
    } else {
      settings = try Self.grid(of: others, name: name)
    }
    let runs = try settings.flatMap { chosen in
      try Self.grid(of: seeds, name: name).map { chosen + $0 }
    }
    guard runs.count <= Self.mostTrials else {
      throw Failure(.data, "\(name): found \(runs.count.grouped) runs, expected 10,000 at most")
    }
    // Each value once, however many runs have it: train's flags are many, and reading them takes a millisecond.
    var checked: Set<[String]> = []
    for run in runs {
      for entry in run where checked.insert(entry.arguments).inserted { try entry.check() }
    }
    trials = runs.enumerated().map { index, run in
      Trial(number: index + 1, varied: run, arguments: (fixed + run).flatMap(\.arguments))
    }
  }

  /// How many draws in a row may bring nothing new before there is taken to be no more.
  private static let mostRepeats = 10_000

  /// Draws settings, each combination once; fewer where there are no more.
  ///
  /// What repeats an earlier one is drawn anew in its place, so that all others keep their numbers.
  private static func drawn(
    _ count: Int, of axes: [Axis], seed: UInt64
  ) -> [[ConfigurationEntry]] {
    func row(_ number: Int) -> [ConfigurationEntry] {
      axes.enumerated().map { place, axis in
        axis.drawn(derivedSeed(seed, UInt64(number), UInt64(place)))
      }
    }
    var rows = (0..<count).map(row)
    var known: Set<[ConfigurationEntry]> = []
    let repeated = rows.indices.filter { !known.insert(rows[$0]).inserted }
    var (next, misses) = (count, 0)
    for index in repeated {
      misses = 0
      rows[index] = row(next)
      while !known.insert(rows[index]).inserted {
        misses += 1
        if misses == mostRepeats { return Array(known) }
        next += 1
        rows[index] = row(next)
      }
      next += 1
    }
    return rows
  }

  /// All values of all settings, the last one's changing first.
  private static func grid(
    of axes: [Axis], name: String
  ) throws -> [[ConfigurationEntry]] {
    var rows: [[ConfigurationEntry]] = [[]]
    for axis in axes {
      let values = try axis.values
      let (count, overflow) = rows.count.multipliedReportingOverflow(by: values.count)
      guard !overflow, count <= mostTrials else {
        throw Failure(.data, "\(name): found more than 10,000 runs, expected 10,000 at most")
      }
      rows = rows.flatMap { row in values.map { row + [$0] } }
    }
    return rows
  }
}

/// A setting that varies.
private struct Axis {
  let entry: ConfigurationEntry
  private let choice: Choice

  private enum Choice {
    case values([String])
    case whole(ClosedRange<Int>, isLogarithmic: Bool)
    case real(ClosedRange<Double>, isLogarithmic: Bool)
  }

  /// Nil where the entry has one value.
  init?(_ entry: ConfigurationEntry, isList: Bool) throws {
    self.entry = entry
    switch entry.value {
    case .list(let texts) where !isList:
      guard !texts.isEmpty else { throw entry.fault("\(entry.name) has no value to try") }
      choice = .values(texts)
    case .text(let text):
      guard let match = text.wholeMatch(of: /([-+0-9.eE]+?)\.\.([-+0-9.eE]+)( log)?/),
        let low = Double(match.1), let high = Double(match.2)
      else { return nil }
      let isLogarithmic = match.3 != nil
      guard low < high, low.isFinite, high.isFinite, low > 0 || !isLogarithmic else {
        throw entry.fault(
          "\(entry.name) is \(text), expected a range that rises\(isLogarithmic ? ", above 0" : "")"
        )
      }
      if let first = Int(match.1), let last = Int(match.2) {
        choice = .whole(first...last, isLogarithmic: isLogarithmic)
      } else {
        choice = .real(low...high, isLogarithmic: isLogarithmic)
      }
    default: return nil
    }
  }

  /// Every value, each once.
  var values: [ConfigurationEntry] {
    get throws {
      guard case .values(let texts) = choice else {
        throw entry.fault(
          "\(entry.name) is a range, expected trials = 20 or so in the file to draw from it")
      }
      // Equal runs cost their time again, and seeds that are counted twice tell too small a spread.
      var known: Set<String> = []
      if let again = texts.first(where: { !known.insert(Self.spelling(of: $0)).inserted }) {
        throw entry.fault(
          "\(entry.name) has \(again) twice, which would train the same again; leave one out")
      }
      return texts.map(set)
    }
  }

  /// A value in the one spelling that all of a number have: 0.10 is 0.1.
  private static func spelling(of text: String) -> String {
    // A seed has more digits than a number of double precision.
    if let whole = UInt64(text) { return "\(whole)" }
    guard let number = Double(text) else { return text }
    return Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// The value that a random number chooses.
  func drawn(_ number: UInt64) -> ConfigurationEntry {
    // The upper 53 bits, as many as a number of double precision has.
    let share = Double(number >> 11) / Double(1 << 53)
    func between(_ low: Double, _ high: Double, _ isLogarithmic: Bool) -> Double {
      isLogarithmic ? exp(log(low) + share * (log(high) - log(low))) : low + share * (high - low)
    }
    switch choice {
    case .values(let texts): return set(texts[Int(share * Double(texts.count))])
    case .whole(let range, let isLogarithmic):
      // Each whole number has as much room as its neighbours.
      let value = between(
        Double(range.lowerBound), Double(range.upperBound) + 1, isLogarithmic)
      let whole = Int(exactly: value.rounded(.down)) ?? range.upperBound
      return set("\(min(max(whole, range.lowerBound), range.upperBound))")
    case .real(let range, let isLogarithmic):
      let value = between(range.lowerBound, range.upperBound, isLogarithmic)
      // Three digits tell settings apart, and can be read.
      return set(String(format: "%.3g", value))
    }
  }

  private func set(_ text: String) -> ConfigurationEntry {
    var chosen = entry
    switch text {
    case "true", "false": chosen.value = .truth(text == "true")
    default: chosen.value = Double(text) == nil ? .text(text) : .number(text)
    }
    return chosen
  }
}

extension ConfigurationEntry {
  /// The value as it stands in a file, a text without its marks.
  fileprivate var text: String {
    switch value {
    case .text(let text), .number(let text): text
    case .truth(let isTrue): "\(isTrue)"
    case .list(let texts): texts.joined(separator: " ")
    case nil: ""
    }
  }

  fileprivate func fault(_ message: String) -> Failure { Failure(.data, "\(place): \(message)") }

  fileprivate func count(in range: ClosedRange<Int>) throws -> Int {
    guard case .number(let digits) = value, let count = Int(digits), range.contains(count) else {
      throw fault("\(name) is \(text), expected \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  /// Sees to it that `train` takes the value.
  fileprivate func check() throws {
    do {
      _ = try TrainCommand.parse(arguments)
    } catch {
      throw fault(ParserMessage(error, of: TrainCommand.self).line)
    }
  }
}
