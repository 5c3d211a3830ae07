import Tensors

/// One layer's parameters as its products want them, shared by all shards and only read by them.
///
/// Packed anew once per optimiser step.
final class LayerWeights<Element: ProductFactor>: @unchecked Sendable {
  // The recurrent matrix for h·W^T, and for dGates·W.
  let recurrent: PackedMatrix<Element>
  let recurrentTransposed: PackedMatrix<Element>?
  // The same of the input matrix; nil in the first layer, which looks its products up.
  let input: PackedMatrix<Element>?
  let inputTransposed: PackedMatrix<Element>?
  let inputBias: Matrix<Float>
  let recurrentBias: Matrix<Float>
  // The hidden and cell state in which pieces start, [2, H].
  let initial: Matrix<Float>
  let gain: Matrix<Float>?
  let shift: Matrix<Float>?
  private let layer: Int

  init(
    layer: Int, configuration: NetworkConfiguration, recurrent: PackedMatrix<Element>,
    recurrentTransposed: PackedMatrix<Element>?, input: PackedMatrix<Element>?,
    inputTransposed: PackedMatrix<Element>?
  ) {
    self.layer = layer
    self.recurrent = recurrent
    self.recurrentTransposed = recurrentTransposed
    self.input = input
    self.inputTransposed = inputTransposed
    let width = configuration.cell.gateCount * configuration.hiddenSize
    inputBias = Matrix(rows: 1, columns: width)
    recurrentBias = Matrix(rows: 1, columns: width)
    initial = Matrix(rows: 2, columns: configuration.hiddenSize)
    let normalizes = configuration.layerNormalization
    gain = normalizes ? Matrix(rows: 1, columns: configuration.hiddenSize) : nil
    shift = normalizes ? Matrix(rows: 1, columns: configuration.hiddenSize) : nil
  }

  func load(_ parameters: [Float], _ layout: ParameterLayout, forBackward: Bool) {
    let span = parameters.span
    if let slot = layout["rnn.weight_hh_l\(layer)"] {
      recurrent.pack(span.extracting(slot.range), transposed: true)
      if forBackward {
        recurrentTransposed?.pack(span.extracting(slot.range), transposed: false)
      }
    }
    if let slot = layout["rnn.weight_ih_l\(layer)"], let input {
      input.pack(span.extracting(slot.range), transposed: true)
      if forBackward { inputTransposed?.pack(span.extracting(slot.range), transposed: false) }
    }
    copy("rnn.bias_ih_l\(layer)", to: inputBias, span, layout)
    copy("rnn.bias_hh_l\(layer)", to: recurrentBias, span, layout)
    if let gain { copy("normalization.\(layer).weight", to: gain, span, layout) }
    if let shift { copy("normalization.\(layer).bias", to: shift, span, layout) }
    for (row, name) in ["initial.hidden", "initial.cell"].enumerated() {
      guard let slot = layout[name] else { continue }
      let start = slot.offset + layer * initial.columns
      initial.copy(
        span.extracting(start..<start + initial.columns), at: row * initial.columns)
    }
  }

  private func copy(
    _ name: String, to matrix: Matrix<Float>, _ parameters: Span<Float>, _ layout: ParameterLayout
  ) {
    guard let slot = layout[name] else { return }
    matrix.copy(parameters.extracting(slot.range))
  }
}
