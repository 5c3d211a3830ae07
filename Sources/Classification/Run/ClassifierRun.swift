import Batching
public import Corpora
public import Recurrent
import Reproducibility
import Settings
import Tensors
import Tokenization
public import Training

/// A run that trains a classifier: a sequence of events, in which each step of the optimiser is one.
///
/// It is to a classifier what `TrainingRun` is to a model: the same settings, optimiser, checkpoints and
/// cancellation. An epoch reads at most ``excerptsPerPiece`` excerpts of each piece, as long as a window;
/// after each epoch all of the pieces held out is read, and the network that tells most of them right is
/// kept, of equals the one that was surer.
public final class ClassifierRun {
  /// The settings, as resolved.
  public let settings: TrainingSettings
  /// The number of parallel streams.
  public let batch: Int
  /// The network that told most of the held-out pieces right so far.
  public private(set) var bestNetwork: Network?
  /// What the run has counted so far.
  public private(set) var counters = Checkpoint.Counters()
  /// The pieces to train on and those held out.
  public let split: Split
  /// The pieces and their labels.
  public let corpus: LabelledCorpus
  /// How well the held-out pieces are told apart by always naming the commonest label, and by n-grams; nil
  /// where there are none.
  public let baselines: (majority: ClassificationReport, ngrams: ClassificationReport)?

  /// How many excerpts of a piece are read in an epoch, of a longer one than these.
  public static let excerptsPerPiece = 4

  private let tokensPerEpoch: Int
  private let ngrams: NgramClassifier
  private let secondsBefore: Double
  /// On the clock that stands still while the machine sleeps.
  private let start = SuspendingClock.now
  private var learner: Learner
  private var windows: ExcerptWindows
  /// How long the last measurement took; nil before the first.
  private var measuringSeconds: Double?
  /// How long the steps took.
  private var steps = (count: 0, seconds: 0.0)

  /// Prepares a run, from its start or from a checkpoint.
  ///
  /// - Parameters:
  ///   - settings: what to do; the network's readout says how it pools, `window` how long excerpts are. The
  ///     vocabulary and the labels are the corpus' own, whatever they say. What a run of excerpts has no use for is
  ///     refused: a triggered average, windows of several lengths, several of them a step, and local steps.
  ///   - corpus: the pieces with their labels.
  ///   - checkpoint: where to go on; its settings may differ in the run's length only, and tell the shards where
  ///     these do not.
  ///   - threads: at most so many threads train, one a core where nil; no number depends on them.
  /// - Throws: `TrainingError` where a setting is out of range or the checkpoint belongs to another run.
  /// - Precondition: the corpus has two labels or more, and the settings a readout.
  public init(
    settings: TrainingSettings, corpus: LabelledCorpus, checkpoint: Checkpoint? = nil,
    threads: Int? = nil
  ) throws(TrainingError) {
    var settings = settings
    settings.vocabulary = corpus.corpus.vocabulary.configuration
    settings.network.readout?.labelCount = corpus.labels.count
    precondition(settings.network.readout != nil, "a network that predicts tokens tells no labels")
    try settings.validate()
    try Self.refuseIdle(settings)
    try checkpoint?.check(fits: &settings, corpus.digest)
    do {
      split = try corpus.split(settings.heldOut)
    } catch {
      throw TrainingError(.setting(error))
    }
    guard !split.train.isEmpty else { throw TrainingError(.emptyCorpus) }
    self.corpus = corpus
    tokensPerEpoch = split.train.reduce(0) { sum, piece in
      sum + min(corpus.corpus.pieces[piece].tokens.count, settings.window * Self.excerptsPerPiece)
    }
    batch = settings.streams(tokensPerEpoch: tokensPerEpoch)
    learner = try Learner(
      settings, vocabularySize: corpus.corpus.vocabulary.count, streams: batch, base: nil,
      threads: threads)
    // The machine's choice is remembered, so that a run can be resumed on another one.
    settings.shards = learner.backpropagation.shards
    self.settings = settings
    windows = ExcerptWindows(
      pieces: split.train, streams: batch, length: settings.window,
      cutting: .drawn(
        perPiece: Self.excerptsPerPiece, epochs: settings.length.epochs, seed: settings.seed),
      position: checkpoint?.position, label: { [truth = corpus.truth] in truth[$0] },
      source: Self.source(corpus.corpus, settings))
    secondsBefore = checkpoint?.counters.seconds ?? 0
    ngrams = NgramClassifier(
      of: split.train.map(corpus.corpus.tokens(ofPiece:)),
      truth: split.train.map { corpus.truth[$0] },
      labels: corpus.labels)
    baselines = corpus.baselines(ngrams, on: split)
    guard let checkpoint else { return }
    guard windows.isReachable, checkpoint.position.lanes.count == batch else {
      throw TrainingError(.foreignCheckpoint(difference: "its excerpts do not fit its corpus"))
    }
    try learner.restore(checkpoint, in: nil)
    bestNetwork = checkpoint.bestParameters.map { learner.network(with: $0) }
    counters = checkpoint.counters
  }

  /// Refuses what would do nothing.
  private static func refuseIdle(_ settings: TrainingSettings) throws(TrainingError) {
    func check(_ key: String, _ found: Int?) throws(SettingError) {
      try SettingError.check(key, found ?? 0, found == nil, "none for a classifier")
    }
    let (jitter, sampling) = (settings.windowJitter, settings.scheduledSampling)
    do {
      try check("averageTrigger", settings.averageTrigger)
      try check("accumulation", settings.accumulation == 1 ? nil : settings.accumulation)
      try check("localSteps", settings.localSteps)
      try SettingError.check("windowJitter", jitter, jitter == 0, "0 for a classifier")
      try SettingError.check("scheduledSampling", sampling, sampling == 0, "0 for a classifier")
      let ownKeys = settings.ownKeys
      try SettingError.check("ownKeys", ownKeys, ownKeys == 0, "0 for a classifier")
    } catch {
      throw TrainingError(.setting(error))
    }
  }

  /// Reads each piece in another key, and if so set at another tempo and loudness, in each epoch; what is
  /// drawn depends on the seed, the epoch and the piece only.
  private static func source(
    _ corpus: Corpus, _ settings: TrainingSettings
  ) -> ExcerptWindows.Source {
    let (range, seed) = (settings.augmentation, settings.seed)
    return { piece, epoch in
      let tokens = Array(corpus.tokens(ofPiece: piece))
      guard range != Augmentation.Range() else { return tokens }
      var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), UInt64(piece) + 2))
      return corpus.vocabulary.augment(tokens, by: .random(in: range, using: &random))
    }
  }

  /// The network after the last step.
  public var network: Network { learner.network }

  /// The classifier to keep: the best on held-out pieces, or the last where none were measured.
  public var classifier: Classifier {
    var provenance = ClassifierProvenance()
    provenance.trainingPieces = corpus.labels.indices.map { label in
      split.train.count { corpus.truth[$0] == label }
    }
    provenance.learned = split.train.map { corpus.corpus.pieces[$0].noteHash.hexadecimal }
    if let best = counters.best, let accuracy = best.accuracy, let baselines {
      provenance.choosing = split.valid.map { corpus.corpus.pieces[$0].noteHash.hexadecimal }
      provenance.heldOut = HeldOutFigures(
        pieces: split.valid.count, accuracy: accuracy, macroF1: best.macroF1 ?? 0,
        natsPerPiece: best.nats, majority: baselines.majority.accuracy,
        ngrams: baselines.ngrams.accuracy)
    }
    provenance.corpusDigest = corpus.digest
    provenance.seed = settings.seed
    provenance.steps = counters.best?.step ?? counters.step
    provenance.window = settings.window
    var settings = settings
    // The same files give the same classifier, wherever they stand.
    settings.heldOut = settings.heldOut.withoutPath
    provenance.settings = settings.json
    return Classifier(
      network: bestNetwork ?? network, vocabulary: corpus.corpus.vocabulary, labels: corpus.labels,
      ngrams: ngrams, provenance: provenance)
  }

  /// Describes the run as it stands before the next step.
  ///
  /// - Parameters:
  ///   - version: the version of musegen.
  ///   - arguments: what the process was called with.
  /// - Returns: the description, with this process as its only session.
  public func description(version: String, arguments: [String]) -> RunDescription {
    RunDescription(
      settings: settings, streams: batch, parameters: network.parameters.count,
      labels: corpus.labels,
      corpus: .init(
        corpus.corpus, digest: corpus.digest, split: split, tokensPerEpoch: tokensPerEpoch),
      toBeat: baselines.map {
        .init(majorityAccuracy: $0.majority.accuracy, ngramAccuracy: $0.ngrams.accuracy)
      },
      session: .init(
        afterStep: counters.step, version: version, arguments: arguments,
        learner.backpropagation))
  }

  /// All that is needed to go on from here.
  public var checkpoint: Checkpoint {
    var counters = counters
    counters.seconds = elapsedSeconds
    counters.optimizerSteps = learner.optimizer.stepCount
    counters.averageSteps = learner.average?.stepCount ?? 0
    var checkpoint = Checkpoint(
      settings: settings, corpusDigest: corpus.digest, counters: counters,
      position: windows.position, best: bestNetwork, learner: learner)
    checkpoint.keep(classifier)
    return checkpoint
  }

  /// How far the run is, 0 to 1.
  public var progress: Double {
    let share =
      switch settings.length {
      case .epochs(let epochs): windows.epochsRead / Double(epochs)
      case .steps(let steps): Double(counters.step) / Double(steps)
      case .seconds(let limit):
        settings.length.plannedSeconds(elapsedSeconds, closing: closingSeconds) / limit
      }
    return min(share, 1)
  }

  /// The seconds that the measurement at the run's end is likely to take: as many as the last one, before the first
  /// what the pace of the steps tells; 0 where nothing is held out.
  public var closingSeconds: Double {
    guard !split.valid.isEmpty else { return 0 }
    if let measuringSeconds { return measuringSeconds }
    guard steps.count > 0 else { return 0 }
    let tokens = split.valid.reduce(0) { $0 + corpus.corpus.pieces[$1].tokens.count }
    let perWindow = batch * settings.window
    let windows = (tokens + perWindow - 1) / perWindow
    let networks = learner.average == nil ? 1 : 2
    return TrainingRun.readingShare * Double(networks * windows) * steps.seconds
      / Double(steps.count)
  }

  /// The seconds spent training so far, also before an interruption.
  public var elapsedSeconds: Double {
    secondsBefore + (SuspendingClock.now - start) / .seconds(1)
  }

  /// Takes a step or a measurement and tells of it; nil when the run is at its end or the task is
  /// cancelled.
  ///
  /// - Throws: `TrainingError` where the loss is no longer a number; ``bestNetwork`` is then still good.
  public func next() throws(TrainingError) -> TrainingEvent? {
    if Task.isCancelled { return nil }
    if counters.step > 0, windows.isAtEpochEnd, !isMeasured { return try validate() }
    let isExhausted = settings.patience.map { counters.validationsSinceBest >= $0 } ?? false
    guard !isExhausted, !isAtLimit, let cut = windows.next() else {
      // The end is measured too.
      return isMeasured || counters.step == 0 ? nil : try validate()
    }
    let rate = settings.learningRate(
      after: counters.step, progress: progress, plateau: counters.plateau)
    let started = elapsedSeconds
    let (loss, norm) = try learner.step(
      on: cut.window, number: counters.step + 1, learningRate: rate,
      dropoutSeed: derivedSeed(settings.seed, UInt64(counters.step), 1))
    steps = (steps.count + 1, steps.seconds + elapsedSeconds - started)
    let tokens = cut.window.targetCount
    counters.step += 1
    counters.tokensRead += tokens
    return .step(
      TrainingStep(
        step: counters.step, epoch: windows.epochsRead, nats: loss.mean, tokens: tokens,
        gradientNorm: norm, isClipped: settings.clipping.changes(norm), learningRate: rate,
        progress: progress))
  }

  /// Whether the network as it stands has been measured, or nothing is held out to measure it on.
  public var isMeasured: Bool {
    split.valid.isEmpty || counters.lastValidation?.step == counters.step
  }

  // Windows end with the last epoch by themselves; a run that goes on to an earlier end may be beyond it. However short
  // the time, a step is taken.
  private var isAtLimit: Bool {
    guard counters.step > 0, progress >= 1 else { return false }
    return settings.length.epochs.map { windows.position.epoch >= $0 } ?? true
  }

  /// Measures the network, and its running average where there is one; nil where the task is cancelled
  /// meanwhile, and nothing has changed.
  private func validate() throws(TrainingError) -> TrainingEvent? {
    let started = elapsedSeconds
    var candidate = network
    guard let own = measure(candidate) else { return nil }
    var report = own
    var averageNats: Double?
    if let average = learner.average {
      let averaged = learner.network(with: average.values)
      guard let other = measure(averaged) else { return nil }
      // An average may overflow where the parameters do not.
      if averaged.parameters.allSatisfy(\.isFinite) {
        averageNats = other.natsPerPiece
        if other.isBetter(than: report.accuracy, report.natsPerPiece) {
          (candidate, report) = (averaged, other)
        }
      }
    }
    if let broken = network.layout.firstNonFinite(in: candidate.parameters) {
      throw TrainingError(.diverged(step: counters.step, tensor: broken.name))
    }
    let best = counters.best
    let validation = Validation(
      step: counters.step, natsPerPiece: report.natsPerPiece, accuracy: report.accuracy,
      macroF1: report.macroF1, averageNats: averageNats,
      isBest: best.map { report.isBetter(than: $0.accuracy ?? 0, $0.nats) } ?? true)
    counters.lastValidation = validation
    settings.schedule.observe(own.natsPerPiece, in: &counters.plateau)
    if validation.isBest {
      counters.best = validation
      bestNetwork = candidate
      counters.validationsSinceBest = 0
    } else {
      counters.validationsSinceBest += 1
    }
    measuringSeconds = elapsedSeconds - started
    return .validation(validation)
  }

  private func measure(_ network: Network) -> ClassificationReport? {
    let pieces = split.valid.map(corpus.corpus.tokens(ofPiece:))
    guard
      let answers = try? learner.backpropagation.probabilities(of: pieces, by: network)
    else { return nil }
    return ClassificationReport(
      labels: corpus.labels, truth: split.valid.map { corpus.truth[$0] }, probabilities: answers)
  }
}

extension ClassificationReport {
  fileprivate func isBetter(than accuracy: Double, _ nats: Double) -> Bool {
    (self.accuracy, -natsPerPiece) > (accuracy, -nats)
  }
}

extension LabelledCorpus {
  /// What always naming the commonest label of the pieces to train on reaches on those held out, and what
  /// n-grams do.
  fileprivate func baselines(
    _ ngrams: NgramClassifier, on split: Split
  ) -> (majority: ClassificationReport, ngrams: ClassificationReport)? {
    guard !split.valid.isEmpty else { return nil }
    func report(_ probabilities: [[Double]]) -> ClassificationReport {
      ClassificationReport(
        labels: labels, truth: split.valid.map { truth[$0] }, probabilities: probabilities)
    }
    let counts = labels.indices.map { label in Double(split.train.count { truth[$0] == label }) }
    let shares = counts.map { $0 / Double(split.train.count) }
    return (
      report(split.valid.map { _ in shares }),
      report(ngrams.probabilities(of: split.valid.map(corpus.tokens(ofPiece:))))
    )
  }
}
