/// T tokens of each of B streams, time-major: the element of step t and stream b is at t · B + b.
public struct Window: Sendable {
  /// T, the number of steps.
  public var length: Int
  /// B, the number of streams.
  public var streams: Int
  /// The tokens read, [T, B].
  public var inputs: [Int32]
  /// The tokens to be predicted, or the labels of excerpts, [T, B]; −1 where nothing is.
  public var targets: [Int32]
  /// Whether a stream's state is reset to the initial one before the token of that step, [T, B].
  public var resets: [Bool]

  /// Creates a window.
  public init(
    length: Int, streams: Int, inputs: [Int32], targets: [Int32], resets: [Bool]
  ) {
    let count = length * streams
    precondition(
      inputs.count == count && targets.count == count && resets.count == count,
      "window: [\(length), \(streams)] with \(inputs.count) inputs, \(targets.count) targets and "
        + "\(resets.count) resets")
    self.length = length
    self.streams = streams
    self.inputs = inputs
    self.targets = targets
    self.resets = resets
  }

  /// The number of targets that count.
  public var targetCount: Int { targets.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) } }
}

/// The negative log-likelihood of a window's targets.
public struct WindowLoss: Hashable, Sendable {
  /// The sum over the targets that count, in nats.
  public var nats: Double
  /// How many targets count.
  public var count: Int

  /// Creates a loss.
  public init(nats: Double = 0, count: Int = 0) {
    self.nats = nats
    self.count = count
  }

  /// Nats per token; 0 where nothing counts.
  public var mean: Double { count == 0 ? 0 : nats / Double(count) }

  /// The loss of two windows together.
  public static func + (one: Self, other: Self) -> Self {
    Self(nats: one.nats + other.nats, count: one.count + other.count)
  }
}
