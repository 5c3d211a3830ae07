extension NetworkConfiguration {
  /// The bytes that training needs: buffers of a window, parameters, gradients, packed weights.
  public func trainingMemory(streams: Int, windowLength: Int, precision: Precision) -> Int {
    let isRounded = precision.resolved == .bf16
    let width = cell.gateCount * hiddenSize
    var perStep = layerCount * (width + hiddenSize * (1 + cell.stateCount))
    perStep += 2 * hiddenSize + vocabularySize
    if cell == .gru { perStep += width + layerCount * hiddenSize }
    if transformsOutput { perStep += layerCount * hiddenSize * 2 }
    if isRounded { perStep += (width + vocabularySize + layerCount * hiddenSize) / 2 }
    let perShard = layout.count + vocabularySize * width
    // Parameters, gradient, two moments, an average; packed both ways; and two shards' gradients.
    let fixed = layout.count * 7 + perShard * 2
    let (steps, overflow) = streams.multipliedReportingOverflow(by: windowLength)
    guard !overflow, steps < 1 << 40 else { return .max }
    return (steps * perStep + fixed) * MemoryLayout<Float>.size
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

