public import Corpora
import Foundation
public import Modeling
public import Recurrent
import Settings
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
  /// The predictions in one epoch, the pieces in their own keys.
  public let tokensPerEpoch: Int
  /// The number of parallel streams.
  public let batch: Int

  /// The network after the last step.
  public internal(set) var network: Network
  /// The network with the lowest validation loss so far.
  public internal(set) var bestNetwork: Network?
  /// What the run has counted so far.
  public internal(set) var counters = Checkpoint.Counters()

  let corpus: Corpus
  private let vocabulary: any Vocabulary
  private let backpropagation: BackpropagationThroughTime
  private let validator: Validator
  private let stepsPerValidation: Int
  private let secondsBefore: Double
  private let start = ContinuousClock.now
  var average: ExponentialMovingAverage?
  private var frozen: FrozenParameters
  private var gradients: [Float]
  var streams: PieceStreams
  var state: NetworkState
  var optimizer: Optimizer

  /// Prepares a run, from its start or from a checkpoint.
  ///
  /// - Parameters:
  ///   - settings: what to do.
  ///   - corpus: the pieces, encoded in the settings' vocabulary.
  ///   - checkpoint: where to go on; its settings may differ in the run's length only.
  ///   - base: the model to start from, of the corpus' vocabulary; the settings' network may differ from
  ///     its own in dropout only. A checkpoint has it in it already.
  /// - Throws: ``TrainingError`` where a setting is out of range, the corpus holds no music, or the
  ///   checkpoint belongs to another run.
  public init(
    settings: TrainingSettings, corpus: Corpus, checkpoint: Checkpoint? = nil, base: Model? = nil
  ) throws(TrainingError) {
    var settings = settings
    if checkpoint == nil { settings.base = base.map { BaseModel($0) } }
    try settings.validate()
    if let base { try settings.check(continues: base) }
    try checkpoint?.check(fits: settings, corpus)
    let vocabulary: any Vocabulary
    do {
      vocabulary = try settings.vocabulary.makeVocabulary()
    } catch {
      throw TrainingError(.vocabulary(error))
    }
    var configuration = settings.network
    configuration.vocabularySize = vocabulary.count
    let split: Split
    do {
      split = try corpus.split(settings.heldOut)
    } catch {
      throw TrainingError(
        .setting(name: error.key, value: error.found, expected: error.expected))
    }
    guard !split.train.isEmpty else { throw TrainingError(.emptyCorpus) }
    tokensPerEpoch = split.train.reduce(0) { $0 + corpus.pieces[$1].tokens.count - 1 }
    batch = settings.streams(tokensPerEpoch: tokensPerEpoch)
    do {
      network =
        if let base {
          try Network(configuration, parameters: base.network.parameters)
        } else {
          try Network(configuration, seed: settings.seed)
        }
      backpropagation = try BackpropagationThroughTime(
        configuration, streams: batch, windowLength: settings.window,
        precision: settings.precision, shards: settings.shards)
    } catch {
      throw TrainingError(.network(error))
    }
    backpropagation.labelSmoothing = settings.labelSmoothing

    // The machine's choice is remembered, so that a run can be resumed on another one.
    settings.shards = backpropagation.shards
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
      pieces: split.valid, corpus: corpus, vocabulary: vocabulary, batch: batch,
      window: settings.window)
    let augmentation = Augmentation(
      vocabulary: vocabulary, range: settings.variation, seed: settings.seed)
    let source: PieceStreams.Source = {
      augmentation.apply(to: plain($0, $1), piece: $0, epoch: $1)
    }
    try checkpoint?.checkPosition(streams: batch, pieces: split.train, source: source)
    streams = PieceStreams(
      pieces: split.train, streams: batch, epochs: settings.length.epochs, seed: settings.seed,
      position: checkpoint?.position, source: source)
    state = NetworkState(configuration, streams: batch)
    gradients = Array(repeating: 0, count: network.parameters.count)
    optimizer = Optimizer(settings.optimizer, parameterCount: network.parameters.count)
    average = settings.averageDecay.map { [network] in
      ExponentialMovingAverage(decay: $0, parameters: network.parameters)
    }
    secondsBefore = checkpoint?.counters.seconds ?? 0
    frozen = FrozenParameters(layers: nil, of: network)
    if let checkpoint { try restore(checkpoint) }
    frozen = FrozenParameters(layers: settings.frozenLayers, of: network)
  }

  /// Takes a step or a measurement and tells of it; nil when the run is at its end.
  ///
  /// - Throws: ``TrainingError`` where the loss is no longer a number; ``bestNetwork`` is then still
  ///   good.
  public func next() throws(TrainingError) -> TrainingEvent? {
    let isMeasured = validator.isEmpty || counters.lastValidation?.step == counters.step
    // What a base model knows already is measured first.
    let isDue = counters.step > 0 ? counters.step % stepsPerValidation == 0 : settings.base != nil
    if isDue, !isMeasured {
      return .validation(try validate())
    }
    let isPatienceExhausted = settings.patience.map { counters.validationsSinceBest >= $0 } ?? false
    guard !isPatienceExhausted, !isAtLimit, let window = streams.next(length: settings.window)
    else {
      // The end is measured too.
      return isMeasured || counters.step == 0 ? nil : .validation(try validate())
    }
    return .step(try train(on: window))
  }

  /// The network to keep: the best on held-out pieces, or the last where none were measured.
  public var result: Network { bestNetwork ?? network }

  /// The model to keep, with its provenance.
  public var model: Model {
    var provenance = Provenance()
    provenance.base = settings.base
    provenance.licence = settings.base?.licence
    provenance.sources = settings.base?.sources
    provenance.trainingPieces = trainingPieces.count
    provenance.trainingTokens = tokensPerEpoch
    provenance.corpusDigest = corpus.digest
    provenance.seed = settings.seed
    provenance.steps = counters.best?.step ?? counters.step
    provenance.validationNats = counters.best?.nats
    provenance.unigramNats = baselines?.unigramNats
    provenance.bigramNats = baselines?.bigramNats
    provenance.longestNoteSeconds = longestNoteSeconds(
      of: trainingPieces, in: corpus, vocabulary: vocabulary)
    var settings = settings
    // The same files give the same model, wherever they stand.
    settings.heldOut = settings.heldOut.withoutPath
    provenance.settings = settings.json
    return Model(network: result, vocabulary: vocabulary, provenance: provenance)
  }

  /// How far the run is, 0 to 1.
  public var progress: Double {
    switch settings.length {
    case .epochs(let epochs):
      min(Double(counters.tokensRead) / (Double(epochs) * Double(tokensPerEpoch)), 1)
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

  private func train(on window: Window) throws(TrainingError) -> TrainingStep {
    let rate = learningRate
    let loss = backpropagation.gradients(
      of: network, on: window, state: &state,
      dropoutSeed: derivedSeed(settings.seed, UInt64(counters.step), 1), into: &gradients)
    frozen.clear(&gradients)
    let norm = settings.clipping.clip(&gradients)
    guard loss.nats.isFinite, norm.isFinite else {
      throw TrainingError(
        .diverged(
          step: counters.step + 1,
          tensor: network.layout.firstNonFinite(in: gradients)?.name))
    }
    optimizer.update(
      &network.parameters, gradients: gradients, learningRate: rate, layout: network.layout)
    frozen.restore(&network.parameters)
    average?.update(network.parameters, keeping: frozen)
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

  private func validate() throws(TrainingError) -> Validation {
    var candidate = network
    var measured = validator.measure(network, with: backpropagation)
    let ownNats = measured.perToken
    var averageNats: Double?
    if let average {
      var averaged = network
      averaged.parameters = average.values
      let other = validator.measure(averaged, with: backpropagation)
      averageNats = other.perToken
      if other.perToken < measured.perToken {
        candidate = averaged
        measured = other
      }
    }
    guard measured.perToken.isFinite else {
      throw TrainingError(.diverged(step: counters.step, tensor: nil))
    }
    let isBest = measured.perToken < counters.best?.nats ?? .infinity
    let validation = Validation(
      step: counters.step, nats: measured.perToken, natsPerBaseToken: measured.perBaseToken,
      natsPerNote: measured.perNote, natsPerSecond: measured.perSecond,
      natsPerFrame: measured.perFrame,
      averageNats: averageNats,
      isBest: isBest)
    counters.lastValidation = validation
    settings.schedule.observe(ownNats, in: &counters.plateau)
    if isBest {
      counters.best = validation
      bestNetwork = candidate
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
