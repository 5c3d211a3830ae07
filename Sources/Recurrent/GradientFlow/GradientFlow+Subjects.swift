extension GradientFlow {
  /// A network whose gradient flow is worth seeing.
  public struct Subject: Hashable, Sendable {
    /// What it shows.
    public var name: String
    /// The network's shape and start.
    public var configuration: NetworkConfiguration
    /// The greatest norm handed from step to step; nil for no limit.
    public var stateGradientLimit: Float?

    /// Creates a subject.
    public init(
      name: String, configuration: NetworkConfiguration, stateGradientLimit: Float? = nil
    ) {
      self.name = name
      self.configuration = configuration
      self.stateGradientLimit = stateGradientLimit
    }
  }

  /// The cells, activations and initialisations of the course: vanishing, exploding, clipped, held.
  ///
  /// - Parameters:
  ///   - hiddenSize: H of each.
  ///   - cell: only this kind of cell; all where nil.
  /// - Returns: networks of one layer.
  public static func subjects(hiddenSize: Int, cell: Cell? = nil) -> [Subject] {
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
      Subject(name: "rnn tanh", configuration: network(.rnn)),
      Subject(name: "rnn tanh, large weights", configuration: large),
      Subject(
        name: "rnn tanh, large weights, clipped", configuration: large, stateGradientLimit: 0.1),
      Subject(name: "rnn relu, identity", configuration: network(.rnn, .relu, .identity)),
      Subject(name: "gru", configuration: network(.gru)),
      Subject(name: "lstm, forget bias 0", configuration: network(.lstm, forgetBias: 0)),
      Subject(name: "lstm, forget bias 1", configuration: network(.lstm)),
    ]
    return all.filter { cell == nil || $0.configuration.cell == cell }
  }
}
