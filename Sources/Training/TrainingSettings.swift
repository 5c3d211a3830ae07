public import Corpora
public import Modeling
public import Ranks
public import Recurrent
public import Settings
public import Tokenization

/// Everything that decides what a training run does; the same settings, corpus and seed give the
/// same weights, on any number of threads.
///
/// That holds for one kind of processor, whose kernels round alike, one number of ``shards``, which is the
/// number of cores where nobody says another, one resolved ``precision``, and lengths that are no time.
public struct TrainingSettings: Hashable, Sendable, Codable {
  /// When a run ends.
  public enum Length: Hashable, Sendable, Codable {
    /// After every piece was read so many times.
    case epochs(Int)
    /// After so many optimiser steps.
    case steps(Int)
    /// After so many seconds; how far that goes depends on the machine, and so does the learning rate of
    /// a cosine, which follows the clock: the weights are never the same twice.
    case seconds(Double)

    /// The number of epochs, where that is what ends the run.
    public var epochs: Int? {
      if case .epochs(let epochs) = self { epochs } else { nil }
    }
  }

  /// The vocabulary.
  public var vocabulary = VocabularyConfiguration.performance(.init())
  /// The network; its vocabulary size is taken from the vocabulary.
  public var network = NetworkConfiguration(
    vocabularySize: 1, embeddingSize: 128, hiddenSize: 256, layerCount: 2, dropout: 0.2,
    recall: Recall())
  /// The model whose training the run goes on with; set by the run that is given one.
  public var base: BaseModel?
  /// How many of the lowest layers stay as they are, and the embedding with them; nil to train all.
  ///
  /// With tied weights the output matrix is the embedding and stays too.
  public var frozenLayers: Int?
  /// The number of parallel streams, B; nil for as many as give some 80 steps an epoch, 16 to 64.
  ///
  /// Few streams learn more from a small corpus, many go faster through a large one.
  public var batch: Int?
  /// The window's length in tokens, T: how far gradients reach back.
  public var window = 128
  /// How far windows' lengths vary, as a share of ``window``; 0 where all are as long.
  ///
  /// The learning rate of a step is that of the schedule times the window's share of ``window``.
  @ZeroByDefault public var windowJitter: Float
  /// When the run ends.
  public var length = Length.epochs(30)
  /// How the learning rate goes; a cosine is stretched over the whole run.
  public var schedule = LearningRateSchedule(
    peak: 0.003, warmupSteps: 20, shape: .cosine(steps: 0, floor: 0.02))
  /// What keeps gradients from exploding.
  public var clipping = GradientClipping.globalNorm(1)
  /// The share of each target's weight that is spread over the vocabulary while training: not over tokens that are only
  /// ever given, of conditions and of a given part.
  public var labelSmoothing: Float = 0
  /// The share of the mean square of the top layer's output that is added to the loss while training.
  @ZeroByDefault public var activationRegularization: Float
  /// The share of the mean square of the top layer's changes from step to step that is added to the loss
  /// while training.
  @ZeroByDefault public var temporalActivationRegularization: Float
  /// The share of bars in which the network reads what it draws itself while training, 0 to 1, chosen anew in each
  /// window; 0 where it reads pieces alone.
  ///
  /// A bar's tokens are drawn by what the network says of the piece's own, each among tokens of its kind. What it is
  /// to predict, and what it recalls, stay the piece's. Where it is more than 0 a step reads each window twice.
  @ZeroByDefault public var scheduledSampling: Float
  /// The decay of a running average of the weights, which is measured beside them; nil for none.
  public var averageDecay: Float?
  /// How many of the latest validations do not count in when the plain mean of the weights begins, see
  /// ``AverageTrigger``; nil for none.
  ///
  /// From there the mean alone is measured and kept.
  public var averageTrigger: Int?
  /// The optimiser.
  public var optimizer = OptimizerConfiguration(kind: .adamw, weightDecay: 0.01)
  /// How far each piece's key, tempo and loudness may be changed, drawn anew in each epoch.
  public var augmentation = Augmentation.Range(semitones: 5)
  /// The share of the run, at its end, in which the pieces that are begun are read in their own keys, 0 or more and
  /// less than 1; 0 where they are transposed to the end.
  ///
  /// There a cosine begins again at half the peak, with the warm-up. A network that was trained in all keys first
  /// keeps to one key much better afterwards.
  ///
  /// - Reference: warm restarts are those of Loshchilov and Hutter, "SGDR" (2017).
  @ZeroByDefault public var ownKeys: Float
  /// Whether the network hears its conditions at every event; nil for yes.
  public var keepsConditions: Bool?
  /// The share in which each kind of condition is hidden while training on average, 0 to 0.5, drawn anew in
  /// each epoch; nil for ``defaultConditionDropout``.
  public var conditionDropout: Float?
  /// The pieces held out for validation; a fraction of 0 for none.
  public var heldOut = HeldOut.fraction(0.1)
  /// What must not stand on both sides; exact copies where nil, as in runs begun before near-duplicates
  /// were told.
  public var likeness: Likeness? = .near
  /// Of more tokens than these that a share holds out about so many are measured on, in evenly chosen pieces, lest that
  /// take longer than training; all where nil, as in runs begun before there was a limit.
  public var mostMeasured: Int? = 1 << 21
  /// How many validations without a better loss end the run, of a classifier without more pieces told right, or as many
  /// and surer; nil for no limit.
  ///
  /// They are counted anew where the mean of ``averageTrigger`` begins.
  public var patience: Int?
  /// The seed of every random choice.
  public var seed: UInt64 = 1
  /// Into how many shards the streams are cut, on which the last digits depend; nil for one a core.
  public var shards: Int?
  /// How many windows a step reads before the optimiser takes it; one where nil.
  ///
  /// A step's gradient is that of the mean loss over all its windows. The last of an epoch-long run may have fewer, and
  /// is as much shorter.
  public var accumulation: Int?
  /// How many steps each of several processes takes by itself before all average their weights; nil where all take each
  /// step together.
  ///
  /// The optimiser's moments and the weights' running average are averaged with them. A step then follows the loss of a
  /// process' own streams alone, so that the weights depend on the number of processes; in a process alone it
  /// changes how often a run is looked at, and no weight.
  ///
  /// - Reference: Stich, "Local SGD Converges Fast and Communicates Little" (2019).
  public var localSteps: Int?
  /// How gradients are added up where several processes train together; in the shards' order where nil, so that
  /// any number of processes comes to the same weights.
  public var reduction: RankSum?
  /// The arithmetic of matrix products.
  public var precision = Precision.auto

  private enum CodingKeys: String, CodingKey {
    case vocabulary, network, base, frozenLayers, batch, window, windowJitter, length, schedule,
      clipping
    case averageTrigger, labelSmoothing, activationRegularization, temporalActivationRegularization,
      scheduledSampling, averageDecay, ownKeys,
      optimizer, keepsConditions, conditionDropout, heldOut, likeness, mostMeasured, patience, seed,
      shards, accumulation, localSteps, reduction, precision
    // As model files and checkpoints have it.
    case augmentation = "variation"
  }

  /// The share in which conditions are hidden where nobody said another.
  public static let defaultConditionDropout: Float = 0.5

  /// The peak learning rate for a network that is trained already.
  public static let fineTuningRate: Float = 0.0005

  /// Creates the default settings.
  public init() {}

  /// How many windows a step reads.
  var windowsPerStep: Int { accumulation ?? 1 }
}
