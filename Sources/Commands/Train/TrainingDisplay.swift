import Drawing
import Foundation
import MuseGen

/// Shows a training run: lines that renew themselves on a terminal, a line now and then elsewhere,
/// or JSON for a program.
final class TrainingDisplay {
  private let terminal: Terminal
  private let run: TrainingRun
  private let corpus: Corpus
  private let clock = SuspendingClock()
  private let start: SuspendingClock.Instant
  private var lastShown: SuspendingClock.Instant
  private let startProgress: Double
  private var tokens = 0
  private var steps = 0
  private var clippedSteps = 0
  private var smoothedNats: Double?
  /// The most tokens that a step has read.
  private var mostTokens = 1
  /// The smoothed loss of every step, thinned out so that the whole run fits into a line.
  private var history = Sparkline(width: 32)
  /// The measurement that goes on: when it was first heard of, how far it was then, and how far it is.
  private var measurement: (start: SuspendingClock.Instant, first: Double, done: Double)?
  private let isJSON: Bool
  private let folder: String

  init(terminal: Terminal, run: TrainingRun, corpus: Corpus, isJSON: Bool, folder: String) {
    self.isJSON = isJSON
    self.folder = folder
    self.terminal = terminal
    self.run = run
    self.corpus = corpus
    start = clock.now
    startProgress = run.progress
    lastShown = start - .seconds(60)
    run.measuring = { [weak self] in self?.show(measured: $0) }
  }

  func showStart() {
    let files = fileCount(corpus.pieces.indices)
    let heldOut = fileCount(run.validationPieces)
    let measured = fileCount(run.measuredPieces)
    terminal.line(
      "\(files.grouped) \(files == 1 ? "piece" : "pieces"), \(corpus.tokenCount.grouped) events"
        + (corpus.skipped.isEmpty ? "" : ", \(corpus.skipped.count.counted("file")) skipped")
        + (SkippedFiles(errors: corpus.skipped, total: files).areSummarized
          ? " (listed in \(folder)/skipped.txt)" : "")
        + "; \(heldOut.grouped) held out"
        + (measured < heldOut ? ", \(measured.grouped) of them measured on" : ""))
    let settings = run.settings
    // What names hold out is told of as they are read.
    if settings.heldOut.names.isEmpty {
      let isNear = settings.likeness == .near
      let groups = isNear ? corpus.nearDuplicates : corpus.duplicates
      let count = groups.reduce(0) { $0 + $1.count - 1 }
      if count > 0 {
        terminal.line(
          "\(count.counted("piece")) \(count == 1 ? "is another" : "are others") again, also "
            + "transposed\(isNear ? " or nearly so" : ""); kept on one side")
      }
    }
    terminal.line(
      "\(settings.network.cell.rawValue.uppercased()) of \(settings.network.layerCount) x \(settings.network.hiddenSize), "
        + "\(run.network.parameters.count.grouped) parameters; "
        + "\(run.batch) streams, windows of \(settings.window)"
        + (settings.accumulation.map { ", \($0) a step" } ?? ""))
    if let baselines = run.baselines {
      terminal.line(
        "to beat, in nats per event: \(baselines.unigramNats.decimals(3)) by frequency alone, "
          + "\(baselines.bigramNats.decimals(3)) from the event before")
    }
  }

  /// How many files some pieces are, each counted once, however often it is read in an epoch.
  private func fileCount(_ pieces: some Sequence<Int>) -> Int {
    corpus.wholePieces(of: pieces).count
  }

  func show(_ line: RunLogLine) {
    if isJSON { Terminal.print(json: line.json) }
    switch line.event {
    case .step(let step):
      tokens += step.tokens
      steps += 1
      clippedSteps += step.isClipped ? 1 : 0
      // The last step of an epoch may read little, and its loss says as little.
      mostTokens = max(mostTokens, step.tokens)
      let weight = 0.1 * Double(step.tokens) / Double(mostTokens)
      let smoothed = smoothedNats.map { $0 + weight * (step.nats - $0) } ?? step.nats
      smoothedNats = smoothed
      history.append(smoothed)
      let now = clock.now
      let interval: Duration = terminal.isInteractive ? .milliseconds(200) : .seconds(5)
      if now - lastShown < interval { return }
      lastShown = now
      let elapsed = (now - start) / .seconds(1)
      if terminal.isInteractive {
        terminal.transient(panel(step, elapsed: elapsed, memory: line.peakMemory))
      } else {
        terminal.line(progress(step, elapsed: elapsed))
      }
    case .validation(let validation):
      measurement = nil
      terminal.line(
        "step \(validation.step): held out \(validation.nats.decimals(3)) nats per event, "
          + "\(validation.natsPerNote.decimals(2)) per note, "
          + "\(validation.natsPerSecond.decimals(1)) per second, "
          + (validation.natsPerFrame.map { "\($0.decimals(3)) per frame, " } ?? "")
          + "perplexity \(validation.perplexity.decimals(1))"
          + (validation.natsApart.map {
            ", \($0.decimals(3)) nats per event without near-duplicates"
          }
            ?? "")
          + (validation.isBest ? ", the best" : "")
      )
    }
  }

  /// Shows how far a measurement is that takes its time.
  private func show(measured done: Double) {
    guard terminal.isInteractive else { return }
    let now = clock.now
    var measurement = self.measurement ?? (start: now, first: done, done: done)
    if done < measurement.done { measurement = (start: now, first: done, done: done) }
    measurement.done = done
    self.measurement = measurement
    let seconds = (now - measurement.start) / .seconds(1)
    guard seconds > 1, done > measurement.first, now - lastShown >= .milliseconds(200) else {
      return
    }
    lastShown = now
    let left = seconds * (1 - done) / (done - measurement.first)
    terminal.transient(
      "measuring on \(fileCount(run.measuredPieces).counted("piece")) held out: "
        + "\(Int((done * 100).rounded())) %, \(ClockText.duration(left)) left")
  }

  func showEnd(output: String?, isInterrupted: Bool) {
    let elapsed = (clock.now - start) / .seconds(1)
    let verdict =
      run.counters.best.map { best in
        "\(best.nats.decimals(3)) nats per held-out event"
          + (best.natsApart.map {
            ", \($0.decimals(3)) without \(fileCount(run.piecesNearTraining).counted("near-duplicate"))"
          } ?? "")
      }
      ?? (run.validationPieces.isEmpty ? "no pieces held out" : "not measured yet")
    terminal.line(
      "\(isInterrupted ? "stopped" : "done") after \(run.counters.step.counted("step")) in \(ClockText.duration(elapsed)): "
        + verdict + (output.map { "; \($0) is written" } ?? ""))
    if isInterrupted {
      terminal.line("go on with: musegen train --resume \(folder.shellQuoted)", isCommand: true)
    }
  }

  private func progress(_ step: TrainingStep, elapsed: Double) -> String {
    "\(percent(step)), epoch \(step.epoch.decimals(1)), \(loss(step)) nats per event, "
      + pace(step, elapsed: elapsed)
  }

  /// Three lines: how far, how well, and whether the optimiser is at ease.
  private func panel(_ step: TrainingStep, elapsed: Double, memory: Int) -> [String] {
    let heldOut = run.counters.lastValidation.map {
      ", held out \($0.nats.decimals(3)), best \((run.counters.best?.nats ?? $0.nats).decimals(3))"
    }
    let clipped = Double(clippedSteps) / Double(max(steps, 1))
    return [
      "\(Terminal.bar(step.progress, width: 24)) \(percent(step)), "
        + "epoch \(step.epoch.decimals(1)), " + pace(step, elapsed: elapsed),
      "nats per event \(history.text) \(loss(step))" + (heldOut ?? ""),
      "step \(step.step.grouped), learning rate \(String(format: "%.2g", step.learningRate)), "
        + "gradient \(Double(step.gradientNorm).decimals(2)), "
        + "\(Int((clipped * 100).rounded())) % clipped, \(memory >> 20) MB",
    ]
  }

  private func percent(_ step: TrainingStep) -> String {
    "\(Int((step.progress * 100).rounded())) %"
  }

  private func loss(_ step: TrainingStep) -> String { (smoothedNats ?? step.nats).decimals(3) }

  private func pace(_ step: TrainingStep, elapsed: Double) -> String {
    let rate = Double(tokens) / max(elapsed, 1e-3)
    let done = step.progress - startProgress
    let remaining = done > 0 ? elapsed * (1 - step.progress) / done : .infinity
    // The end is measured, too.
    let left = ClockText.duration(remaining + run.closingSeconds)
    return "\(Int(rate).grouped) events/s, \(left) left"
  }
}

extension TrainingRun.Caution {
  /// The caution as one line.
  var line: String {
    switch self {
    case .nothingToHoldOut(let pieces):
      let reason =
        pieces == 1 ? "there is one piece" : "all pieces are the same music or nearly so"
      return "\(reason): none is held out, and nothing tells when it is known by heart"
    case .stepBeyondCorpus(let tokensPerStep, let tokensPerEpoch):
      return "a step reads \(tokensPerStep.grouped) events and the corpus has "
        + "\(tokensPerEpoch.grouped); a smaller --batch or --window gives it more steps"
    case .conditionWithoutChoice(let kind, let value):
      return "\(kind.rawValue) \(value) is the only one of all pieces: being told it says nothing"
    case .givenPartInShortBars(let short, let all):
      return "in \(short.grouped) of \(all.counted("piece")) bars are a quarter note long or less: "
        + "of the given part, which is told a bar ahead, no more is known there"
    case .tooFewForAverage(let measurements, let least):
      return "--average auto: about \(measurements.counted("measurement")) in this run, and the "
        + "mean of the weights is not measured before number \(least); it needs a longer run"
    case .patienceBeforeAverage(let patience, let validations):
      return "--patience \(patience) ends the run before --average auto begins, which waits for "
        + "\(validations.counted("measurement")) without a better one and one more"
    }
  }
}
