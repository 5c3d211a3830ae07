import Glibc
public import Recurrent
import Tensors

/// How strongly a loss depends on the hidden state at earlier and earlier steps: |dL_T/dh_t| against
/// the distance T − t.
///
/// Where it falls by a factor each step the network cannot learn from further back; where it rises
/// so, training runs away.
///
/// - Reference: Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen" (1991); Bengio, Simard
///   and Frasconi, "Learning Long-Term Dependencies with Gradient Descent Is Difficult" (1994).
public struct GradientFlow: Codable, Hashable, Sendable {
  /// What was measured.
  public var name: String
  /// |dL_T/dh_t| over all streams, for T − t from 0 upwards.
  public var norms: [Double]

  /// Creates a curve.
  public init(name: String, norms: [Double]) {
    self.name = name
    self.norms = norms
  }

  /// The distance from which on the gradient is below a share of its start; nil where it never is.
  public func reach(share: Double = 0.01) -> Int? {
    guard let first = norms.first, first > 0 else { return 0 }
    return norms.indices.last { norms[$0] >= share * first }.flatMap {
      $0 + 1 < norms.count ? $0 + 1 : nil
    }
  }

  /// The factor by which the gradient changes per step: the slope of its logarithm.
  public var factorPerStep: Double {
    let seen = norms.prefix { $0 > 0 && $0.isFinite }
    guard let first = seen.first, let last = seen.last, seen.count > 1 else { return 0 }
    return pow(last / first, 1 / Double(seen.count - 1))
  }

  /// Measures an untrained network of one layer on random tokens.
  ///
  /// - Parameters:
  ///   - example: the network and whether its flow is limited.
  ///   - distance: the greatest T − t.
  ///   - streams: how many sequences of random tokens are taken together.
  ///   - seed: draws parameters and tokens.
  /// - Returns: the curve of the layer.
  /// - Throws: ``NetworkError`` where the network cannot be made.
  public static func measure(
    _ example: Example, distance: Int, streams: Int = 16, seed: UInt64 = 1
  ) throws(NetworkError) -> GradientFlow {
    let configuration = example.configuration
    let network = try Network(configuration, seed: seed)
    var random = RandomSource(seed: seed &+ 1)
    // The last token is only predicted, and distance 0 is a step too.
    let length = distance + 2
    let bound = UInt64(configuration.vocabularySize)
    let tokens = (0..<length * streams).map { _ in Int32(random.next() % bound) }
    let flows = try measure(
      network, tokens: tokens, streams: streams, limit: example.stateGradientLimit)
    return GradientFlow(name: example.name, norms: flows[0].norms)
  }

  /// Measures every layer of a network on given tokens.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - tokens: the tokens, time-major [T, streams]; the loss is that of the last of each stream.
  ///   - streams: the number of streams.
  ///   - limit: the greatest norm handed from step to step; nil for no limit.
  /// - Returns: a curve for each layer, lowest first, of T − 1 distances.
  /// - Throws: ``NetworkError`` where memory would not suffice or there are too few tokens.
  public static func measure(
    _ network: Network, tokens: [Int32], streams: Int, limit: Float? = nil
  ) throws(NetworkError) -> [GradientFlow] {
    // Nothing is dropped, whatever the network was trained with.
    let network = try network.withoutDropout()
    let configuration = network.configuration
    let length = tokens.count / max(1, streams) - 1
    let engine = try BackpropagationThroughTime(
      configuration, streams: streams, windowLength: length)
    engine.recordsGradientFlow = true
    engine.stateGradientLimit = limit
    let count = length * streams
    var targets = [Int32](repeating: -1, count: count)
    for stream in 0..<streams { targets[count - streams + stream] = tokens[count + stream] }
    let window = Window(
      length: length, streams: streams, inputs: Array(tokens.prefix(count)), targets: targets,
      resets: (0..<count).map { $0 < streams })
    var state = NetworkState(configuration, streams: streams)
    var gradients: [Float] = []
    _ = engine.gradients(
      of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
    // Where the hidden state goes up and not on, the cell state is what a step hands to the next.
    let isCarried = configuration.cell.readsHiddenState
    return engine.gradientFlow.enumerated().map { layer, flow in
      let norms = isCarried ? flow.hidden : zip(flow.hidden, flow.cell).map { hypot($0, $1) }
      return GradientFlow(name: "layer \(layer + 1)", norms: norms.reversed())
    }
  }
}

extension GradientFlow {
  /// A network whose gradient flow is worth seeing.
  public struct Example: Hashable, Sendable {
    /// What it shows.
    public var name: String
    /// The network's shape and start.
    public var configuration: NetworkConfiguration
    /// The greatest norm handed from step to step; nil for no limit.
    public var stateGradientLimit: Float?

    /// Creates an example.
    public init(
      name: String, configuration: NetworkConfiguration, stateGradientLimit: Float? = nil
    ) {
      self.name = name
      self.configuration = configuration
      self.stateGradientLimit = stateGradientLimit
    }
  }

  /// Cells, activations and initialisations by which gradients vanish, explode, are clipped, or hold.
  ///
  /// - Parameters:
  ///   - hiddenSize: H of each.
  ///   - cell: only this kind of cell; all where nil.
  /// - Returns: networks of one layer.
  public static func examples(hiddenSize: Int, cell: Cell? = nil) -> [Example] {
    func network(
      _ cell: Cell, _ activation: Activation = .tanh, _ scheme: Initialization.Scheme = .uniform,
      forgetBias: Float = 1, gain: Float = 1
    ) -> NetworkConfiguration {
      NetworkConfiguration(
        vocabularySize: 32, embeddingSize: 32, hiddenSize: hiddenSize, layerCount: 1, cell: cell,
        activation: activation,
        initialization: Initialization(
          scheme: scheme, forgetBias: forgetBias, recurrentGain: gain))
    }
    // Glorot's recurrent matrix has a spectral radius of about 1; 3 times that explodes even
    // through tanh, whose slope is below 1.
    let large = network(.rnn, .tanh, .glorot, gain: 3)
    let all = [
      Example(name: "rnn tanh", configuration: network(.rnn)),
      Example(name: "rnn tanh, large weights", configuration: large),
      Example(
        name: "rnn tanh, large weights, clipped", configuration: large, stateGradientLimit: 0.1),
      Example(name: "rnn relu, identity", configuration: network(.rnn, .relu, .identity)),
      Example(name: "gru", configuration: network(.gru)),
      Example(name: "lstm, forget bias 0", configuration: network(.lstm, forgetBias: 0)),
      Example(name: "lstm, forget bias 1", configuration: network(.lstm)),
      Example(name: "qrnn, forget bias 1", configuration: network(.qrnn)),
      Example(name: "rru", configuration: network(.rru)),
    ]
    return all.filter { cell == nil || $0.configuration.cell == cell }
  }
}
