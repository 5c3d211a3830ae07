import Tensors

extension NetworkState {
  /// Reads a window's tokens, and tells what each step recalls.
  ///
  /// - Parameters:
  ///   - window: the tokens, with its resets.
  ///   - rate: the share of matches that are hidden.
  ///   - seed: chooses which; the same seed hides the same.
  /// - Returns: for each look-up the rows of the input table, [T, B].
  mutating func recall(_ window: Window, rate: Float, seed: UInt64) -> [[Int32]] {
    guard let lookupCount = memories.first?.lookupCount else { return [] }
    var rows = [[Int32]](
      repeating: [Int32](repeating: 0, count: window.inputs.count), count: lookupCount)
    for index in window.inputs.indices {
      let stream = index % window.streams
      if window.resets[index] { memories[stream].clear() }
      memories[stream].read(window.inputs[index])
      for lookup in rows.indices {
        rows[lookup][index] = memories[stream].row(lookup) { match in
          rate > 0 && Self.isHidden(rate, seed: seed, element: index * lookupCount + match)
        }
      }
    }
    return rows
  }

  // By a hash of the place, as dropout is, so that nothing need be kept.
  private static func isHidden(_ rate: Float, seed: UInt64, element: Int) -> Bool {
    var hash = (seed ^ UInt64(element)) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 31)) &* 0xBF58_476D_1CE4_E5B9
    return Float(hash >> 40) < rate * 16_777_216
  }

  /// Reads a window's tokens, and tells what each step hears again.
  ///
  /// - Parameter window: the tokens, with its resets.
  /// - Returns: for each place the rows of the input table, [T, B].
  mutating func hear(_ window: Window) -> [[Int32]] {
    guard let places = heard.first?.rows.count else { return [] }
    var rows = [[Int32]](
      repeating: [Int32](repeating: 0, count: window.inputs.count), count: places)
    for index in window.inputs.indices {
      let stream = index % window.streams
      if window.resets[index] { heard[stream].clear() }
      heard[stream].read(window.inputs[index])
      for place in rows.indices { rows[place][index] = heard[stream].rows[place] }
    }
    return rows
  }

  /// Takes in what a stream has read of its piece so far, without a step: for going on with states that
  /// were kept without it.
  ///
  /// - Parameters:
  ///   - tokens: the piece's tokens from its start.
  ///   - stream: whose piece it is.
  public mutating func recall(_ tokens: some Sequence<Int32>, inStream stream: Int) {
    if !memories.isEmpty {
      memories[stream].clear()
      for token in tokens { memories[stream].read(token) }
    }
    if !heard.isEmpty {
      heard[stream].clear()
      for token in tokens { heard[stream].read(token) }
    }
  }
}
