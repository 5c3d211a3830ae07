public import Recurrent

/// Turns gradients into updates of the parameters.
///
/// Everything that it remembers is public, so that a checkpoint resumes to the bit.
public struct Optimizer: Sendable, Hashable {
  /// Which optimiser, and its settings.
  public let configuration: OptimizerConfiguration
  /// The number of updates made.
  public var stepCount = 0
  /// Adam's mean gradient, or SGD's velocity: one number for each parameter.
  public var firstMoment: [Float]
  /// Adam's mean squared gradient; empty for SGD.
  public var secondMoment: [Float]

  /// Creates an optimiser for as many parameters.
  public init(_ configuration: OptimizerConfiguration, parameterCount: Int) {
    self.configuration = configuration
    firstMoment = [Float](repeating: 0, count: parameterCount)
    secondMoment = [Float](
      repeating: 0, count: configuration.kind == .sgd ? 0 : parameterCount)
  }

  /// Makes one update.
  ///
  /// - Parameters:
  ///   - parameters: all parameters of the network, replaced.
  ///   - gradients: their gradients.
  ///   - learningRate: the size of the step.
  ///   - layout: tells weight matrices, which decay, from the rest.
  public mutating func update(
    _ parameters: inout [Float], gradients: [Float], learningRate: Float, layout: ParameterLayout
  ) {
    precondition(
      parameters.count == layout.count && gradients.count == layout.count
        && firstMoment.count == layout.count,
      "\(parameters.count) parameters, \(gradients.count) gradients, \(firstMoment.count) moments")
    stepCount += 1
    for slot in layout.slots {
      let decay = slot.role.isMatrix ? configuration.weightDecay : 0
      switch configuration.kind {
      case .sgd:
        descend(&parameters, gradients, slot.range, rate: learningRate, decay: decay)
      case .adam:
        adapt(&parameters, gradients, slot.range, rate: learningRate, added: decay, apart: 0)
      case .adamw:
        adapt(&parameters, gradients, slot.range, rate: learningRate, added: 0, apart: decay)
      }
    }
  }

  private mutating func descend(
    _ parameters: inout [Float], _ gradients: [Float], _ range: Range<Int>, rate: Float,
    decay: Float
  ) {
    let momentum = configuration.momentum
    for index in range {
      let velocity =
        momentum * firstMoment[index] + gradients[index] + decay * parameters[index]
      firstMoment[index] = velocity
      parameters[index] -= rate * velocity
    }
  }

  private mutating func adapt(
    _ parameters: inout [Float], _ gradients: [Float], _ range: Range<Int>, rate: Float,
    added: Float, apart: Float
  ) {
    // The moments start at zero and are biased towards it, less from step to step.
    let adam = AdamStep(
      beta1: configuration.beta1, beta2: configuration.beta2, epsilon: configuration.epsilon,
      size: rate / (1 - Self.power(configuration.beta1, stepCount)),
      scale: 1 / (1 - Self.power(configuration.beta2, stepCount)), added: added,
      kept: 1 - rate * apart)
    adam.run(&parameters, &firstMoment, &secondMoment, gradients, range)
  }

  private static func power(_ base: Float, _ exponent: Int) -> Float {
    var result = 1.0
    var square = Double(base)
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return Float(result)
  }
}

/// One Adam update with all its constants worked out.
private struct AdamStep {
  let beta1, beta2, epsilon, size, scale, added, kept: Float

  func run(
    _ parameters: inout [Float], _ firstMoment: inout [Float], _ secondMoment: inout [Float],
    _ slopes: [Float], _ range: Range<Int>
  ) {
    var values = parameters.mutableSpan
    var means = firstMoment.mutableSpan
    var squares = secondMoment.mutableSpan
    let gradients = slopes.span
    for index in range {
      let slope = gradients[index] + added * values[index]
      let mean = beta1 * means[index] + (1 - beta1) * slope
      let square = beta2 * squares[index] + (1 - beta2) * slope * slope
      means[index] = mean
      squares[index] = square
      values[index] = kept * values[index] - size * mean / ((square * scale).squareRoot() + epsilon)
    }
  }
}

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

/// A running average of the parameters, which generalises better than their last values.
///
/// - Reference: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).
public struct ParameterAverage: Sendable, Hashable {
  /// The share of the average that each step keeps, in the long run; nil for the plain mean of all steps.
  public let decay: Float?
  /// The average.
  public var values: [Float]
  /// The number of parameters averaged so far.
  public var stepCount = 0

  /// Creates an average that starts at the parameters given.
  public init(decay: Float?, parameters: [Float]) {
    self.decay = decay
    values = parameters
  }

  /// Takes in the parameters after a step.
  ///
  /// With a decay early steps keep less, (1 + t) / (10 + t), so that the random start is soon forgotten;
  /// without one nothing is kept of the start.
  public mutating func update(_ parameters: [Float]) {
    precondition(parameters.count == values.count, "\(parameters.count) of \(values.count)")
    stepCount += 1
    let added =
      decay.map { 1 - min($0, Float(1 + stepCount) / Float(10 + stepCount)) }
      ?? 1 / Float(stepCount)
    for index in values.indices { values[index] += added * (parameters[index] - values[index]) }
  }
}
