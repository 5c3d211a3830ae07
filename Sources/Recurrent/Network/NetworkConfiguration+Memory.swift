extension NetworkConfiguration {
  /// The bytes that training needs: buffers of a window, parameters, gradients, packed weights.
  public func trainingMemory(streams: Int, windowLength: Int, precision: Precision) -> Int {
    let isRounded = precision.resolved == .bf16
    let width = cell.gateCount * hiddenSize
    var perStep = layerCount * (width + hiddenSize * (1 + cell.stateCount + cell.keptVectors))
    perStep += hiddenSize * (2 + cell.sharedVectors) + vocabularySize
    if dropout > 0 || layerNormalization || residual { perStep += layerCount * hiddenSize * 2 }
    if isRounded { perStep += (width + vocabularySize + layerCount * hiddenSize) / 2 }
    let perShard = layout.count + vocabularySize * width
    // Parameters, gradient, two moments, an average; packed both ways; and two shards' gradients.
    let fixed = layout.count * 7 + perShard * 2
    let (steps, overflow) = streams.multipliedReportingOverflow(by: windowLength)
    guard !overflow, steps < 1 << 40 else { return .max }
    return (steps * perStep + fixed) * MemoryLayout<Float>.size
  }

  /// The bytes that a ``Stepper`` needs at most: packed weights, the first layer's table, and what
  /// each stream remembers; the network itself is not counted.
  public func steppingMemory(streams: Int) -> Int {
    let width = cell.gateCount * hiddenSize
    // Each thread has states before and after the step beside the group's; sums and activations.
    let states = hiddenSize * (4 + 4 * cell.stateCount + cell.keptVectors + cell.sharedVectors)
    let perStream = layerCount * (states + 2 * width + 3 * hiddenSize) + 2 * vocabularySize
    // Streams that are dealt out to threads may make groups of two sizes, each with its own packing.
    let fixed = 2 * (layout.count + vocabularySize * (width + embeddingSize))
    guard streams < 1 << 30 else { return .max }
    return (streams * perStream + fixed) * MemoryLayout<Float>.size
  }
}

extension NetworkConfiguration {
  /// The floating-point operations of one token's forward pass in a textbook network.
  public var operationsPerToken: Double {
    let rows = Double(cell.gateCount * hiddenSize)
    let inner = Double(embeddingSize + (layerCount - 1) * hiddenSize + layerCount * hiddenSize)
    return 2 * (rows * inner + Double(vocabularySize * hiddenSize))
  }
}
