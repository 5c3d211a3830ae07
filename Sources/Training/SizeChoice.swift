public import Corpora
public import Ranks
import Recurrent
import Tensors
import Tokenization

/// The network that learns most from a corpus in a given time on a given machine.
///
/// The largest of a list that still reads enough tokens for its parameters to settle, and that is not
/// so large for the corpus that it would learn it by heart.
///
/// - Reference: Hoffmann et al., "Training Compute-Optimal Large Language Models" (2022), who find
///   some 20 tokens a parameter.
public struct SizeChoice: Hashable, Sendable {
  /// The number of recurrent layers.
  public var layerCount: Int
  /// The size of each layer's hidden state.
  public var hiddenSize: Int
  /// The size of an event's embedding.
  public var embeddingSize: Int
  /// The share of activations dropped: the more often a small corpus is read, the more.
  public var dropout: Float
  /// The peak learning rate; large networks bear less.
  public var learningRate: Float
  /// The decay of the running average of the weights; nil where there are too few steps for one.
  public var averageDecay: Float?
  /// How long to train: less than was given where more passes would not help.
  public var seconds: Double
  /// The speed that is expected.
  public var tokensPerSecond: Double
  /// The predictions of one pass over the corpus.
  public var tokensPerEpoch: Int
  /// The passes over the corpus that are expected.
  public var epochs: Double

  /// A setting that is chosen with the size, unless somebody has chosen it already.
  public enum Setting: Hashable, Sendable, CaseIterable {
    /// The network's dropout.
    case dropout
    /// The schedule's peak.
    case learningRate
    /// The decay of the weights' running average.
    case averageDecay
  }

  /// With fewer a smaller network gets further.
  private static let tokensPerParameter = 20.0
  /// More passes over the same corpus help no network.
  private static let mostPasses = 300.0
  /// Transposition and dropout let a network be this many times as large as its corpus.
  private static let parametersPerToken = 16.0
  /// The rest of the time goes into validation, augmentation and checkpoints.
  private static let trainingShare = 0.75
  private static let sizes = [
    (1, 64), (1, 128), (1, 192), (2, 192), (2, 256), (2, 384), (2, 512), (3, 512), (3, 768),
    (3, 1024),
  ]

  /// Chooses.
  ///
  /// - Parameters:
  ///   - settings: all other settings; the network's vocabulary size is already right.
  ///   - seconds: the time.
  ///   - tokensPerEpoch: the predictions of one pass over the corpus.
  ///   - operationsPerSecond: how fast this machine trains, see
  ///     ``TrainingSettings/measureSpeed(tokensPerEpoch:)``.
  public init(
    _ settings: TrainingSettings, seconds: Double, tokensPerEpoch: Int, operationsPerSecond: Double
  ) {
    let tokens = Double(tokensPerEpoch)
    func network(_ layers: Int, _ hidden: Int) -> NetworkConfiguration {
      var network = settings.network
      network.layerCount = layers
      network.hiddenSize = hidden
      network.embeddingSize = network.tiedWeights ? hidden : min(max(hidden / 2, 48), 256)
      return network
    }
    func speed(_ network: NetworkConfiguration) -> Double {
      Self.trainingShare * operationsPerSecond / (3 * network.operationsPerToken)
    }
    let candidates = Self.sizes.map { network($0.0, $0.1) }
    let chosen =
      candidates.last { candidate in
        let parameters = Double(candidate.sizeWithoutRecall)
        return speed(candidate) * seconds >= Self.tokensPerParameter * parameters
          && parameters <= Self.parametersPerToken * tokens
      } ?? candidates[0]
    layerCount = chosen.layerCount
    hiddenSize = chosen.hiddenSize
    embeddingSize = chosen.embeddingSize
    self.tokensPerEpoch = tokensPerEpoch
    tokensPerSecond = speed(chosen)
    self.seconds = min(seconds, Self.mostPasses * tokens / tokensPerSecond)
    epochs = self.seconds * tokensPerSecond / tokens
    let isLarge = chosen.sizeWithoutRecall > tokensPerEpoch
    dropout = !isLarge || epochs < 20 ? 0.1 : epochs < 60 ? 0.2 : epochs < 150 ? 0.3 : 0.4
    learningRate = hiddenSize <= 256 ? 0.003 : hiddenSize <= 512 ? 0.002 : 0.001
    let tokensPerStep =
      settings.streams(tokensPerEpoch: tokensPerEpoch) * settings.window * settings.windowsPerStep
    let steps = epochs * tokens / Double(tokensPerStep)
    averageDecay = steps > 2_000 ? 0.999 : nil
  }
}

extension NetworkConfiguration {
  /// The number of parameters that have something to learn by heart: recall's vectors say what the piece
  /// itself says.
  fileprivate var sizeWithoutRecall: Int {
    var network = self
    network.recall = nil
    return network.layout.count
  }
}

extension TrainingSettings {
  /// Chooses the network that learns most from a corpus in the time that is given, after a second or two
  /// of measuring this machine's speed.
  ///
  /// What is chosen becomes part of the settings: a resumed run does not choose again.
  ///
  /// - Parameters:
  ///   - corpus: the pieces, of which those held out do not count.
  ///   - kept: what stays as it is set.
  ///   - threads: at most so many threads will train; one a core where nil.
  ///   - ranks: the processes that will train together, of which this one measures for all; nil for this one alone.
  /// - Returns: the choice; nil where the length is no time, or there is nothing to learn from.
  /// - Throws: ``TrainingError`` where no network can be made of the settings.
  public mutating func chooseSize(
    for corpus: Corpus, keeping kept: Set<SizeChoice.Setting> = [], threads: Int? = nil,
    ranks: RankGroup? = nil
  ) throws(TrainingError) -> SizeChoice? {
    let tokens = corpus.predictionCount(of: try corpus.split(for: self).train)
    guard case .seconds(let seconds) = length, tokens > 0 else { return nil }
    network.vocabularySize = corpus.vocabulary.count
    // On the cores that are this process' own: all together are as many times as fast, but for what they wait.
    let own = try measureSpeed(
      tokensPerEpoch: tokens,
      threads: threads ?? ranks.map { Machine.threads(sharedBy: $0.localCount) })
    let choice = SizeChoice(
      self, seconds: seconds, tokensPerEpoch: tokens,
      operationsPerSecond: own * Double(ranks?.count ?? 1))
    network.layerCount = choice.layerCount
    network.hiddenSize = choice.hiddenSize
    network.embeddingSize = choice.embeddingSize
    if !kept.contains(.dropout) { network.dropout = choice.dropout }
    if !kept.contains(.learningRate) { schedule.peak = choice.learningRate }
    if !kept.contains(.averageDecay), averageTrigger == nil {
      averageDecay = choice.averageDecay
    }
    length = .seconds(choice.seconds)
    return choice
  }

  /// The number of streams for a corpus: some 80 windows an epoch, within 16 to 64 streams.
  ///
  /// - Parameter tokensPerEpoch: the predictions of one pass over the corpus.
  /// - Returns: ``batch`` where that is set.
  public func streams(tokensPerEpoch: Int) -> Int {
    batch ?? min(max(tokensPerEpoch / (80 * window), 16), 64)
  }

  /// Trains a network of middling size for a second or two to see how fast it goes.
  ///
  /// The median of a few steps counts, so a burst of other work on the machine does not.
  ///
  /// - Parameters:
  ///   - tokensPerEpoch: the predictions of one pass over the corpus.
  ///   - threads: at most so many threads work; one a core where nil.
  /// - Returns: floating-point operations of the textbook's network a second, three times its forward
  ///   pass for each token, the optimiser's updates included in the time.
  /// - Throws: ``TrainingError`` where the network cannot be made.
  public func measureSpeed(
    tokensPerEpoch: Int, threads: Int? = nil
  ) throws(TrainingError) -> Double {
    var settings = self
    settings.network.layerCount = 2
    settings.network.hiddenSize = 256
    settings.network.embeddingSize = network.tiedWeights ? 256 : 128
    let streams = streams(tokensPerEpoch: tokensPerEpoch)
    var learner = try Learner(
      settings, vocabularySize: network.vocabularySize, streams: streams, base: nil,
      threads: threads)
    var random = RandomSource(seed: 2)
    let count = streams * window
    let tokens = (0..<count).map { _ in Int32(random.next() % UInt64(network.vocabularySize)) }
    let window = Window(
      length: window, streams: streams, inputs: tokens, targets: tokens.reversed(),
      resets: [Bool](repeating: false, count: count))
    var seconds: [Double] = []
    for step in 0...5 {
      let start = ContinuousClock.now
      _ = try learner.step(on: window, number: step, learningRate: 0, dropoutSeed: UInt64(step))
      // The first step finds nothing in the caches.
      if step > 0 { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    seconds.sort()
    // Where it draws, a run reads each window once more.
    let readings = scheduledSampling > 0 ? 1 + TrainingRun.readingShare : 1
    return 3 * learner.network.configuration.operationsPerToken * Double(count)
      / (readings * seconds[seconds.count / 2])
  }
}
