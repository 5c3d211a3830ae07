import Batching
public import Corpora
import Evaluation
public import Modeling
public import Ranks
public import Recurrent
import Reproducibility
import Tokenization

/// A training run: a sequence of events, in which each step of the optimiser is one.
///
///     let run = try TrainingRun(settings: TrainingSettings(), corpus: corpus)
///     for try await event in run { print(event) }
///     try run.model.write(to: "model.safetensors")
///
/// Between two events the run stands still: a ``checkpoint`` may be taken, or the run left for ever.
/// Where the task is cancelled the sequence ends after the step in hand, and a new loop, in this process
/// or from the checkpoint, goes on as if nothing had been.
public final class TrainingRun {
  /// The settings, as resolved.
  public let settings: TrainingSettings
  /// The number of parallel streams.
  public let batch: Int
  /// The network with the lowest validation loss so far.
  public private(set) var bestNetwork: Network?
  /// What the run has counted so far.
  public private(set) var counters = Checkpoint.Counters()
  /// Called again and again during a measurement, with the share of it that is done, 0 to 1.
  public var measuring: (Double) -> Void = { _ in }

  let pieces: TrainingPieces
  let stepsPerValidation: Int
  private let secondsBefore: Double
  /// On the clock that stands still while the machine sleeps.
  private let start = SuspendingClock.now
  private var learner: Learner
  private var streams: PieceStreams
  /// The processes that train together; nil where this one does it alone.
  private let ranks: RankGroup?
  /// The first rank's seconds as all go by them; nil in a process alone.
  private var agreedSeconds: Double?
  /// How long the last measurement of this process took; nil before the first.
  private var measuringSeconds: Double?
  /// How long the steps of this process took.
  private var steps = (count: 0, seconds: 0.0)
  private lazy var longestNoteSeconds = pieces.longestNoteSeconds()
  private lazy var pitches = learnedPitches()
  private lazy var repeats = pieces.repeats(settings.network.recall)
  private lazy var degreeProfiles = DegreeProfiles(of: pieces.training, in: pieces.corpus)
  private lazy var conditions = pieces.corpus.conditionMix(of: trainingPieces)
  private lazy var learned = learnedHashes()

  /// Prepares a run, from its start or from a checkpoint.
  ///
  /// - Parameters:
  ///   - settings: what to do; the vocabulary is the corpus' own, whatever they say.
  ///   - corpus: the pieces.
  ///   - checkpoint: where to go on; its settings may differ in the run's length only, and tell the shards where
  ///     these do not.
  ///   - base: the model to start from, of the corpus' vocabulary; the settings' network may differ from
  ///     its own in dropout only. A checkpoint has it in it already.
  ///   - threads: at most so many threads train, one a core where nil; no number depends on them.
  ///   - ranks: the processes that train together, each with the same corpus and checkpoint, on the first one's
  ///     settings; nil for this one alone. The first goes on as ever, the others ``follow()`` it.
  /// - Throws: ``TrainingError`` where a setting is out of range, the corpus holds no music, the
  ///   checkpoint belongs to another run, or ranks do not fit each other.
  /// - Complexity: O(n) for the corpus' n tokens, which are counted for ``baselines``.
  public init(
    settings: TrainingSettings, corpus: Corpus, checkpoint: Checkpoint? = nil, base: Model? = nil,
    threads: Int? = nil, ranks: RankGroup? = nil
  ) throws(TrainingError) {
    var settings = settings
    if let ranks, !ranks.leads { settings = try TrainingSettings(settledBy: ranks) }
    settings.vocabulary = corpus.vocabulary.configuration
    if checkpoint == nil { settings.base = base.map { BaseModel($0) } }
    try settings.validate()
    if let base { try settings.check(continues: base) }
    try checkpoint?.check(fits: &settings, corpus.digest)

    pieces = try TrainingPieces(corpus, for: settings)
    batch = settings.streams(tokensPerEpoch: pieces.tokensPerEpoch)
    if let ranks {
      try settings.share(streams: batch, pieces: pieces.training.count, among: ranks)
      // The more each does by itself, the longer the fast ones wait for the slow.
      if let steps = settings.localSteps {
        ranks.patience = Swift.max(ranks.patience, Duration.seconds(10) * steps)
      }
    }
    learner = try Learner(
      settings, vocabularySize: pieces.vocabulary.count, streams: batch, base: base,
      threads: threads, ranks: ranks)
    self.ranks = ranks
    // The machine's choice is remembered, so that a run can be resumed on another one.
    settings.shards = learner.backpropagation.shards
    self.settings = settings
    streams = try pieces.streams(batch, for: settings, from: checkpoint?.position)
    // Once an epoch, but neither all the time on a tiny corpus nor seldom on a huge one.
    let stepsPerEpoch = pieces.tokensPerEpoch / (batch * settings.window * settings.windowsPerStep)
    // Steps that ranks take by themselves are looked at together.
    let round = settings.localSteps ?? 1
    stepsPerValidation =
      (Swift.min(Swift.max(stepsPerEpoch, 20), 500) + round - 1) / round * round
    secondsBefore = checkpoint?.counters.seconds ?? 0
    learner.backpropagation.scheduledSampling = ScheduledSampling(
      rate: settings.scheduledSampling, of: pieces.vocabulary)
    learner.backpropagation.predictableCount = pieces.vocabulary.predictableCount
    if let checkpoint {
      try learner.restore(checkpoint, in: streams)
      bestNetwork = checkpoint.bestParameters.map { learner.network(with: $0) }
      counters = checkpoint.counters
    } else {
      counters.averageTrigger = settings.averageTrigger.map { AverageTrigger(validations: $0) }
    }
    if let ranks { try ranks.compare(learner, corpus: corpus, settings: settings, self.counters) }
  }

  /// The numbers of the pieces trained on.
  public var trainingPieces: [Int] { pieces.training }

  /// The numbers of the pieces held out.
  public var validationPieces: [Int] { pieces.split.valid }

  /// The numbers of the pieces held out that are measured on: all, or those of
  /// ``TrainingSettings/mostMeasured``.
  public var measuredPieces: [Int] { pieces.heldOut.pieces }

  /// The numbers of the pieces held out that have near-duplicates among those trained on.
  public var piecesNearTraining: [Int] { pieces.nearTraining }

  /// What simple counting reaches on the held-out pieces; nil when there are none.
  public var baselines: Baselines? { pieces.baselines }

  /// What computes losses and gradients.
  var backpropagation: BackpropagationThroughTime { learner.backpropagation }

  /// The predictions in one epoch, the pieces in their own keys.
  public var tokensPerEpoch: Int { pieces.tokensPerEpoch }

  /// The network after the last step.
  public var network: Network { learner.network }

  /// The network to keep: the best on held-out pieces, or the last where none were measured.
  public var result: Network { bestNetwork ?? network }

  /// The model to keep, with its provenance.
  ///
  /// - Complexity: O(p) for p parameters. The first time some hundred pieces are decoded, too, to tell how
  ///   long their notes are.
  public var model: Model {
    Model(network: result, vocabulary: pieces.vocabulary, provenance: provenance)
  }

  /// What that model says of itself.
  private var provenance: Provenance {
    var provenance = Provenance()
    provenance.base = settings.base
    provenance.licence = settings.base?.licence
    provenance.sources = settings.base?.sources
    provenance.trainingPieces = pieces.corpus.wholePieces(of: trainingPieces).count
    provenance.trainingTokens = tokensPerEpoch
    provenance.corpusDigest = pieces.corpus.digest
    provenance.learned = learned
    provenance.seed = settings.seed
    provenance.steps = counters.best?.step ?? counters.step
    provenance.validationNats = counters.best?.nats
    if let nats = counters.best?.natsApart {
      provenance.validationNatsApart = nats
      provenance.nearTraining = pieces.corpus.wholePieces(of: pieces.nearTraining).map {
        pieces.corpus.pieces[$0].noteHash.hexadecimal
      }
    }
    provenance.unigramNats = baselines?.unigramNats
    provenance.bigramNats = baselines?.bigramNats
    provenance.longestNoteSeconds = longestNoteSeconds
    provenance.pitches = pitches
    provenance.apply(repeats)
    provenance.degreeProfiles = degreeProfiles
    provenance.conditions = conditions
    var settings = settings
    // The same files give the same model, wherever they stand.
    settings.heldOut = settings.heldOut.withoutPath
    provenance.settings = settings.json
    return provenance
  }

  /// The pitches of the training pieces and those of the base's music, which it knows as well; nil where the base does
  /// not tell its own, and so may know any.
  private func learnedPitches() -> LearnedPitches? {
    let own = LearnedPitches(
      of: pieces.training, in: pieces.corpus, transposedBy: settings.augmentation.semitones)
    guard let base = settings.base else { return own }
    return base.pitches.map { own.joined(with: $0) }
  }

  /// More pieces are not listed in a model's file, which they would make longer by megabytes.
  private static let mostListed = 1 << 16

  /// The hashes of the training pieces' notes; nil of very many.
  private func learnedHashes() -> [String]? {
    let whole = pieces.corpus.wholePieces(of: trainingPieces)
    guard whole.count <= Self.mostListed else { return nil }
    return whole.map { pieces.corpus.pieces[$0].noteHash.hexadecimal }
  }

  /// All that is needed to go on from here, the states of other ranks' streams too.
  ///
  /// - Throws: ``TrainingError`` where a rank is gone.
  public func gatheredCheckpoint() throws(TrainingError) -> Checkpoint {
    if let ranks {
      try Self.onRanks { () throws(RankError) in try ranks.lead(.gather) }
      try learner.gather()
    }
    return checkpoint
  }

  /// All that is needed to go on from here; with several ranks ``gatheredCheckpoint()`` alone has it all.
  public var checkpoint: Checkpoint {
    var counters = counters
    counters.seconds = elapsedSeconds
    counters.optimizerSteps = learner.optimizer.stepCount
    counters.averageSteps = learner.average?.stepCount ?? 0
    return Checkpoint(
      settings: settings, corpusDigest: pieces.corpus.digest, counters: counters,
      position: streams.position, best: bestNetwork, learner: learner, provenance: provenance)
  }

  /// How far the run is, 0 to 1.
  public var progress: Double {
    let share =
      switch settings.length {
      case .epochs(let epochs):
        streams.plainPredictions / (Double(epochs) * Double(tokensPerEpoch))
      case .steps(let steps): Double(counters.step) / Double(steps)
      case .seconds(let limit): (agreedSeconds ?? plannedSeconds) / limit
      }
    return Swift.min(share, 1)
  }

  /// The seconds spent training so far, also before an interruption.
  public var elapsedSeconds: Double {
    secondsBefore + (SuspendingClock.now - start) / .seconds(1)
  }

  /// The seconds that the measurement at the run's end is likely to take: as many as the last one, before the first
  /// what the pace of the steps tells; 0 where nothing is held out.
  public var closingSeconds: Double {
    guard !pieces.heldOut.isEmpty else { return 0 }
    if let measuringSeconds { return measuringSeconds }
    guard steps.count > 0 else { return 0 }
    let windows = pieces.heldOut.windowCount(streams: batch, length: settings.window)
    let networks = learner.average != nil && settings.averageTrigger == nil ? 2 : 1
    return Self.readingShare * Double(networks * windows) * steps.seconds
      / Double(steps.count * settings.windowsPerStep)
  }

  /// What reading a window takes of what learning from it does.
  package static let readingShare = 0.4

  private var plannedSeconds: Double {
    settings.length.plannedSeconds(elapsedSeconds, closing: closingSeconds)
  }

  /// Takes a step or a measurement and tells of it; nil when the run is at its end or the task is
  /// cancelled.
  ///
  /// Steps that ranks take by themselves are told of as one, when all have the same weights again.
  ///
  /// This is what the loop over a run calls, for whoever is in no asynchronous function.
  ///
  /// - Throws: ``TrainingError`` where the loss is no longer a number; ``bestNetwork`` is then still
  ///   good.
  public func next() throws(TrainingError) -> TrainingEvent? {
    if Task.isCancelled || isStopped { return nil }
    if let ranks {
      let seconds = plannedSeconds
      agreedSeconds = seconds
      try Self.onRanks { () throws(RankError) in try ranks.lead(.next(seconds: seconds)) }
    }
    return try advance()
  }

  /// Whether a rank was asked to stop, as all have agreed; never of a process alone.
  public var isStopped: Bool { ranks?.isStopAgreed ?? false }

  /// Does what the first rank asks for until it asks for no more.
  ///
  /// - Returns: the exit code that the first rank ends with.
  /// - Throws: ``TrainingError`` where a rank is gone, or has other weights. A loss that is no longer a number is
  ///   the first rank's to tell.
  /// - Precondition: there are ranks, and this is not the first.
  public func follow() throws(TrainingError) -> Int32 {
    while true {
      if let code = try followOnce() { return code }
    }
  }

  /// Does one thing that the first rank asks for.
  ///
  /// - Returns: the exit code that the first rank ends with; nil where it does not end.
  package func followOnce() throws(TrainingError) -> Int32? {
    guard let ranks else { preconditionFailure("a process alone follows nobody") }
    var order = RankGroup.Order.gather
    try Self.onRanks { () throws(RankError) in order = try ranks.follow() }
    switch order {
    case .next(let seconds):
      agreedSeconds = seconds
      do {
        _ = try advance()
      } catch {
        guard case .diverged = error.reason else { throw error }
      }
    case .gather: try learner.gather()
    case .end(let code): return code
    }
    return nil
  }

  private static func onRanks(_ body: () throws(RankError) -> Void) throws(TrainingError) {
    do {
      try body()
    } catch {
      throw TrainingError(.ranks(error))
    }
  }

  private func advance() throws(TrainingError) -> TrainingEvent? {
    if let damage = pieces.corpus.damage { throw TrainingError(.lostPiece(damage)) }
    // What a base model knows already is measured first.
    let isDue = counters.step > 0 ? counters.step % stepsPerValidation == 0 : settings.base != nil
    if isDue, !isMeasured { return try validate() }
    guard !isPatienceExhausted, let step = try takeSteps() else {
      // The end is measured too.
      return isMeasured || counters.step == 0 ? nil : try validate()
    }
    return .step(step)
  }

  /// Whether the network as it stands has been measured, or nothing is held out to measure it on.
  public var isMeasured: Bool {
    pieces.heldOut.isEmpty || counters.lastValidation?.step == counters.step
  }

  private var isPatienceExhausted: Bool {
    settings.patience.map { counters.validationsSinceBest >= $0 } ?? false
  }

  // Epochs end with their last token, not by a count of steps: their last windows are not full. A run that goes on to an
  // earlier end may be beyond it. However short the time, a step is taken.
  private var isAtLimit: Bool {
    guard counters.step > 0, progress >= 1 else { return false }
    return settings.length.epochs.map { streams.position.epoch >= $0 } ?? true
  }

  /// The windows of the next step; fewer at the run's end, and none after it.
  private func nextWindows() -> [Window] {
    var windows: [Window] = []
    streams.beginsInOwnKeys = settings.readsOwnKeys(at: progress)
    for number in 0..<settings.windowsPerStep {
      let epoch = streams.position.epoch
      let beginsEpoch = settings.windowJitter > 0 && counters.begunEpoch != epoch
      if beginsEpoch { counters.begunEpoch = epoch }
      let length = settings.windowLengths.length(
        ofStep: counters.step * settings.windowsPerStep + number, beginsEpoch: beginsEpoch)
      guard let next = streams.next(length: length) else { break }
      windows.append(next.window)
    }
    return windows
  }

  /// Takes the next step; where ranks take several by themselves, all up to when they average their weights.
  ///
  /// - Returns: what is told of them; nil at the run's end.
  private func takeSteps() throws(TrainingError) -> TrainingStep? {
    let round = settings.localSteps ?? 1
    let started = elapsedSeconds
    var (loss, norms, taken) = (WindowLoss(), 0.0, 0)
    var rate: Float = 0
    var failure: TrainingError?
    repeat {
      if isAtLimit { break }
      let windows = nextWindows()
      if windows.isEmpty { break }
      // A short window's gradient is a mean of fewer losses, so its step is shorter too.
      let length = windows.reduce(0) { $0 + $1.length }
      rate =
        settings.learningRate(after: counters.step, progress: progress, plateau: counters.plateau)
        * Float(length) / Float(settings.window * settings.windowsPerStep)
      let seed = derivedSeed(settings.seed, UInt64(counters.step), 1)
      do throws(TrainingError) {
        let (own, norm) = try learner.step(
          on: windows, number: counters.step + 1, learningRate: rate,
          dropoutSeeds: windows.indices.map { $0 == 0 ? seed : derivedSeed(seed, UInt64($0), 2) })
        loss = loss + own
        norms += Double(norm)
      } catch {
        // The others take their steps, and hear of it when all meet.
        guard ranks != nil, settings.localSteps != nil, case .diverged = error.reason else {
          throw error
        }
        failure = error
        break
      }
      counters.step += 1
      taken += 1
      // Several ranks agree to stop when all meet.
    } while counters.step % round != 0 && (ranks != nil || !Task.isCancelled)
    guard taken > 0 || failure != nil else { return nil }
    if settings.localSteps != nil {
      (loss, norms) = try averageRanks(loss, norms: norms, taken: taken, failure)
    }
    steps = (steps.count + taken, steps.seconds + elapsedSeconds - started)
    let norm = Float(norms / Double(taken))
    counters.tokensRead += loss.count
    return TrainingStep(
      step: counters.step, epoch: streams.plainPredictions / Double(tokensPerEpoch),
      nats: loss.mean, tokens: loss.count, gradientNorm: norm,
      isClipped: settings.clipping.changes(norm), learningRate: rate, progress: progress)
  }

  /// Averages the ranks' weights after steps that each took by itself.
  ///
  /// - Returns: the loss over all ranks' streams, and the sum of the steps' norms, a mean over ranks.
  /// - Throws: ``TrainingError`` where a rank is gone, or the loss of one is no longer a number.
  private func averageRanks(
    _ loss: WindowLoss, norms: Double, taken: Int, _ failure: TrainingError?
  ) throws(TrainingError) -> (loss: WindowLoss, norms: Double) {
    let totals = try learner.average(
      totals: [loss.nats, Double(loss.count), norms, failure == nil ? 0 : 1])
    guard totals[3] == 0 else {
      throw failure ?? TrainingError(.diverged(step: counters.step, tensor: nil))
    }
    return (
      WindowLoss(nats: totals[0], count: Int(totals[1])), totals[2] / Double(ranks?.count ?? 1)
    )
  }

  /// Measures the network, and its running average where there is one; nil where the task is cancelled
  /// meanwhile, and nothing has changed.
  ///
  /// An average that the validations began takes the network's place.
  private func validate() throws(TrainingError) -> TrainingEvent? {
    let started = elapsedSeconds
    let mean = settings.averageTrigger == nil ? nil : learner.average
    var candidate = mean.map { learner.network(with: $0.values) } ?? network
    let count = mean == nil && learner.average != nil ? 2 : 1
    guard let measured = try measure(candidate, of: count) else { return nil }
    let own = measured.total
    var likelihood = measured
    var averageNats = mean.map { _ in own.mean }
    if mean == nil, let average = learner.average {
      let averaged = learner.network(with: average.values)
      guard let other = try measure(averaged, after: 1, of: count) else { return nil }
      // An average may overflow where the parameters do not.
      if other.total.mean.isFinite, averaged.parameters.allSatisfy(\.isFinite) {
        averageNats = other.total.mean
        if other.total.mean < own.mean { (candidate, likelihood) = (averaged, other) }
      }
    }
    let lowest = likelihood.total
    let broken = network.layout.firstNonFinite(in: candidate.parameters)
    guard lowest.mean.isFinite, broken == nil else {
      throw TrainingError(.diverged(step: counters.step, tensor: broken?.name))
    }
    let validation = Validation(
      step: counters.step, loss: lowest, on: pieces.heldOut,
      natsApart: pieces.natsApart(likelihood), averageNats: averageNats,
      isBest: lowest.mean < counters.best?.nats ?? .infinity)
    counters.lastValidation = validation
    settings.schedule.observe(own.mean, in: &counters.plateau)
    let beginsAverage = mean == nil && counters.averageTrigger?.observe(own.mean) == true
    if beginsAverage { learner.beginAverage() }
    if validation.isBest {
      counters.best = validation
      bestNetwork = candidate
      counters.validationsSinceBest = 0
    } else if beginsAverage {
      // Patience would be at its end before the mean was measured.
      counters.validationsSinceBest = 0
    } else {
      counters.validationsSinceBest += 1
    }
    measuringSeconds = elapsedSeconds - started
    return .validation(validation)
  }

  /// Measures one of some networks; nil where it was cancelled.
  private func measure(
    _ network: Network, after others: Int = 0, of count: Int
  ) throws(TrainingError) -> Likelihood? {
    let likelihood = try? pieces.heldOut.likelihood(of: network, with: learner.backpropagation) {
      measuring((Double(others) + $0) / Double(count))
    }
    if let failure = ranks?.failure { throw TrainingError(.ranks(failure)) }
    return likelihood
  }
}

extension TrainingRun: AsyncSequence {
  /// Hands out the events of a run.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let run: TrainingRun

    /// Takes the next step where the loop runs, which is busy meanwhile: best not on the main actor.
    ///
    /// - Throws: ``TrainingError`` where the loss is no longer a number.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(TrainingError) -> TrainingEvent? {
      // Others get a turn between two steps.
      await Task.yield()
      return try run.next()
    }
  }

  /// The events from here on; several loops over one run share them.
  public func makeAsyncIterator() -> Iterator { Iterator(run: self) }
}

extension TrainingSettings.Length {
  /// The seconds spent, of a run of limited time stretched so that the limit is reached when only the closing
  /// measurement fits before it; half of the time at least is for training.
  ///
  /// - Parameters:
  ///   - elapsed: the seconds spent.
  ///   - closing: how long the closing measurement is likely to take, in seconds.
  /// - Returns: the seconds; those spent where the length is no time.
  package func plannedSeconds(_ elapsed: Double, closing: Double) -> Double {
    guard case .seconds(let limit) = self else { return elapsed }
    return elapsed * limit / Swift.max(limit - closing, limit / 2)
  }
}
