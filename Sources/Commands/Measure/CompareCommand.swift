import Drawing
import ArgumentParser
import Foundation
import MuseGen

/// `musegen compare`: how far pieces are from a corpus, measured by the corpus itself.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Measures how far pieces are from a corpus.",
    discussion: """
      Each feature's distance to the corpus stands beside the mean distance between two random \
      halves of the corpus (20 cuts of a fixed seed): what chance alone makes of so many pieces. Of fewer it \
      makes more, and the last line tells how much. \
      Distances are 1-Wasserstein in the feature's unit, but total variation (0 to 1) for pitch \
      classes and the mean absolute difference for self-similarity. Every piece counts the same; \
      drums are left out, but for notes a second and, where nothing else plays, equal bars. The last \
      rows tell how pieces are built: which share of bars is equal to the bar so many bars before (the \
      same pitches at the same sixteenths), which share of phrases of four bars ends with the bass going \
      from the dominant to the tonic or resting on the dominant, and which share of pieces ends on \
      the tonic of the key that fits the whole piece best.

      Pieces that were written to a length are held against excerpts of that length with --first: a \
      minute from the beginning of a sonata is slower and thinner than the sonata. Where a piece ends is still \
      asked of the whole piece. Notes sound as long as a pedal holds them.
      """)

  @Argument(
    help: "The pieces: a folder, a file or a glob.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var pieces: String

  @Argument(
    help: "The corpus: a folder, a file or a glob.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var corpus: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Look only at so much of each piece, from its first note: 60s, 3:00.", valueName: "time"))
  var first: TimeSpan?

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    if let first, first.seconds <= 0 {
      throw Failure(.usage, "--first is \(first), expected more than 0 s")
    }
    let terminal = Terminal()
    let generated = try features(of: pieces, terminal: json ? nil : terminal)
    let known = try features(of: corpus, terminal: json ? nil : terminal)
    let comparisons = FeatureComparison.all(of: generated, with: known)
    let chance =
      known.count > 1
      ? FeatureComparison.chance(pieces: generated.count, corpus: known.count) : nil
    if json {
      let report = CompareReport(
        pieces: generated.count, corpusPieces: known.count, chance: chance, features: comparisons)
      try Terminal.printJSON(report)
      return
    }
    terminal.line("\(generated.count.counted("piece")) against \(known.count.grouped)")
    terminal.line(row("", ["pieces", "corpus", "distance", "halves", "times"]))
    for comparison in comparisons {
      let figures = [
        comparison.pieceMean, comparison.corpusMean, comparison.distance, comparison.halves,
        comparison.ratio,
      ]
      terminal.line(
        row(comparison.feature.label, figures.map { $0.map { $0.decimals(3) } ?? "-" }))
    }
    if let summary = Self.summary(of: comparisons, chance: chance) { terminal.line(summary) }
  }

  /// The table in a few sentences; nil where nothing can be compared.
  ///
  /// - Parameters:
  ///   - comparisons: its rows.
  ///   - chance: how many times the halves' distance chance alone makes of so many pieces.
  /// - Returns: the sentences in one line.
  private static func summary(of comparisons: [FeatureComparison], chance: Double?) -> String? {
    let told = comparisons.compactMap { comparison in
      comparison.ratio.map { (name: comparison.feature.name, times: $0) }
    }.sorted { $0.times > $1.times }
    guard told.count > 1 else { return nil }
    let near = told.count { $0.times <= 2 }
    let far = told.prefix(3).filter { $0.times > 2 }.map {
      "\($0.name) (\($0.times.decimals(1)) times)"
    }
    let count =
      near == told.count
      ? "All \(told.count) rows" : "\(near) of \(told.count.counted("row"))"
    var sentences = [
      "\(count) \(near == 1 ? "is" : "are") within twice the distance of the halves"
        + (far.isEmpty ? "." : "; furthest off: \(far.joined(separator: ", ")).")
    ]
    // No multiple of 0 tells how far these are.
    let foreign = comparisons.filter { $0.halves == 0 && $0.distance ?? 0 > 0 }.map {
      $0.feature.name
    }
    if !foreign.isEmpty {
      sentences.append(
        "In some rows the corpus' pieces are all alike, and these are not: "
          + "\(foreign.joined(separator: ", ")).")
    }
    if let chance, chance > 1 {
      sentences.append(
        "So few other pieces of the corpus' kind would be about \(chance.decimals(1)) times off "
          + "by chance alone.")
    }
    return sentences.joined(separator: " ")
  }

  private func features(of argument: String, terminal: Terminal?) throws -> [PieceFeatures] {
    let paths = try NamedMusic([argument]).paths()
    terminal?.transient("reading \(paths.count.counted("file"))")
    let (features, skipped) = try mapScores(
      at: paths, threads: ProcessInfo.processInfo.activeProcessorCount
    ) { [first] _, score -> PieceFeatures?? in
      guard score.tracks.contains(where: { !$0.notes.isEmpty }) else { return .some(nil) }
      guard let first else { return PieceFeatures(score) }
      // An excerpt may be too short to hear an upbeat that the file does not tell.
      let told = score.tellingUpbeat().score
      return PieceFeatures(told.beginning(first), of: score)
    }
    SkippedFiles(errors: skipped, total: paths.count).warn()
    guard !features.isEmpty else {
      throw Failure(
        .data, "\(argument): none of \(paths.count.counted("file")) could be read as music")
    }
    let sounding = features.compactMap { $0 }
    guard !sounding.isEmpty else {
      throw Failure(.data, "\(argument): no notes found, expected music to compare")
    }
    return sounding
  }

  private func row(_ label: String, _ cells: [String]) -> String {
    label.padding(toLength: 30, withPad: " ", startingAt: 0)
      + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }
}

extension Score {
  /// So much of the score behind its first note, from the bar line before it: cut at an upbeat, bars would no longer
  /// be those of the piece.
  fileprivate func beginning(_ length: TimeSpan) -> Score {
    let onset = tracks.flatMap(\.notes).map(\.onset).min() ?? 0
    let start = metreMap.map { $0.tick(ofBar: $0.bar(at: onset)) } ?? onset
    let clock = tempoMap
    let end = clock.tick(atSeconds: clock.seconds(atTick: onset) + length.seconds)
    return trimmed(to: start..<max(start, end))
  }
}

/// What `musegen compare --json` tells.
private struct CompareReport: Encodable {
  let pieces: Int
  let corpusPieces: Int
  /// How many times the halves' distance chance alone makes of so many; nil without halves.
  let chance: Double?
  let features: [FeatureComparison]
}

extension Feature {
  /// The feature's name for people.
  fileprivate var name: String { String(label.prefix { $0 != "," }) }

  /// The feature's name and unit for people.
  fileprivate var label: String {
    switch self {
    case .pitchClasses: "pitch classes"
    case .pitchClassEntropy: "pitch-class entropy, bits"
    case .scaleConsistency: "scale consistency"
    case .noteDensity: "notes a second"
    case .onsetIntervals: "onset to onset, seconds"
    case .noteLengths: "note lengths, seconds"
    case .velocity: "velocity"
    case .polyphony: "polyphony"
    case .selfSimilarity: "self-similarity"
    case .repetition1: "equal to the bar before"
    case .repetition2, .repetition4, .repetition8, .repetition16:
      "equal to the bar \(barDistance ?? 0) before"
    case .cadences: "cadences, of phrases"
    case .tonicEnd: "ends on the tonic, of pieces"
    }
  }
}
