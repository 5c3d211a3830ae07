import Drawing
import MuseGen

/// Shows the training of a classifier: lines, one of which renews itself on a terminal, or JSON.
final class ClassifierDisplay {
  private let terminal: Terminal
  private let run: ClassifierRun
  private let clock = SuspendingClock()
  private let start: SuspendingClock.Instant
  private var lastShown: SuspendingClock.Instant
  private let startProgress: Double
  private var tokens = 0
  private var smoothedNats: Double?
  private let isJSON: Bool
  private let folder: String

  init(terminal: Terminal, run: ClassifierRun, isJSON: Bool, folder: String) {
    self.terminal = terminal
    self.run = run
    self.isJSON = isJSON
    self.folder = folder
    start = clock.now
    startProgress = run.progress
    lastShown = start - .seconds(60)
  }

  func showStart() {
    let corpus = run.corpus
    let skipped = corpus.corpus.skipped.count
    terminal.line(
      "\(corpus.corpus.pieces.count.counted("piece")), "
        + "\(corpus.corpus.tokenCount.grouped) events"
        + (skipped == 0 ? "" : ", \(skipped.counted("file")) skipped")
        + "; \(run.split.valid.count.grouped) held out" + worksOnBothSides
        + (run.split.leftOut.isEmpty
          ? "" : ", \(run.split.leftOut.count.grouped) like them on neither side"))
    let held = Set(run.split.valid)
    terminal.line(
      "\(corpus.labels.count) labels, of each the pieces and those held out: "
        + zip(corpus.labels, corpus.pieces).map { label, pieces in
          "\(label) \(pieces.count) (\(pieces.count { held.contains($0) }))"
        }.joined(separator: ", "))
    for (label, pieces) in zip(corpus.labels, corpus.pieces)
    where !held.isEmpty && held.isDisjoint(with: pieces) {
      let isOneWork = Set(pieces.map { corpus.works[$0] }).count == 1
      Terminal.warn(
        "\(label): "
          + (isOneWork && run.settings.heldOut.names.isEmpty
            ? "all its pieces are one work, so that none is held out"
            : "none of its pieces is held out"))
    }
    if held.isEmpty {
      terminal.line("nothing is held out, and nothing tells when pieces are known by heart")
    }
    let network = run.settings.network
    terminal.line(
      "\(network.cell.rawValue.uppercased()) of \(network.layerCount) x \(network.hiddenSize), "
        + "pooled by \(network.readout?.pooling.rawValue ?? ""), "
        + "\(run.network.parameters.count.grouped) parameters; "
        + "\(run.batch) streams, excerpts of \(run.settings.window)")
    if let baselines = run.baselines {
      terminal.line(
        "to beat: \(baselines.majority.accuracy.percent) of the pieces held out by the commonest "
          + "label, \(baselines.ngrams.accuracy.percent) by counted n-grams")
    }
  }

  /// How many works stand on both sides, which only names can bring about; nothing where nothing is held out.
  private var worksOnBothSides: String {
    let works = run.corpus.works
    let held = Set(run.split.valid.map { works[$0] })
    guard !held.isEmpty else { return "" }
    let count = held.intersection(run.split.train.map { works[$0] }).count
    return ", \(count == 0 ? "no work" : count.counted("work")) on both sides"
  }

  func show(_ line: RunLogLine) {
    if isJSON { Terminal.print(json: line.json) }
    switch line.event {
    case .step(let step):
      tokens += step.tokens
      let smoothed = smoothedNats.map { $0 + 0.1 * (step.nats - $0) } ?? step.nats
      smoothedNats = smoothed
      let now = clock.now
      let interval: Duration = terminal.isInteractive ? .milliseconds(200) : .seconds(5)
      if now - lastShown < interval { return }
      lastShown = now
      let elapsed = (now - start) / .seconds(1)
      let done = step.progress - startProgress
      let remaining = done > 0 ? elapsed * (1 - step.progress) / done : .infinity
      let text =
        "\(Int((step.progress * 100).rounded())) %, epoch \(step.epoch.decimals(1)), "
        + "\(smoothed.decimals(3)) nats per excerpt, "
        + "\(Int(Double(tokens) / max(elapsed, 1e-3)).grouped) events/s, "
        + "\(ClockText.duration(remaining + run.closingSeconds)) left"
      if terminal.isInteractive { terminal.transient(text) } else { terminal.line(text) }
    case .validation(let validation):
      terminal.line(
        "step \(validation.step): held out \((validation.accuracy ?? 0).percent) right, macro F1 "
          + "\((validation.macroF1 ?? 0).decimals(3)), \(validation.nats.decimals(3)) nats per piece"
          + (validation.isBest ? ", the best" : ""))
    }
  }

  func showEnd(output: String?, isInterrupted: Bool) {
    let elapsed = (clock.now - start) / .seconds(1)
    let verdict =
      run.counters.best.map { best in
        "\((best.accuracy ?? 0).percent) of \(run.split.valid.count.counted("held-out piece")) right, "
          + "by which the epoch was chosen"
      } ?? (run.split.valid.isEmpty ? "no pieces held out" : "not measured yet")
    terminal.line(
      "\(isInterrupted ? "stopped" : "done") after \(run.counters.step.counted("step")) in "
        + "\(ClockText.duration(elapsed)): \(verdict)"
        + (output.map { "; \($0) is written" } ?? ""))
    if isInterrupted { terminal.line("go on with: musegen train --resume \(folder.shellQuoted)") }
  }
}

extension Double {
  /// A share as per cent.
  var percent: String { "\((100 * self).decimals(1)) %" }
}
