import Tensors

/// Runs a network one token at a time: N streams, one token each, logits out.
public final class Stepper {
  /// The network's shape.
  public let configuration: NetworkConfiguration
  /// N, the number of streams.
  public let streams: Int
  /// What products read: `f32`, `bf16` or `int8`.
  public let precision: SteppingPrecision
  private let engine: any StepEngine
  private let start: NetworkState
  private var memories: [PieceMemory]
  private var heard: [HeardTokens]

  /// The number of threads that work.
  public var threads: Int { engine.team.members }

  /// Packs a network's weights for N streams, all at the state in which a piece starts.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - streams: N.
  ///   - precision: what products read.
  ///   - threads: at most this many threads, one per core where nil.
  /// - Throws: ``NetworkError`` where a number is not positive, or there is less memory than
  ///   ``NetworkConfiguration/steppingMemory(streams:)``.
  public init(
    _ network: Network, streams: Int, precision: SteppingPrecision = .auto, threads: Int? = nil
  ) throws(NetworkError) {
    for (key, value) in [("streams", streams), ("threads", threads ?? 1)] {
      try NetworkError.check(key, value, in: 1...1 << 16)
    }
    let configuration = network.configuration
    precondition(configuration.readout == nil, "a network that tells labels predicts no token")
    try NetworkError.check(bytes: configuration.steppingMemory(streams: streams))
    self.configuration = configuration
    self.streams = streams
    self.precision = precision.resolved(for: configuration)
    var start = NetworkState(configuration, streams: 1)
    start.reset(stream: 0, to: network)
    self.start = start
    let threads = threads ?? Machine.boundCoreCount
    switch self.precision {
    case .bf16: engine = SlicedStepEngine<BFloat16>(network, streams: streams, threads: threads)
    case .int8: engine = SlicedStepEngine<Int8>(network, streams: streams, threads: threads)
    default: engine = SlicedStepEngine<Float>(network, streams: streams, threads: threads)
    }
    var state = NetworkState(configuration, streams: streams)
    memories = state.memories
    heard = state.heard
    for stream in 0..<streams { state.copy(stream: 0, of: start, to: stream) }
    engine.load(state)
  }

  /// What each stream remembers; setting it puts all streams into that state.
  public var state: NetworkState {
    get {
      var state = NetworkState(configuration, streams: streams)
      engine.store(into: &state)
      state.memories = memories
      state.heard = heard
      return state
    }
    set {
      precondition(
        newValue.streams == streams && newValue.hiddenSize == configuration.hiddenSize
          && newValue.vectorCount == start.vectorCount, "a state of another shape")
      engine.load(newValue)
      memories = newValue.memories
      heard = newValue.heard
    }
  }

  /// What recall knows of the piece in each stream; empty where the network has none.
  package var pieces: [PieceMemory] { memories }

  /// Reads one token in each stream, and writes the logits of the next, [N, V].
  ///
  /// - Parameters:
  ///   - tokens: a token for each stream.
  ///   - hidingRecall: in which streams the network is told of no match at this step; nil for none.
  ///   - telling: the token of a condition that each stream hears from this step on in place of what it was told of
  ///     its kind, without reading it; nil for what it was told.
  ///   - logits: receives the logits.
  /// - Complexity: 2 · N · (parameters without the embedding) floating-point operations; for few
  ///   streams the time is that of reading the weights once.
  public func step(
    _ tokens: [Int32], hidingRecall: [Bool]? = nil, telling: [Int32?]? = nil,
    logits: inout [Float]
  ) {
    precondition(tokens.count == streams, "\(tokens.count) tokens for \(streams) streams")
    if logits.count != streams * configuration.vocabularySize {
      logits = [Float](repeating: 0, count: streams * configuration.vocabularySize)
    }
    var lookups = [tokens]
    for stream in memories.indices { memories[stream].read(tokens[stream]) }
    for lookup in 0..<(configuration.recall?.lookupCount ?? 0) {
      lookups.append(
        memories.indices.map { stream in
          memories[stream].row(lookup, isHidden: { _ in hidingRecall?[stream] ?? false })
        })
    }
    for stream in heard.indices {
      heard[stream].read(tokens[stream])
      if let told = telling?[stream] { heard[stream].read(told) }
    }
    for place in 0..<configuration.heardCount { lookups.append(heard.map { $0.rows[place] }) }
    engine.step(lookups, logits: &logits)
  }

  /// What a stream was told beside its last token.
  ///
  /// - Parameter stream: the stream.
  /// - Returns: of recall for each match the token that it points to, or V for none, then the class of all
  ///   matches' lengths; and the tokens heard again, -1 in place of one that there is not. Each empty where the
  ///   network has none.
  package func told(inStream stream: Int) -> (recall: [Int32], heard: [Int32]) {
    var recalled: [Int32] = []
    if stream < memories.count {
      recalled = (0..<memories[stream].lookupCount).map { lookup in
        memories[stream].row(lookup, isHidden: { _ in false })
          - Int32(
            Recall.firstRow(ofLookup: lookup, vocabularySize: configuration.vocabularySize))
      }
    }
    return (recalled, stream < heard.count ? heard[stream].rows : [])
  }

  /// Does other work between two steps on the threads that step: each item is handed to one of them.
  public func perform<Item: AnyObject>(on items: [Item], _ work: @Sendable (Item) -> Void) {
    if items.count < 2 || threads < 2 {
      for item in items { work(item) }
    } else {
      engine.team.perform(on: items, work)
    }
  }

  /// Puts a stream into the state in which a piece starts.
  public func reset(stream: Int) {
    var state = self.state
    state.copy(stream: 0, of: start, to: stream)
    self.state = state
  }
}

/// The type in which a ``Stepper``'s products read their factors.
public enum SteppingPrecision: String, Codable, CaseIterable, Sendable {
  /// The fastest that the processor does in hardware.
  case auto
  /// 32-bit floats.
  case f32
  /// Bfloat16: the upper half of a 32-bit float.
  case bf16
  /// Bytes: weights in 127ths of the largest of their output, hidden states in 127ths of 1. Sums are
  /// exact, so that logits depend neither on the number of threads nor on that of streams.
  ///
  /// Only where hidden states are bounded by 1: networks whose layers' outputs are rectified,
  /// normalised or added to their inputs step in `bf16` instead.
  case int8

  /// What runs on this machine for a network: `f32`, `bf16` or `int8`.
  public func resolved(for configuration: NetworkConfiguration) -> SteppingPrecision {
    let isBounded =
      !configuration.layerNormalization && !configuration.residual
      && configuration.cell.isBounded(activation: configuration.activation)
    switch self {
    case .auto where isBounded && InstructionSet.multipliesInt8: return .int8
    case .auto: return InstructionSet.multipliesBFloat16 ? .bf16 : .f32
    case .int8 where !isBounded: return .bf16
    default: return self
    }
  }
}
