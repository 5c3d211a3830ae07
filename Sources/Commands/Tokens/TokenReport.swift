import Drawing
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
    let tokens = corpus.tokenCount
    let notes = corpus.pieces.reduce(0) { $0 + $1.noteCount }
    let seconds = corpus.pieces.reduce(0) { $0 + $1.seconds }
    let used = statistics.counts.count { $0 > 0 }
    row(
      terminal, "vocabulary",
      "\(corpus.vocabulary.configuration.name), \(corpus.vocabulary.count) tokens, \(used) of them used"
    )
    row(
      terminal, "pieces",
      "\(corpus.pieces.count.grouped) (\(corpus.skipped.count) skipped), "
        + "\((seconds / 3600).decimals(2)) h, \(notes.counted("note"))")
    row(
      terminal, "tokens",
      "\(tokens.grouped): \((Double(tokens) / Double(max(notes, 1))).decimals(2)) a note, "
        + "\((Double(tokens) / max(seconds, 1e-9)).decimals(1)) a second")
    let lengths = statistics.lengths
    let median = (lengths[(lengths.count - 1) / 2] + lengths[lengths.count / 2]) / 2
    row(
      terminal, "a piece",
      "\((lengths.first ?? 0).grouped) to \((lengths.last ?? 0).grouped) tokens, "
        + "median \(median.grouped)")
    row(
      terminal, "entropy",
      "\(statistics.entropy.decimals(2)) bits a token, "
        + "\(statistics.conditionalEntropy.decimals(2)) given the one before")
    row(
      terminal, "onsets moved",
      "\(error.meanMilliseconds.decimals(2)) ms on average, "
        + "\(error.largestMilliseconds.decimals(1)) ms at most")
    row(
      terminal, "left out, joined",
      "\(error.leftOut.grouped) of \(error.noteCount.grouped) notes "
        + "(\((100 * Double(error.leftOut) / Double(max(error.noteCount, 1))).decimals(2)) %)")
    let duplicates = corpus.duplicates
    row(
      terminal, "duplicates",
      duplicates.isEmpty
        ? "none"
        : "\(duplicates.count) groups of \(duplicates.reduce(0) { $0 + $1.count }) pieces, such as "
          + duplicates[0].prefix(2).map { corpus.pieces[$0].path }.joined(separator: " and "))
    let near = corpus.nearDuplicates
    row(
      terminal, "near-duplicates",
      near.isEmpty
        ? "none"
        : "\(near.count) groups of \(near.reduce(0) { $0 + $1.count }) pieces, such as "
          + near[0].prefix(2).map { corpus.pieces[$0].path }.joined(separator: " and "))
    for kind in statistics.kinds {
      let share = Double(kind.count) / Double(max(tokens, 1))
      row(
        terminal, kind.kind,
        "\((100 * share).decimals(1).leftPadded(to: 5)) %  \(Terminal.bar(share, width: 30))")
    }
  }

  private func row(_ terminal: Terminal, _ title: String, _ text: String) {
    terminal.line(title.padding(toLength: 18, withPad: " ", startingAt: 0) + text)
  }
}
