public import Recurrent
import Tensors
public import Training

/// One network's attempt at a memory task with one lag.
public struct MemoryTrial: Codable, Hashable, Sendable {
  /// The lag, in steps.
  public var lag: Int
  /// The steps of training taken.
  public var steps: Int
  /// The loss of the last examples in nats, averaged; NaN where training ran away.
  public var nats: Double
  /// Whether the loss fell below a tenth of guessing.
  public var isSolved: Bool

  /// Trains a network until it has the task or the steps are used up.
  ///
  /// What it has learned at a shorter lag it need not learn again: at growing lags one network is to be
  /// handed on (Zaremba and Sutskever, "Learning to Execute", 2014, on such curricula).
  ///
  /// - Parameters:
  ///   - task: the task.
  ///   - lag: the lag.
  ///   - network: a network of the task's vocabulary.
  ///   - steps: how many steps at most.
  ///   - streams: the examples in a step.
  ///   - learningRate: Adam's.
  ///   - clipping: how gradients are clipped; nil for not at all.
  ///   - seed: draws examples.
  /// - Returns: how it went; where the current task is cancelled, how far it had come, not solved.
  /// - Throws: ``NetworkError`` where it cannot be trained at this length.
  public static func run(
    _ task: MemoryTask, lag: Int, network: inout Network, steps: Int,
    streams: Int = 32, learningRate: Float = 3e-3,
    clipping: GradientClipping? = .globalNorm(1), seed: UInt64 = 1
  ) throws(NetworkError) -> MemoryTrial {
    let shape = network.configuration
    precondition(shape.vocabularySize == task.vocabularySize, "a network of another vocabulary")
    let engine = try BackpropagationThroughTime(
      shape, streams: streams, windowLength: task.length(lag: lag))
    var optimizer = Optimizer(OptimizerConfiguration(), parameterCount: network.layout.count)
    var random = RandomSource(seed: seed &+ UInt64(lag))
    var gradients: [Float] = []
    var trial = MemoryTrial(lag: lag, steps: 0, nats: task.chance, isSolved: false)
    while trial.steps < steps && !trial.isSolved && !Task.isCancelled {
      trial.steps += 1
      var state = NetworkState(shape, streams: streams)
      let window = task.examples(lag: lag, streams: streams, from: &random)
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: UInt64(trial.steps), into: &gradients)
      // The examples are new in every step, so their loss is already a test.
      trial.nats += 0.1 * (loss.mean - trial.nats)
      guard trial.nats.isFinite else { return trial }
      trial.isSolved = trial.nats < 0.1 * task.chance
      _ = clipping?.clip(&gradients)
      optimizer.update(
        &network.parameters, gradients: gradients, learningRate: learningRate,
        layout: network.layout)
    }
    return trial
  }
}
