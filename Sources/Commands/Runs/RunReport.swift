import Drawing
import FileStorage
import Foundation
import MuseGen

/// All that `musegen runs RUN` tells, as JSON too.
struct RunReport: Encodable {
  let summary: RunSummary
  /// Nil for a run of an older version, which did not describe itself.
  let description: RunDescription?
  /// Nil where the run took no step, or its loss broke.
  let verdict: RunVerdict?
  /// What the verdict is in words.
  let sentences: [String]

  /// - Throws: `FileError` where the run's log cannot be read.
  init(_ summary: RunSummary) throws(FileError) {
    self.summary = summary
    description = RunFolder.description(in: summary.path)
    let text = try RunVerdictText(ofRunIn: summary.path, state: summary.state)
    verdict = text?.verdict
    sentences = text?.lines ?? []
  }

  /// The report for people.
  var lines: [String] {
    var lines = [
      summary.path,
      "  \(summary.state.rawValue) after step \(summary.step.grouped) "
        + "(\(Int((summary.progress * 100).rounded())) %), trained for "
        + ClockText.duration(summary.seconds),
      "  \(summary.loss)\(counting)",
    ]
    if let description {
      lines += description.lines.map { "  \($0)" }
    } else {
      lines.append("  its settings are not told: begun by an older musegen")
    }
    if let output = summary.output { lines.append("  model: \(output)") }
    lines += sentences
    let command = "musegen train --resume \(summary.path.shellQuoted)"
    // The advice may be that very command.
    if summary.state == .interrupted, !sentences.contains(where: { $0.hasSuffix(command) }) {
      lines.append("go on with: \(command)")
    }
    return lines
  }

  /// What the loss is held against.
  private var counting: String {
    guard let toBeat = description?.toBeat else { return "" }
    if let unigram = toBeat.unigramNats, let bigram = toBeat.bigramNats {
      return
        "; \(unigram.decimals(3)) by frequency alone, \(bigram.decimals(3)) from the event before"
    }
    if let majority = toBeat.majorityAccuracy, let ngrams = toBeat.ngramAccuracy {
      return "; \(majority.percent) by the commonest label, \(ngrams.percent) by counted n-grams"
    }
    return ""
  }
}

extension RunDescription {
  /// The description for people.
  fileprivate var lines: [String] {
    let network = settings.network
    var training = [
      "\(streams) streams", "windows of \(settings.window)", settings.optimizer.kind.rawValue,
      "learning rate up to \(settings.schedule.peak)", "dropout \(network.dropout)",
    ]
    if network.recurrentDropout > 0 {
      training.append("recurrent dropout \(network.recurrentDropout)")
    }
    if let windows = settings.accumulation { training.append("\(windows) windows a step") }
    if let steps = settings.localSteps {
      training.append("processes' weights averaged every \(steps.counted("step"))")
    }
    if let decay = settings.averageDecay { training.append("average of \(decay)") }
    if settings.averageTrigger != nil { training.append("average begun by the validations") }
    training += [length, "seed \(settings.seed)"]
    var lines = [
      "\(network.cell.rawValue.uppercased()) of \(network.layerCount) x \(network.hiddenSize), "
        + "embedding of \(network.embeddingSize), \(parameters.grouped) parameters, "
        + "vocabulary \(settings.vocabulary.fullName)",
      training.joined(separator: ", "),
    ]
    if let labels { lines.append("tells \(labels.joined(separator: ", "))") }
    if let base = settings.base {
      lines.append("trained on from a model: digest \(base.parameterDigest)")
    }
    var music =
      "\(corpus.pieces.counted("piece")), \(corpus.tokens.grouped) events, digest \(corpus.digest)"
    if !corpus.leftOut.isEmpty { music += ", \(corpus.leftOut.count.grouped) on neither side" }
    if !corpus.skipped.isEmpty { music += ", \(corpus.skipped.count.counted("file")) skipped" }
    lines.append(music)
    lines.append(heldOut)
    lines += sessions.map(\.line)
    return lines
  }

  private var length: String {
    switch settings.length {
    case .epochs(let epochs): epochs.counted("epoch")
    case .steps(let steps): steps.counted("step")
    case .seconds(let seconds): ClockText.duration(seconds)
    }
  }

  /// The first of the pieces held out; `--json` lists all.
  private var heldOut: String {
    let shown = corpus.heldOut.prefix(3).joined(separator: ", ")
    let more = corpus.heldOut.count > 3 ? ", …" : ""
    return "\(corpus.heldOut.count.grouped) held out" + (shown.isEmpty ? "" : ": \(shown)\(more)")
  }
}

extension RunDescription.Session {
  /// The session in a line.
  fileprivate var line: String {
    let place = afterStep > 0 ? "after step \(afterStep.grouped), " : ""
    let together = processes.map { "\($0) processes, the first: " } ?? ""
    return "\(place)\(started), musegen \(musegen), \(together)\(instructionSet), "
      + "\(cores.counted("core")), \(threads.counted("thread")), \(shards.counted("shard")), "
      + "\(precision.rawValue): musegen \(arguments.map(\.shellQuoted).joined(separator: " "))"
  }
}
