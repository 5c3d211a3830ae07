import Drawing
import ArgumentParser
import Foundation
import MuseGen

/// `musegen eval`: how well a model predicts music that it has not seen.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures how well a model predicts pieces.",
    discussion: """
      Each piece is read from start to end with the state carried on. A piece's negative \
      log-likelihood, its end included, is summed over all pieces and divided by their events, \
      notes, seconds and, for pianoroll models, frames. The intervals hold 95 % of the results \
      when pieces are drawn anew.
      """)

  @Argument(
    help: "Folders, files or globs.", completion: .file(extensions: ["mid", "midi", "kar", "rmi"]))
  var pieces: [String]

  @OptionGroup var model: ModelOptions

  @Flag(help: "Print the figures, of every piece too, as JSON.")
  var json = false

  func run() throws {
    let terminal = Terminal()
    let model = try model.load()
    let corpus = try NamedMusic(pieces).corpus(
      in: model.vocabulary, terminal: json ? nil : terminal)
    let likelihood: Likelihood
    do {
      likelihood = try Likelihood(of: model, on: corpus) { done in
        if !json { terminal.transient("\(Int((100 * done).rounded())) %") }
      }
    } catch let error as EvaluationError {
      throw Failure(.unavailable, "\(error)")
    }
    let report = EvalReport(
      likelihood, skipped: corpus.skipped.count, provenance: model.provenance)
    if json {
      try Terminal.printJSON(report)
    } else {
      report.lines.forEach { terminal.line($0) }
    }
  }
}

/// What `musegen eval` tells.
private struct EvalReport: Encodable {
  let pieces: [PieceLikelihood]
  let skipped: Int
  let nats: Double
  let natsPer: [String: Likelihood.Mean]
  let perplexity: Double?
  let unigramNats: Double?
  let bigramNats: Double?

  init(_ likelihood: Likelihood, skipped: Int, provenance: Provenance) {
    pieces = likelihood.pieces
    self.skipped = skipped
    nats = likelihood.pieces.reduce(0) { $0 + $1.nats }
    var means: [String: Likelihood.Mean] = [:]
    for unit in Likelihood.Unit.allCases { means[unit.rawValue] = likelihood.mean(per: unit) }
    natsPer = means
    perplexity = means[Likelihood.Unit.token.rawValue].map { exp($0.value) }
    unigramNats = provenance.unigramNats
    bigramNats = provenance.bigramNats
  }

  var lines: [String] {
    let tokens = pieces.reduce(0) { $0 + $1.tokens }
    var lines = [
      "\(pieces.count.grouped) \(pieces.count == 1 ? "piece" : "pieces"), \(tokens.grouped) events"
        + (skipped > 0 ? ", \(skipped) files skipped" : "")
    ]
    let names: [(Likelihood.Unit, String)] = [
      (.token, "event"), (.note, "note"), (.second, "second"), (.frame, "frame"),
    ]
    for (unit, name) in names {
      guard let mean = natsPer[unit.rawValue] else { continue }
      lines.append(
        "\(mean.value.decimals(3)) nats per \(name) "
          + "(\(mean.low.decimals(3)) to \(mean.high.decimals(3)))")
    }
    if let perplexity { lines.append("perplexity \(perplexity.decimals(2))") }
    if let unigramNats, let bigramNats {
      lines.append(
        "when it was trained: \(unigramNats.decimals(3)) nats per event by frequency alone, "
          + "\(bigramNats.decimals(3)) from the event before")
    }
    return lines
  }
}
