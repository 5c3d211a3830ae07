import Foundation
import MuseGen

/// What `musegen tokens FOLDER` says about a vocabulary on a corpus.
struct TokenReport {
  private let corpus: Corpus
  private let statistics: TokenStatistics
  private let error: QuantisationError

  init(_ corpus: Corpus) throws {
    self.corpus = corpus
    statistics = TokenStatistics(corpus)
    error = try QuantisationError(corpus)
  }

  func show(on terminal: Terminal) {
    let tokens = corpus.tokens.count
    let notes = corpus.pieces.reduce(0) { $0 + $1.noteCount }
    let seconds = corpus.pieces.reduce(0) { $0 + $1.seconds }
    let used = statistics.counts.count { $0 > 0 }
    row(
      terminal, "vocabulary",
      "\(corpus.vocabulary.configuration.name), \(corpus.vocabulary.count) tokens, \(used) of them used"
    )
    row(
      terminal, "pieces",
      "\(grouped(corpus.pieces.count)) (\(corpus.skipped.count) skipped), "
        + "\(decimals(seconds / 3600, 2)) h, \(grouped(notes)) notes")
    row(
      terminal, "tokens",
      "\(grouped(tokens)): \(decimals(Double(tokens) / Double(max(notes, 1)), 2)) a note, "
        + "\(decimals(Double(tokens) / max(seconds, 1e-9), 1)) a second")
    let lengths = statistics.lengths
    row(
      terminal, "a piece",
      "\(grouped(lengths.first ?? 0)) to \(grouped(lengths.last ?? 0)) tokens, "
        + "median \(grouped(lengths[lengths.count / 2]))")
    row(
      terminal, "entropy",
      "\(decimals(statistics.entropy, 2)) bits a token, "
        + "\(decimals(statistics.conditionalEntropy, 2)) given the one before")
    row(
      terminal, "onsets moved",
      "\(decimals(error.meanMilliseconds, 2)) ms on average, "
        + "\(decimals(error.largestMilliseconds, 1)) ms at most")
    row(
      terminal, "left out, joined",
      "\(grouped(error.leftOut)) of \(grouped(error.noteCount)) notes "
        + "(\(decimals(100 * Double(error.leftOut) / Double(max(error.noteCount, 1)), 2)) %)")
    let duplicates = corpus.duplicates
    row(
      terminal, "duplicates",
      duplicates.isEmpty
        ? "none"
        : "\(duplicates.count) groups of \(duplicates.reduce(0) { $0 + $1.count }) pieces, such as "
          + duplicates[0].prefix(2).map { corpus.pieces[$0].path }.joined(separator: " and "))
    for kind in statistics.kinds {
      let share = Double(kind.count) / Double(max(tokens, 1))
      row(
        terminal, kind.kind,
        "\(padded(decimals(100 * share, 1), 5)) %  \(Terminal.bar(share, width: 30))")
    }
  }

  private func row(_ terminal: Terminal, _ title: String, _ text: String) {
    terminal.line(title.padding(toLength: 18, withPad: " ", startingAt: 0) + text)
  }
}
