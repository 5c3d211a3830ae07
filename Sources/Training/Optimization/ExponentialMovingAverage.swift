/// A running average of the parameters, which generalises better than their last values.
///
/// - Reference: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).
public struct ExponentialMovingAverage: Sendable, Hashable {
  /// The share of the average that each step keeps, in the long run.
  public let decay: Float
  /// The average.
  public var values: [Float]
  /// The number of parameters averaged so far.
  public var stepCount = 0

  /// Creates an average that starts at the parameters given.
  public init(decay: Float = 0.999, parameters: [Float]) {
    self.decay = decay
    values = parameters
  }

  /// Takes in the parameters after a step.
  ///
  /// Early steps keep less, (1 + t) / (10 + t), so that the random start is soon forgotten.
  public mutating func update(_ parameters: [Float]) {
    precondition(parameters.count == values.count, "\(parameters.count) of \(values.count)")
    stepCount += 1
    let kept = min(decay, Float(1 + stepCount) / Float(10 + stepCount))
    for index in values.indices {
      values[index] += (1 - kept) * (parameters[index] - values[index])
    }
  }
}
