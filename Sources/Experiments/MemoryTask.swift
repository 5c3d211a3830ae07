public import Recurrent
import Tensors
import Training

/// A task that cannot be done without remembering over a lag.
///
/// - Reference: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), sections 5.4 and 5.5;
///   Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks" (2016).
public enum MemoryTask: String, Codable, CaseIterable, Sendable {
  /// Three symbols of eight, a lag of blanks, a sign; then the three are to be said again.
  case copy
  /// Digits, two of them marked, one near the start; at the end their sum is to be said.
  case adding

  /// V of a network that does the task.
  public var vocabularySize: Int {
    switch self {
    // Eight symbols, the blank and the sign.
    case .copy: 10
    // Ten digits plain, ten marked; sums go up to 18.
    case .adding: 20
    }
  }

  /// The loss of guessing as well as can be without memory, in nats.
  public var chance: Double {
    switch self {
    // The logarithm of eight, and the entropy of the sum of two digits.
    case .copy: 2.079
    case .adding: 2.794
    }
  }

  /// The steps of one example.
  public func length(lag: Int) -> Int {
    switch self {
    case .copy: lag + 6
    case .adding: max(3, lag)
    }
  }

  /// Draws examples, one in each stream.
  public func examples(
    lag: Int, streams: Int, from random: inout some RandomNumberGenerator
  ) -> Window {
    let length = length(lag: lag)
    var inputs = [Int32](repeating: 0, count: length * streams)
    var targets = [Int32](repeating: -1, count: length * streams)
    for stream in 0..<streams {
      switch self {
      case .copy:
        let (blank, sign): (Int32, Int32) = (8, 9)
        let symbols = (0..<3).map { _ in Int32.random(in: 0..<8, using: &random) }
        for step in 0..<length {
          inputs[step * streams + stream] =
            step < 3 ? symbols[step] : step == length - 3 ? sign : blank
          if step >= length - 3 { targets[step * streams + stream] = symbols[step + 3 - length] }
        }
      case .adding:
        let first = Int.random(in: 0..<max(1, length / 10), using: &random)
        let second = Int.random(in: first + 1..<max(first + 2, length / 2), using: &random)
        var sum: Int32 = 0
        for step in 0..<length {
          let digit = Int32.random(in: 0..<10, using: &random)
          let isMarked = step == first || step == second
          if isMarked { sum += digit }
          inputs[step * streams + stream] = digit + (isMarked ? 10 : 0)
        }
        targets[(length - 1) * streams + stream] = sum
      }
    }
    return Window(
      length: length, streams: streams, inputs: inputs, targets: targets,
      resets: (0..<length * streams).map { $0 < streams })
  }
}

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
  ///   - seed: draws examples.
  /// - Returns: how it went; where the current task is cancelled, how far it had come, not solved.
  /// - Throws: ``NetworkError`` where it cannot be trained at this length.
  public static func run(
    _ task: MemoryTask, lag: Int, network: inout Network, steps: Int, seed: UInt64 = 1
  ) throws(NetworkError) -> MemoryTrial {
    let streams = 32
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
      GradientClipping.globalNorm(1).clip(&gradients)
      optimizer.update(
        &network.parameters, gradients: gradients, learningRate: 3e-3, layout: network.layout)
    }
    return trial
  }
}
