public import Corpora
import Foundation
public import Modeling
public import Recurrent
import Tokenization

/// A training run as a sequence of events: ask for the next until there is none.
///
/// Between two events the run stands still: a checkpoint may be taken, or the run left for ever.
public final class TrainingRun {
  /// The settings, as resolved.
  public let settings: TrainingSettings
  /// The numbers of the pieces trained on.
  public let trainingPieces: [Int]
  /// The numbers of the pieces held out.
  public let validationPieces: [Int]
  /// What simple counting reaches on the held-out pieces; nil when there are none.
  public let baselines: Baselines?
  /// The predictions in one epoch.
  public let tokensPerEpoch: Int
  /// The number of parallel streams.
  public let batch: Int

  /// The network after the last step.
  public private(set) var network: Network
  /// The network with the lowest validation loss so far.
  public private(set) var bestNetwork: Network?
  /// What the run has counted so far.
  public private(set) var counters = Checkpoint.Counters()

  private let corpus: Corpus
  private let vocabulary: any Vocabulary
  private let backpropagation: BackpropagationThroughTime
  private let validator: Validator
  private let stepsPerValidation: Int
  private let secondsBefore: Double
  private let start = ContinuousClock.now
  private var gradients: [Float]
  private var streams: PieceStreams
  private var state: NetworkState
  private var optimizer: Optimizer

  /// Prepares a run, from its start or from a checkpoint.
  ///
  /// - Parameters:
  ///   - settings: what to do.
  ///   - corpus: the pieces, encoded in the settings' vocabulary.
  ///   - checkpoint: where to go on; its settings may differ in the run's length only.
  /// - Throws: ``TrainingError`` where a setting is out of range, the corpus holds no music, or the
  ///   checkpoint belongs to another run.
  public init(
    settings: TrainingSettings, corpus: Corpus, checkpoint: Checkpoint? = nil
  ) throws(TrainingError) {
    try settings.validate()
    if let checkpoint { try TrainingRun.check(checkpoint, fits: settings, corpus) }
    let vocabulary: any Vocabulary
    do {
      vocabulary = try settings.vocabulary.makeVocabulary()
    } catch {
      throw TrainingError(.vocabulary(error))
    }
    var configuration = settings.network
    configuration.vocabularySize = vocabulary.count
    let split = corpus.split(validationFraction: settings.validationFraction)
    guard !split.train.isEmpty else { throw TrainingError(.emptyCorpus) }
    tokensPerEpoch = split.train.reduce(0) { $0 + corpus.pieces[$1].tokens.count - 1 }
    batch = settings.batch ?? min(max(tokensPerEpoch / (80 * settings.window), 8), 64)
    do {
      network = try Network(configuration, seed: settings.seed)
      backpropagation = try BackpropagationThroughTime(
        configuration, streams: batch, windowLength: settings.window,
        precision: settings.precision)
    } catch {
      throw TrainingError(.network(error))
    }

    self.settings = settings
    self.corpus = corpus
    self.vocabulary = vocabulary
    trainingPieces = split.train
    validationPieces = split.valid
    let plain: PieceStreams.Source = { piece, _ in Array(corpus.tokens(ofPiece: piece)) }
    baselines = Baselines(
      training: split.train.map(corpus.tokens(ofPiece:)),
      heldOut: split.valid.map(corpus.tokens(ofPiece:)), vocabularySize: vocabulary.count)
    // Once an epoch, but neither all the time on a tiny corpus nor seldom on a huge one.
    stepsPerValidation = min(max(tokensPerEpoch / (batch * settings.window), 20), 500)
    validator = Validator(
      pieces: split.valid.map { ($0, corpus.pieces[$0].tokens.count) },
      noteCount: split.valid.reduce(0) { $0 + corpus.pieces[$1].noteCount },
      batch: batch, window: settings.window, source: plain)
    let augmentation = Augmentation(
      vocabulary: vocabulary, transposition: settings.transposition, seed: settings.seed)
    if let position = checkpoint?.position {
      let isReachable =
        position.lanes.count == batch
        && position.isReachable(in: split.train) {
          corpus.pieces[$0].tokens.count
        }
      guard isReachable else {
        throw TrainingError(.foreignCheckpoint(difference: "its streams do not fit its corpus"))
      }
    }
    streams = PieceStreams(
      pieces: split.train, streams: batch, epochs: settings.length.epochs,
      seed: settings.seed, position: checkpoint?.position,
      source: { augmentation.apply(to: plain($0, $1), piece: $0, epoch: $1) })
    state = NetworkState(configuration, streams: batch)
    gradients = Array(repeating: 0, count: network.parameters.count)
    optimizer = Optimizer(settings.optimizer, parameterCount: network.parameters.count)
    secondsBefore = checkpoint?.counters.seconds ?? 0
    if let checkpoint { try restore(checkpoint) }
  }

  /// Takes a step or a measurement and tells of it; nil when the run is at its end.
  ///
  /// - Throws: ``TrainingError`` where the loss is no longer a number; ``bestNetwork`` is then still
  ///   good.
  public func next() throws(TrainingError) -> TrainingEvent? {
    let isMeasured = validator.isEmpty || counters.lastValidation?.step == counters.step
    if counters.step > 0, counters.step % stepsPerValidation == 0, !isMeasured {
      return .validation(validate())
    }
    let isPatienceExhausted = settings.patience.map { counters.validationsSinceBest >= $0 } ?? false
    guard !isPatienceExhausted, !isAtLimit, let window = streams.next(length: settings.window)
    else {
      // The end is measured too.
      return isMeasured || counters.step == 0 ? nil : .validation(validate())
    }
    return .step(try train(on: window))
  }

  /// The network to keep: the best on held-out pieces, or the last where none were measured.
  public var result: Network { bestNetwork ?? network }

  /// The model to keep, with its provenance.
  public var model: Model {
    var provenance = Provenance()
    provenance.trainingPieces = trainingPieces.count
    provenance.trainingTokens = tokensPerEpoch
    provenance.corpusDigest = corpus.digest
    provenance.seed = settings.seed
    provenance.steps = counters.best?.step ?? counters.step
    provenance.validationNats = counters.best?.nats
    provenance.unigramNats = baselines?.unigramNats
    provenance.bigramNats = baselines?.bigramNats
    provenance.settings = settings.json
    return Model(network: result, vocabulary: vocabulary, provenance: provenance)
  }

  /// How far the run is, 0 to 1.
  public var progress: Double {
    switch settings.length {
    case .epochs(let epochs): Double(counters.tokensRead) / Double(epochs * tokensPerEpoch)
    case .steps(let steps): min(Double(counters.step) / Double(steps), 1)
    case .seconds(let limit): min(elapsedSeconds / limit, 1)
    }
  }

  /// Epochs end with their last token, not by a count of steps: their last windows are not full.
  private var isAtLimit: Bool { settings.length.epochs == nil && progress >= 1 }

  /// The seconds spent training so far, also before an interruption.
  public var elapsedSeconds: Double {
    secondsBefore + (ContinuousClock.now - start) / .seconds(1)
  }

  /// All that is needed to go on from here.
  public var checkpoint: Checkpoint {
    var counters = counters
    counters.seconds = elapsedSeconds
    counters.optimizerSteps = optimizer.stepCount
    return Checkpoint(
      settings: settings, corpusDigest: corpus.digest, counters: counters,
      position: streams.position, network: network, best: bestNetwork, optimizer: optimizer,
      state: state)
  }

  private static func check(
    _ checkpoint: Checkpoint, fits settings: TrainingSettings, _ corpus: Corpus
  ) throws(TrainingError) {
    var other = checkpoint.settings
    other.length = settings.length
    guard other == settings else {
      throw TrainingError(.foreignCheckpoint(difference: "it was trained with other settings"))
    }
    guard checkpoint.corpusDigest == corpus.digest else {
      throw TrainingError(.foreignCheckpoint(difference: "its corpus has changed since"))
    }
  }

  private func restore(_ checkpoint: Checkpoint) throws(TrainingError) {
    let count = network.parameters.count
    guard checkpoint.parameters.count == count, checkpoint.firstMoment.count == count,
      checkpoint.secondMoment.count == optimizer.secondMoment.count,
      checkpoint.state.count == state.values.count,
      checkpoint.bestParameters.map({ $0.count == count }) ?? true
    else {
      throw TrainingError(.foreignCheckpoint(difference: "its tensors do not fit its settings"))
    }
    network.parameters = checkpoint.parameters
    if let best = checkpoint.bestParameters {
      bestNetwork = network
      bestNetwork?.parameters = best
    }
    optimizer.firstMoment = checkpoint.firstMoment
    optimizer.secondMoment = checkpoint.secondMoment
    optimizer.stepCount = checkpoint.counters.optimizerSteps
    state.values = checkpoint.state
    counters = checkpoint.counters
  }

  private func train(on window: Window) throws(TrainingError) -> TrainingStep {
    let rate = learningRate
    let loss = backpropagation.gradients(
      of: network, on: window, state: &state,
      dropoutSeed: derivedSeed(settings.seed, UInt64(counters.step), 1), into: &gradients)
    let norm = settings.clipping.clip(&gradients)
    guard loss.nats.isFinite, norm.isFinite else {
      throw TrainingError(
        .diverged(
          step: counters.step + 1,
          tensor: network.layout.firstNonFinite(in: gradients)?.name))
    }
    optimizer.update(
      &network.parameters, gradients: gradients, learningRate: rate, layout: network.layout)
    counters.step += 1
    counters.tokensRead += loss.count
    return TrainingStep(
      step: counters.step, epoch: Double(counters.tokensRead) / Double(tokensPerEpoch),
      nats: loss.mean, tokens: loss.count, gradientNorm: norm,
      isClipped: settings.clipping.changes(norm), learningRate: rate, progress: progress)
  }

  private var learningRate: Float {
    var schedule = settings.schedule
    if case .cosine(_, let floor) = schedule.shape {
      // Where the number of steps is not given, it is told anew from the pace so far.
      let pace = Double(counters.step) / max(progress, 1e-3)
      let steps = if case .steps(let steps) = settings.length { steps } else { Int(pace) + 1 }
      schedule.shape = .cosine(steps: steps, floor: floor)
    }
    return schedule.rate(at: counters.step, plateau: counters.plateau)
  }

  private func validate() -> Validation {
    let measured = validator.measure(network, with: backpropagation)
    let isBest = measured.perToken < counters.best?.nats ?? .infinity
    let validation = Validation(
      step: counters.step, nats: measured.perToken, natsPerNote: measured.perNote, isBest: isBest)
    counters.lastValidation = validation
    settings.schedule.observe(measured.perToken, in: &counters.plateau)
    if isBest {
      counters.best = validation
      bestNetwork = network
      counters.validationsSinceBest = 0
    } else {
      counters.validationsSinceBest += 1
    }
    return validation
  }
}

extension GradientClipping {
  /// Whether gradients of a norm are made smaller; never said of single values' clipping.
  fileprivate func changes(_ norm: Float) -> Bool {
    if case .globalNorm(let limit) = self { norm > limit } else { false }
  }
}
