import MuseGen

/// Shows a training run: a line that renews itself on a terminal, a line now and then elsewhere.
final class TrainingDisplay {
  private let terminal: Terminal
  private let run: TrainingRun
  private let corpus: Corpus
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant
  private let startProgress: Double
  private var tokens = 0
  private var smoothedNats: Double?

  init(terminal: Terminal, run: TrainingRun, corpus: Corpus) {
    self.terminal = terminal
    self.run = run
    self.corpus = corpus
    start = clock.now
    startProgress = run.progress
    lastShown = start - .seconds(60)
  }

  func showStart() {
    let files = corpus.pieces.count
    terminal.line(
      "\(grouped(files)) pieces, \(grouped(corpus.tokens.count)) events"
        + (corpus.skipped.isEmpty ? "" : ", \(corpus.skipped.count) files skipped")
        + "; \(run.validationPieces.count) held out")
    let duplicates = corpus.duplicates.reduce(0) { $0 + $1.count - 1 }
    if duplicates > 0 {
      terminal.line("\(duplicates) pieces are others again, also transposed; kept on one side")
    }
    let settings = run.settings
    terminal.line(
      "\(settings.network.cell.rawValue.uppercased()) of \(settings.network.layerCount) x \(settings.network.hiddenSize), "
        + "\(grouped(run.network.parameters.count)) parameters; "
        + "\(run.batch) streams, windows of \(settings.window)")
    if let baselines = run.baselines {
      terminal.line(
        "to beat, in nats per event: \(decimals(baselines.unigramNats, 3)) by frequency alone, "
          + "\(decimals(baselines.bigramNats, 3)) from the event before")
    }
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .step(let step):
      tokens += step.tokens
      smoothedNats = smoothedNats.map { $0 + 0.1 * (step.nats - $0) } ?? step.nats
      let now = clock.now
      let interval: Swift.Duration = terminal.isInteractive ? .milliseconds(100) : .seconds(5)
      if now - lastShown < interval { return }
      lastShown = now
      let text = progressLine(step, elapsed: (now - start) / .seconds(1))
      terminal.isInteractive ? terminal.transient(text) : terminal.line(text)
    case .validation(let validation):
      terminal.line(
        "step \(validation.step): held out \(decimals(validation.nats, 3)) nats per event, "
          + "\(decimals(validation.natsPerNote, 2)) per note, "
          + "\(decimals(validation.natsPerSecond, 1)) per second, "
          + (validation.natsPerFrame.map { "\(decimals($0, 3)) per frame, " } ?? "")
          + "perplexity \(decimals(validation.perplexity, 1))\(validation.isBest ? ", the best" : "")"
      )
    }
  }

  func showEnd(output: String?, isInterrupted: Bool) {
    let elapsed = (clock.now - start) / .seconds(1)
    let verdict =
      run.counters.best.map { "\(decimals($0.nats, 3)) nats per held-out event" }
      ?? "no pieces held out"
    terminal.line(
      "\(isInterrupted ? "stopped" : "done") after \(run.counters.step) steps in \(Duration.text(elapsed)): "
        + verdict + (output.map { "; \($0) is written" } ?? ""))
  }

  private func progressLine(_ step: TrainingStep, elapsed: Double) -> String {
    let rate = Double(tokens) / max(elapsed, 1e-3)
    let done = step.progress - startProgress
    let remaining = done > 0 ? elapsed * (1 - step.progress) / done : .infinity
    return (terminal.isInteractive ? Terminal.bar(step.progress, width: 24) + " " : "")
      + "\(Int((step.progress * 100).rounded())) %, epoch \(decimals(step.epoch, 1)), "
      + "\(decimals(smoothedNats ?? step.nats, 3)) nats per event, "
      + "\(grouped(Int(rate))) events/s, \(Duration.text(remaining)) left"
  }
}
