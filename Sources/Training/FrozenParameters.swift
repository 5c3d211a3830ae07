import Recurrent

/// Parameters that a run leaves as they are, to the bit.
struct FrozenParameters {
  private let ranges: [Range<Int>]
  private let values: [ArraySlice<Float>]

  /// The embedding and the lowest layers of a network, or nothing where `layers` is nil.
  init(layers: Int?, of network: Network) {
    ranges = layers.map { network.configuration.ranges(belowLayer: $0) } ?? []
    values = ranges.map { network.parameters[$0] }
  }

  /// Takes their gradients away, so that these count in no norm.
  func clear(_ gradients: inout [Float]) {
    for range in ranges {
      for index in range { gradients[index] = 0 }
    }
  }

  /// Undoes what weight decay or an average may have done to them.
  func restore(_ parameters: inout [Float]) {
    for (range, kept) in zip(ranges, values) { parameters.replaceSubrange(range, with: kept) }
  }
}

extension ExponentialMovingAverage {
  /// Takes in the parameters after a step, but for those that stay as they are.
  mutating func update(_ parameters: [Float], keeping frozen: FrozenParameters) {
    update(parameters)
    frozen.restore(&values)
  }
}

extension NetworkConfiguration {
  /// Where the embedding lies and all that belongs to the layers below one.
  fileprivate func ranges(belowLayer layer: Int) -> [Range<Int>] {
    layout.slots.compactMap { slot in
      switch slot.parameter {
      case .embedding: slot.range
      case .layer(let number, _): number < layer ? slot.range : nil
      case .initialState: slot.offset..<slot.offset + layer * hiddenSize
      case .outputWeights, .outputBias: nil
      }
    }
  }
}
