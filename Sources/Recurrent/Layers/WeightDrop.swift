import Tensors

/// What of the recurrent matrices is zero for one window; the rest is scaled, so that sums stay as large.
///
/// One mask serves all streams: the matrix is packed once for all of them, and results do not depend on
/// how they are dealt out.
///
/// - Reference: Wan et al., "Regularization of Neural Networks using DropConnect" (2013); Merity, Keskar
///   and Socher, "Regularizing and Optimizing LSTM Language Models" (2018).
struct WeightDrop {
  private let rate: Float
  private let seed: UInt64

  /// Nil where nothing is dropped.
  ///
  /// - Parameters:
  ///   - configuration: the network's options.
  ///   - seed: chooses what is dropped in the window; nil for nothing.
  init?(_ configuration: NetworkConfiguration, seed: UInt64?) {
    guard let seed, configuration.weightDrop > 0 else { return nil }
    rate = configuration.weightDrop
    self.seed = seed
  }

  /// The network as the window sees it.
  func masked(_ network: borrowing Network) -> Network {
    var masked = copy network
    mask(&masked.parameters, masked.layout)
    return masked
  }

  /// Masks parameters, or their gradients.
  func mask(_ values: inout [Float], _ layout: ParameterLayout) {
    for (index, slot) in layout.slots.enumerated() where slot.role == .recurrentMatrix {
      let matrix = Matrix<Float>(rows: slot.shape[0], columns: slot.shape[1])
      matrix.copy(values.span.extracting(slot.range))
      matrix.dropout(
        rows: 0..<matrix.rows, into: matrix, row: 0, rounded: nil, rate: rate,
        seed: seed &+ UInt64(index) &* 0x9E37_79B9 &+ 0x1405_7B7E_F767_814F, key: 0)
      matrix.copy(into: &values, range: slot.range)
    }
  }
}
