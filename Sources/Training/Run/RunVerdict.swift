public import Evaluation

/// What the losses of a run say of what would help it.
///
/// The shares that part one case from another are rules of thumb: a measurement differs by some thousandths
/// from one step to the next, and Documentation/Runs.md tells of runs that were looked at.
public struct RunVerdict: Hashable, Sendable, Codable {
  /// How the loss on the pieces held out went.
  public enum Course: String, Hashable, Sendable, Codable {
    /// There was nothing to measure on.
    case nothingHeldOut
    /// It was measured too seldom to tell.
    case tooSoon
    /// It was still falling at the end.
    case falling
    /// It fell, and rose again while the training loss went on falling.
    case learnedByHeart
    /// It fell, and rose again as the training loss did.
    case unsteady
    /// It fell no more and is no better than counting.
    case noBetterThanCounting
    /// It fell no more.
    case settled
  }

  /// How the loss went.
  public var course: Course
  /// The steps taken.
  public var steps: Int
  /// The step of the lowest loss; nil where nothing was measured.
  public var bestStep: Int?
  /// The share by which the loss fell since ``fallStart``.
  public var fall: Double?
  /// The step at which the last quarter of what the steps went began: the sum of the learning rates from there on is
  /// a quarter of the whole, of a run that ends in the pieces' own keys of that part.
  ///
  /// A falling rate alone makes losses lie flat at a run's end, whatever there is left to learn. Where pieces are no
  /// longer transposed the loss on others, which never are, falls whatever there is left to learn.
  public var fallStart: Int?
  /// The share by which the last loss is above the lowest.
  public var rise: Double?
  /// The training loss over the last tenth of the steps, in nats per token, as dropout made it.
  public var trainingNats: Double
  /// The lowest loss on the pieces held out, in nats per token; of a classifier in nats per piece.
  public var heldOutNats: Double?
  /// Whether the music is so little that nothing else matters.
  public var isCorpusSmall: Bool
  /// Where the run's samples are unlike its music, the greatest difference first; none where there are no
  /// samples, or the music's pieces differ as much among themselves.
  public var sound: [SampleDifference]

  /// What falls by less in a quarter of a run's steps falls no more; in more of them by as much more.
  private static let leastFall = 0.01
  /// What rises by less above its lowest does not rise.
  private static let leastRise = 0.005
  /// With fewer measurements nothing is told.
  private static let fewestValidations = 4
  /// A corpus of fewer predictions an epoch is small.
  private static let smallCorpus = 20_000

  /// Looks at a run's log; nil where the run took no step.
  ///
  /// - Parameters:
  ///   - log: its lines.
  ///   - description: what is known of the run; nil for one of an older version.
  ///   - samples: what the run's latest samples are like.
  /// - Complexity: O(n) for n lines.
  public init?(
    of log: [RunLogLine], description: RunDescription?, samples: [PieceFeatures] = []
  ) {
    var curve = LossCurve(
      pieces: description?.corpus.heldOut.count, settings: description?.settings)
    for line in log { curve.append(line.event) }
    guard let steps = curve.training.last?.step else { return nil }
    self.steps = steps
    sound = SampleDifference.all(of: samples, from: description?.corpus.sound ?? [:])
    trainingNats = curve.trainingLoss(around: steps, of: steps)
    isCorpusSmall = description.map { $0.corpus.tokensPerEpoch < Self.smallCorpus } ?? false
    guard let best = curve.best, let last = curve.heldOut.last else {
      course = description?.corpus.heldOut.isEmpty ?? false ? .nothingHeldOut : .tooSoon
      return
    }
    bestStep = best.step
    heldOutNats = best.nats
    let start = curve.lastQuarter
    let before = curve.loss(atStep: Double(start))
    let scale = curve.isOfShares ? 1 : best.loss
    let fall = (before - best.loss) / scale
    let rise = (last.loss - best.loss) / scale
    // Of a loss of nearly nothing there may be no share.
    self.fall = fall.isFinite ? fall : nil
    fallStart = start
    self.rise = rise.isFinite ? rise : nil
    let tolerance = curve.tolerance
    guard curve.heldOut.count >= Self.fewestValidations else {
      course = .tooSoon
      return
    }
    let isLate = Double(best.step) > 0.9 * Double(steps)
    if !isLate, rise > max(Self.leastRise, tolerance) {
      let then = curve.trainingLoss(around: best.step, of: steps)
      course = trainingNats < then ? .learnedByHeart : .unsteady
    } else if isLate,
      fall > max(Self.leastFall * 4 * Double(steps - start) / Double(steps), tolerance)
    {
      course = .falling
    } else if let counting = description?.counting(isOfShares: curve.isOfShares),
      best.loss >= counting
    {
      course = .noBetterThanCounting
    } else {
      course = .settled
    }
  }
}

/// The losses of a run, step by step.
private struct LossCurve {
  struct Measurement {
    var step: Int
    /// What is to be low: nats per token, or the share of the pieces told wrong.
    var loss: Double
    var nats: Double
  }

  private(set) var training: [(step: Int, nats: Double, weight: Double)] = []
  private var rates: [(step: Int, rate: Double)] = []
  private(set) var heldOut: [Measurement] = []
  /// Whether losses are shares of pieces.
  private(set) var isOfShares = false
  private let pieces: Int?
  private let settings: TrainingSettings?
  /// The step from which on to the end pieces are begun in their own keys; nil where the last one is not so.
  private var ownKeysStart: Int?

  init(pieces: Int?, settings: TrainingSettings?) {
    self.pieces = pieces
    self.settings = settings
  }

  mutating func append(_ event: TrainingEvent) {
    switch event {
    case .step(let step):
      if step.nats.isFinite { training.append((step.step, step.nats, step.weight)) }
      rates.append((step.step, step.learningRate.isFinite ? Double(step.learningRate) : 0))
      let isInOwnKeys = settings?.readsOwnKeys(at: step.progress) ?? false
      ownKeysStart = isInOwnKeys ? ownKeysStart ?? step.step : nil
    case .validation(let validation):
      isOfShares = validation.accuracy != nil
      heldOut.append(
        Measurement(
          step: validation.step, loss: validation.accuracy.map { 1 - $0 } ?? validation.nats,
          nats: validation.nats))
    }
  }

  /// The one that the run keeps: the first of the lowest, where as many pieces were told right the surest.
  var best: Measurement? {
    heldOut.min { ($0.loss, $0.nats, $0.step) < ($1.loss, $1.nats, $1.step) }
  }

  /// What one piece more or less makes of a share; of an unknown number a hundredth.
  var tolerance: Double { isOfShares ? 1 / Double(max(1, pieces ?? 100)) : 0 }

  /// The step before what is looked at begins: of a run that ends in the pieces' own keys that part, where it was
  /// measured more than once there, else the whole.
  private var beginning: Int {
    guard let start = ownKeysStart, heldOut.count(where: { $0.step > start }) > 1 else { return -1 }
    return start
  }

  /// The step from which on the learning rates sum up to a quarter of all; without rates three quarters of the steps.
  var lastQuarter: Int {
    let beginning = beginning
    let rates = rates.filter { $0.step > beginning }
    let last = rates.last?.step ?? 0
    let sum = rates.reduce(0) { $0 + $1.rate }
    guard sum > 0 else { return last * 3 / 4 }
    var rest = sum
    let start = rates.first { _, rate in
      rest -= rate
      return rest <= sum / 4
    }
    return start?.step ?? last
  }

  /// The loss on the pieces held out at a step, on a line between the measurements beside it.
  func loss(atStep step: Double) -> Double {
    let beginning = beginning
    let heldOut = heldOut.filter { $0.step > beginning }
    guard let after = heldOut.first(where: { Double($0.step) >= step }) else {
      return heldOut.last?.loss ?? 0
    }
    guard let before = heldOut.last(where: { Double($0.step) < step }) else { return after.loss }
    let share = (step - Double(before.step)) / Double(after.step - before.step)
    return before.loss + share * (after.loss - before.loss)
  }

  /// The mean training loss of the tokens over a tenth of all steps, the one given in its middle or at its end.
  func trainingLoss(around step: Int, of steps: Int) -> Double {
    let half = max(steps / 20, 5)
    let middle = min(step, steps - half)
    let near = training.filter { abs($0.step - middle) <= half }
    let weight = near.reduce(0) { $0 + $1.weight }
    return near.reduce(0) { $0 + $1.weight * $1.nats } / max(weight, 1)
  }
}

extension RunDescription {
  /// What the better way of counting reaches, as a loss.
  fileprivate func counting(isOfShares: Bool) -> Double? {
    isOfShares ? toBeat?.majorityAccuracy.map { 1 - $0 } : toBeat?.bigramNats
  }
}
