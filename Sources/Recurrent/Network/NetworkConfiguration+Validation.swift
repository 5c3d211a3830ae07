import Tensors

extension NetworkConfiguration {
  /// Checks that a network can be made of this.
  ///
  /// - Throws: ``NetworkError`` for a size that is zero, negative or absurd, a rate outside [0, 1),
  ///   options that contradict each other, and parameters that would not fit in memory.
  public func validate() throws(NetworkError) {
    try Self.check("vocabulary size", vocabularySize, in: 1...(1 << 20))
    try Self.check("embedding size", embeddingSize, in: 1...(1 << 20))
    try Self.check("hidden size", hiddenSize, in: 1...(1 << 20))
    try Self.check("number of layers", layerCount, in: 1...8)
    try Self.check("dropout", dropout)
    try Self.check("recurrent dropout", recurrentDropout)
    try initialization.validate()
    if tiedWeights && embeddingSize != hiddenSize {
      throw NetworkError(
        .contradiction(
          "tied weights with an embedding of \(embeddingSize) and a hidden size of \(hiddenSize), "
            + "expected equal sizes"))
    }
    if activation == .relu && cell != .rnn {
      throw NetworkError(
        .contradiction("activation relu with cell \(cell.rawValue), expected cell rnn"))
    }
    // Parameters, their gradients and Adam's two moments.
    try Memory.check(bytes: layout.count * 4 * MemoryLayout<Float>.size)
  }

  private static func check(
    _ name: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(NetworkError) {
    guard !range.contains(value) else { return }
    throw NetworkError(
      .outOfRange(
        name: name, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)"))
  }

  private static func check(_ name: String, _ rate: Float) throws(NetworkError) {
    guard !(rate >= 0 && rate < 1) else { return }
    throw NetworkError(
      .outOfRange(name: name, found: "\(rate)", expected: "at least 0 and below 1"))
  }
}

enum Memory {
  // Says how much is needed before anything is allocated.
  static func check(bytes: Int) throws(NetworkError) {
    guard let available = Machine.physicalMemory, bytes > available else { return }
    throw NetworkError(.memory(needed: bytes, available: available))
  }
}
