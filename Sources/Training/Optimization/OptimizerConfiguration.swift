/// Which optimiser, and its settings.
public struct OptimizerConfiguration: Codable, Hashable, Sendable {
  /// The optimisers.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Stochastic gradient descent with momentum; the decay is added to the gradient.
    case sgd
    /// Adam; the decay is added to the gradient.
    ///
    /// - Reference: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015).
    case adam
    /// Adam with the decay apart from the moments.
    ///
    /// - Reference: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).
    case adamw
  }

  /// The optimiser.
  public var kind: Kind
  /// The share of the last update that SGD keeps.
  public var momentum: Float
  /// Adam's decay of the mean gradient.
  public var beta1: Float
  /// Adam's decay of the mean squared gradient.
  public var beta2: Float
  /// What Adam adds to the root of the mean squared gradient.
  public var epsilon: Float
  /// The pull of weight matrices towards zero; biases, gains and initial states are left alone.
  public var weightDecay: Float

  /// Creates a configuration.
  public init(
    kind: Kind = .adam, momentum: Float = 0.9, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float = 1e-8, weightDecay: Float = 0
  ) {
    self.kind = kind
    self.momentum = momentum
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}
