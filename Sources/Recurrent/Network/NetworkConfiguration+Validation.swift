extension NetworkConfiguration {
  /// Checks that a network can be made of this.
  ///
  /// - Throws: ``NetworkError`` for a size that is zero, negative or absurd, a rate outside [0, 1),
  ///   options that contradict each other, and parameters that would not fit in memory.
  public func validate() throws(NetworkError) {
    try NetworkError.check("vocabularySize", vocabularySize, in: 1...(1 << 20))
    try NetworkError.check("embeddingSize", embeddingSize, in: 1...(1 << 20))
    try NetworkError.check("hiddenSize", hiddenSize, in: 1...(1 << 20))
    try NetworkError.check("layerCount", layerCount, in: 1...8)
    for (key, rate) in [("dropout", dropout), ("recurrentDropout", recurrentDropout)] {
      try NetworkError.check(key, rate, rate >= 0 && rate < 1, "at least 0 and below 1")
    }
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
    try NetworkError.check(bytes: layout.count * 4 * MemoryLayout<Float>.size)
  }
}
