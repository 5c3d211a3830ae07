public import Recurrent

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
    ]
    return all.filter { cell == nil || $0.configuration.cell == cell }
  }
}
