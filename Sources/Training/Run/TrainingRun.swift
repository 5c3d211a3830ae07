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
  /// The number of optimiser steps planned; nil when a time limit decides.
  public let plannedSteps: Int?

  /// The network after the last step.
  public internal(set) var network: Network
  /// The network with the lowest validation loss so far.
  public internal(set) var bestNetwork: Network?
  /// The measurement of ``bestNetwork``.
  public internal(set) var best: Validation?
  /// The number of steps taken.
  public internal(set) var step = 0

  let corpus: Corpus
  private let vocabulary: any Vocabulary
  private let bptt: BackpropagationThroughTime
  private let validator: Validator
  private let stepsPerValidation: Int
  private let start = ContinuousClock.now
  private var gradients: [Float]
  var streams: PieceStreams
  var state: NetworkState
  var optimizer: AdamW
  var tokensRead = 0
  var elapsedBefore = 0.0
  var validationsSinceBest = 0
  private var isValidationDue = false

  /// Prepares a run from its start.
  ///
  /// - Parameters:
  ///   - settings: what to do.
  ///   - corpus: the pieces, encoded in the settings' vocabulary.
  /// - Throws: ``TrainingError`` where a setting is out of range or the corpus holds no music.
  public init(settings: TrainingSettings, corpus: Corpus) throws(TrainingError) {
    try settings.validate()
    let vocabulary: any Vocabulary
    do {
      vocabulary = try settings.vocabulary.makeVocabulary()
    } catch {
      throw TrainingError(.vocabulary(error))
    }
    var configuration = settings.network
    configuration.vocabularySize = vocabulary.count
    let split = corpus.split(validationFraction: settings.validationFraction)
    let training = split.train.filter { corpus.pieces[$0].tokens.count > 2 }
    let validation = split.valid.filter { corpus.pieces[$0].tokens.count > 2 }
    guard !training.isEmpty else { throw TrainingError(.emptyCorpus) }
    do {
      network = try Network(configuration, seed: settings.seed)
      bptt = try BackpropagationThroughTime(
        configuration, streams: settings.batch, windowLength: settings.window,
        precision: settings.precision)
    } catch {
      throw TrainingError(.network(error))
    }

    self.settings = settings
    self.corpus = corpus
    self.vocabulary = vocabulary
    trainingPieces = training
    validationPieces = validation
    baselines = Baselines(
      training: training.map { corpus.tokens[corpus.pieces[$0].tokens] },
      heldOut: validation.map { corpus.tokens[corpus.pieces[$0].tokens] },
      vocabularySize: vocabulary.count)
    tokensPerEpoch = training.reduce(0) { $0 + corpus.pieces[$1].tokens.count - 1 }
    let stepsPerEpoch = max(1, (tokensPerEpoch - 1) / (settings.batch * settings.window) + 1)
    plannedSteps =
      switch settings.length {
      case .epochs(let epochs): epochs * stepsPerEpoch
      case .steps(let steps): steps
      case .seconds: nil
      }
    stepsPerValidation = max(stepsPerEpoch, 20)

    let plain: PieceStreams.Source = { piece, _ in Array(corpus.tokens[corpus.pieces[piece].tokens])
    }
    validator = Validator(
      pieces: validation.map { ($0, corpus.pieces[$0].tokens.count) },
      noteCount: validation.reduce(0) { $0 + corpus.pieces[$1].noteCount },
      batch: settings.batch, window: settings.window, source: plain)
    let augmentation = Augmentation(
      vocabulary: vocabulary, transposition: settings.transposition, seed: settings.seed)
    streams = PieceStreams(
      pieces: training, streams: settings.batch, epochs: settings.length.epochs,
      seed: settings.seed, source: { augmentation.apply(to: plain($0, $1), piece: $0, epoch: $1) })
    state = NetworkState(configuration, streams: settings.batch)
    gradients = Array(repeating: 0, count: network.parameters.count)
    optimizer = AdamW(parameterCount: network.parameters.count, weightDecay: settings.weightDecay)
  }

  /// Takes a step or a measurement and tells of it; nil when the run is at its end.
  ///
  /// - Throws: ``TrainingError`` where the loss is no longer a number; ``bestNetwork`` is then still
  ///   good.
  public func next() throws(TrainingError) -> TrainingEvent? {
    if isValidationDue {
      isValidationDue = false
      if !validator.isEmpty { return .validation(validate()) }
    }
    if isPatienceExhausted { return nil }
    let progress = progress
    guard progress < 1, let window = streams.next(length: settings.window) else {
      // The end is measured too, unless it just was.
      guard !validator.isEmpty, lastValidatedStep != step, step > 0 else { return nil }
      return .validation(validate())
    }
    return .step(try train(on: window, progress: progress))
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
    provenance.steps = best?.step ?? step
    provenance.validationNats = best?.nats
    provenance.unigramNats = baselines?.unigramNats
    provenance.bigramNats = baselines?.bigramNats
    provenance.settings = settings.json
    return Model(network: result, vocabulary: vocabulary, provenance: provenance)
  }

  /// How far the run is, 0 to 1.
  public var progress: Double {
    switch settings.length {
    case .epochs, .steps: Double(step) / Double(max(plannedSteps ?? 1, 1))
    case .seconds(let limit): min(elapsedSeconds / limit, 1)
    }
  }

  /// The seconds spent training so far, also before an interruption.
  public var elapsedSeconds: Double {
    elapsedBefore + (ContinuousClock.now - start) / .seconds(1)
  }

  private var isPatienceExhausted: Bool {
    settings.patience.map { validationsSinceBest >= $0 } ?? false
  }
  private var lastValidatedStep = -1

  private func train(on window: Window, progress: Double) throws(TrainingError) -> TrainingStep {
    step += 1
    let loss = bptt.gradients(
      of: network, on: window, state: &state,
      dropoutSeed: derivedSeed(settings.seed, UInt64(step), 1), into: &gradients)
    guard loss.nats.isFinite else { throw TrainingError(.diverged(step: step)) }
    let norm = clip(&gradients, globalNorm: settings.clip)
    guard norm.isFinite else { throw TrainingError(.diverged(step: step)) }
    let rate = settings.learningRate * schedule(progress)
    optimizer.update(
      &network.parameters, gradients: gradients, learningRate: rate, layout: network.layout)
    tokensRead += loss.count
    isValidationDue = step % stepsPerValidation == 0
    return TrainingStep(
      step: step, epoch: Double(tokensRead) / Double(tokensPerEpoch),
      nats: loss.nats / Double(max(loss.count, 1)), tokens: loss.count, gradientNorm: norm,
      isClipped: norm > settings.clip, learningRate: rate, progress: self.progress)
  }

  private func validate() -> Validation {
    let measured = validator.measure(network, with: bptt)
    let isBest = measured.perToken < best?.nats ?? .infinity
    let validation = Validation(
      step: step, nats: measured.perToken, natsPerNote: measured.perNote, isBest: isBest)
    lastValidatedStep = step
    if isBest {
      best = validation
      bestNetwork = network
      validationsSinceBest = 0
    } else {
      validationsSinceBest += 1
    }
    return validation
  }
}
