public import Recurrent

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
  /// The passes over the corpus that are expected.
  public var epochs: Double

  /// The command line's names of what is chosen.
  public static let names: Set<String> = [
    "layers", "hidden", "embedding", "dropout", "learning-rate", "average",
  ]

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
        let parameters = Double(candidate.layout.count)
        return speed(candidate) * seconds >= Self.tokensPerParameter * parameters
          && parameters <= Self.parametersPerToken * tokens
      } ?? candidates[0]
    layerCount = chosen.layerCount
    hiddenSize = chosen.hiddenSize
    embeddingSize = chosen.embeddingSize
    tokensPerSecond = speed(chosen)
    self.seconds = min(seconds, Self.mostPasses * tokens / tokensPerSecond)
    epochs = self.seconds * tokensPerSecond / tokens
    let isLarge = chosen.layout.count > tokensPerEpoch
    dropout = !isLarge || epochs < 20 ? 0.1 : epochs < 60 ? 0.2 : epochs < 150 ? 0.3 : 0.4
    learningRate = hiddenSize <= 256 ? 0.003 : hiddenSize <= 512 ? 0.002 : 0.001
    let steps =
      epochs * tokens / Double(settings.streams(tokensPerEpoch: tokensPerEpoch) * settings.window)
    averageDecay = steps > 2_000 ? 0.999 : nil
  }
}

extension TrainingSettings {
  /// The number of streams for a corpus: some 80 windows an epoch, within 16 to 64 streams.
  ///
  /// - Parameter tokensPerEpoch: the predictions of one pass over the corpus.
  /// - Returns: ``batch`` where that is set.
  public func streams(tokensPerEpoch: Int) -> Int {
    batch ?? min(max(tokensPerEpoch / (80 * window), 16), 64)
  }

  /// Trains a network of middling size for a second or two to see how fast it goes.
  ///
  /// - Parameter tokensPerEpoch: the predictions of one pass over the corpus.
  /// - Returns: floating-point operations a second, the optimiser's updates included.
  /// - Throws: ``NetworkError`` where the network cannot be made.
  public func measureSpeed(tokensPerEpoch: Int) throws(NetworkError) -> Double {
    var network = network
    network.layerCount = 2
    network.hiddenSize = 256
    network.embeddingSize = network.tiedWeights ? 256 : 128
    var trained = try Network(network, seed: 1)
    let streams = streams(tokensPerEpoch: tokensPerEpoch)
    let engine = try BackpropagationThroughTime(
      network, streams: streams, windowLength: window, precision: precision)
    var optimizer = Optimizer(optimizer, parameterCount: trained.layout.count)
    var state = NetworkState(network, streams: streams)
    var gradients: [Float] = []
    let count = streams * window
    let tokens = (0..<count).map { Int32($0 % network.vocabularySize) }
    let sample = Window(
      length: window, streams: streams, inputs: tokens, targets: tokens,
      resets: [Bool](repeating: false, count: count))
    // The first step finds caches and clocks cold.
    let seconds = (0..<6).map { step in
      ContinuousClock().measure {
        _ = engine.gradients(
          of: trained, on: sample, state: &state, dropoutSeed: UInt64(step), into: &gradients)
        optimizer.update(
          &trained.parameters, gradients: gradients, learningRate: 0, layout: trained.layout)
      } / .seconds(1)
    }
    let median = seconds.dropFirst().sorted()[2]
    return 3 * network.operationsPerToken * Double(count) / median
  }
}
