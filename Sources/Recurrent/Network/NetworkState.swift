/// What a network remembers between steps: each layer's states for each stream.
public struct NetworkState: Sendable, Hashable {
  /// All numbers: [layer, hidden state before the cell's others, stream, H].
  public var values: [Float]
  /// What recall knows of each stream's piece; empty where the network has none.
  var memories: [PieceMemory] = []
  /// What each stream hears again at every step; empty where the network hears nothing.
  var heard: [HeardTokens] = []
  /// B, the number of streams.
  public let streams: Int
  /// H.
  public let hiddenSize: Int
  /// The number of vectors of H for each stream: layers times ``Cell/stateCount``.
  public let vectorCount: Int

  /// Creates a state of zeros.
  public init(_ configuration: NetworkConfiguration, streams: Int) {
    precondition(streams > 0, "a state of \(streams) streams")
    self.streams = streams
    hiddenSize = configuration.hiddenSize
    vectorCount = configuration.layerCount * configuration.cell.stateCount
    values = [Float](repeating: 0, count: vectorCount * streams * hiddenSize)
    if let recall = configuration.recall {
      let memory = PieceMemory(recall, vocabularySize: configuration.vocabularySize)
      memories = [PieceMemory](repeating: memory, count: streams)
    }
    if let tokens = HeardTokens(configuration) {
      heard = [HeardTokens](repeating: tokens, count: streams)
    }
  }

  /// Sets one stream to the state in which a piece starts: zero, or what the network has learnt.
  public mutating func reset(stream: Int, to network: borrowing Network) {
    precondition(stream >= 0 && stream < streams, "stream \(stream) of \(streams)")
    let perLayer = network.configuration.cell.stateCount
    let zeros = [Float](repeating: 0, count: hiddenSize)[...]
    for vector in 0..<vectorCount {
      let learned = network.initialState(layer: vector / perLayer, vector: vector % perLayer)
      values.replaceSubrange(
        range(vector: vector, streams: stream..<stream + 1), with: learned ?? zeros)
    }
    if !memories.isEmpty { memories[stream].clear() }
    if !heard.isEmpty { heard[stream].clear() }
  }

  /// Copies one stream of another state of the same network.
  public mutating func copy(stream: Int, of other: NetworkState, to target: Int) {
    precondition(stream >= 0 && stream < other.streams && target >= 0 && target < streams)
    precondition(other.vectorCount == vectorCount && other.hiddenSize == hiddenSize)
    if !memories.isEmpty { memories[target] = other.memories[stream] }
    if !heard.isEmpty { heard[target] = other.heard[stream] }
    for vector in 0..<vectorCount {
      let source = (vector * other.streams + stream) * hiddenSize
      let start = (vector * streams + target) * hiddenSize
      for index in 0..<hiddenSize { values[start + index] = other.values[source + index] }
    }
  }

  /// The state whose stream *k* is this one's stream `sources[k]`: streams dropped and doubled at will.
  public func gathering(_ sources: [Int]) -> NetworkState {
    precondition(sources.count == streams, "\(sources.count) sources for \(streams) streams")
    var gathered = self
    for (target, source) in sources.enumerated() where source != target {
      gathered.copy(stream: source, of: self, to: target)
    }
    return gathered
  }

  // The place of one vector of some streams that stand side by side. Vectors are counted through all
  // layers, each layer's hidden state before its others.
  func range(vector: Int, streams some: Range<Int>) -> Range<Int> {
    let first = vector * streams
    return (first + some.lowerBound) * hiddenSize..<(first + some.upperBound) * hiddenSize
  }
}

extension Network {
  // The learnt start of one of a layer's states; nil where it is zero.
  func initialState(layer: Int, vector: Int) -> ArraySlice<Float>? {
    guard configuration.learnedInitialState,
      configuration.cell.startedVectors.contains(vector)
    else { return nil }
    let start = layout[.initialState(vector)].offset + layer * configuration.hiddenSize
    return parameters[start..<start + configuration.hiddenSize]
  }
}
