/// How the parameters of a network start.
public struct Initialization: Codable, Hashable, Sendable {
  /// How the recurrent matrices start.
  public enum Scheme: String, Codable, CaseIterable, Sendable {
    /// Uniform within ±1/√H, as in PyTorch.
    case uniform
    /// Uniform within ±√(6 / (fan in + fan out)), gate by gate.
    ///
    /// - Reference: Glorot and Bengio, "Understanding the Difficulty of Training Deep Feedforward
    ///   Neural Networks" (2010).
    case glorot
    /// Orthogonal recurrent matrices, gate by gate; the others as in `glorot`.
    ///
    /// - Reference: Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear Dynamics of
    ///   Learning in Deep Linear Neural Networks" (2014).
    case orthogonal
    /// The identity, with input weights of standard deviation 0.001 and zero biases.
    ///
    /// - Reference: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of
    ///   Rectified Linear Units" (2015).
    case identity
  }

  /// How the matrices start.
  public var scheme: Scheme
  /// The bias of an LSTM's forget gate; 1 lets the cell state through at the start.
  ///
  /// - Reference: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network
  ///   Architectures" (2015).
  public var forgetBias: Float
  /// A factor on the recurrent matrices; above 1 gradients tend to explode.
  public var recurrentGain: Float

  /// Creates an initialisation.
  public init(scheme: Scheme = .uniform, forgetBias: Float = 1, recurrentGain: Float = 1) {
    self.scheme = scheme
    self.forgetBias = forgetBias
    self.recurrentGain = recurrentGain
  }

  func validate() throws(NetworkError) {
    for (key, value) in [("forgetBias", forgetBias), ("recurrentGain", recurrentGain)] {
      try NetworkError.check(
        key, value, value.isFinite && abs(value) <= 1000, "a number within ±1000")
    }
  }
}
