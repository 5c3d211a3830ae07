import Tensors

/// Runs a network one token at a time: N streams, one token each, logits out.
public final class Stepper {
  /// The network's shape.
  public let configuration: NetworkConfiguration
  /// N, the number of streams.
  public let streams: Int
  /// What each stream remembers.
  public var state: NetworkState
  private let engine: any StepEngine
  private let start: NetworkState

  /// Packs a network's weights for N streams.
  ///
  /// - Throws: ``NetworkError`` where the number of streams is not positive or memory would not
  ///   suffice.
  public init(
    _ network: Network, streams: Int, precision: Precision = .auto
  ) throws(NetworkError) {
    guard streams > 0 && streams <= 1 << 16 else {
      throw NetworkError(
        .outOfRange(name: "number of streams", found: "\(streams)", expected: "1 to 65536"))
    }
    let configuration = network.configuration
    try Memory.check(
      bytes: configuration.trainingMemory(streams: streams, windowLength: 1, precision: precision))
    self.configuration = configuration
    self.streams = streams
    var start = NetworkState(configuration, streams: 1)
    start.reset(stream: 0, to: network)
    self.start = start
    state = NetworkState(configuration, streams: streams)
    for stream in 0..<streams { state.copy(stream: 0, of: start, to: stream) }
    engine =
      precision.resolved == .bf16
      ? ProductStepEngine<BFloat16>(network, streams: streams)
      : ProductStepEngine<Float>(network, streams: streams)
  }

  /// Reads one token in each stream, and writes the logits of the next, [N, V].
  ///
  /// - Complexity: 2 · N · (parameters without the embedding) floating-point operations.
  public func step(_ tokens: [Int32], logits: inout [Float]) {
    precondition(tokens.count == streams, "\(tokens.count) tokens for \(streams) streams")
    if logits.count != streams * configuration.vocabularySize {
      logits = [Float](repeating: 0, count: streams * configuration.vocabularySize)
    }
    engine.step(tokens, state: &state, logits: &logits)
  }

  /// Puts a stream into the state in which a piece starts.
  public func reset(stream: Int) {
    state.copy(stream: 0, of: start, to: stream)
  }
}

/// One step of all streams in some precision.
protocol StepEngine: AnyObject {
  func step(_ tokens: [Int32], state: inout NetworkState, logits: inout [Float])
}

/// Steps as windows of length 1: products over all streams at once.
final class ProductStepEngine<Element: ProductFactor>: StepEngine {
  private let shard: Shard<Element>
  private let weights: NetworkWeights<Element>
  private let team = WorkerTeam(members: 1)

  init(_ network: Network, streams: Int) {
    shard = Shard(
      network.configuration, rows: streams, firstStream: 0, streams: streams, length: 1,
      forBackward: false)
    weights = NetworkWeights(network.configuration, formats: shard)
    weights.load(network, forBackward: false, team: team)
  }

  func step(_ tokens: [Int32], state: inout NetworkState, logits: inout [Float]) {
    for (stream, token) in tokens.enumerated() { shard.window.tokens[stream, 0] = token }
    shard.load(state)
    team.perform(on: [shard]) { [weights] shard in
      shard.forward(weights)
      shard.logits.addToRows(weights.outputBias)
    }
    shard.store(into: &state)
    shard.logits.copy(into: &logits, range: logits.indices)
  }
}
