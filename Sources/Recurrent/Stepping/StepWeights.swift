import Tensors

/// The weights that one thread multiplies by when stepping: some hidden units of every layer and
/// some of the outputs.
final class StepWeights<Element: ProductFactor>: @unchecked Sendable {
  /// One layer's rows for the units, gate after gate.
  struct Layer {
    let recurrent: PackedMatrix<Element>
    let input: PackedMatrix<Element>?
    let inputBias: Matrix<Float>
    let recurrentBias: Matrix<Float>
    let gain: Matrix<Float>?
    let shift: Matrix<Float>?
  }

  let layers: [Layer]
  // The first layer's input product for every token, [V, gates · units].
  let table: Matrix<Float>
  let output: PackedMatrix<Element>
  let outputBias: Matrix<Float>

  init(_ network: Network, units: Range<Int>, outputs: Range<Int>, formats: StepSlice<Element>) {
    let configuration = network.configuration
    let source = RowSource(network: network, units: units)
    layers = formats.layers.enumerated().map { index, layer in
      let recurrent = layer.recurrentProduct.packedRight()
      recurrent.pack(source.rows("rnn.weight_hh_l\(index)").span, transposed: true)
      let input = layer.inputProduct?.packedRight()
      input?.pack(source.rows("rnn.weight_ih_l\(index)").span, transposed: true)
      return Layer(
        recurrent: recurrent, input: input,
        inputBias: Self.row(source.rows("rnn.bias_ih_l\(index)")),
        recurrentBias: Self.row(source.rows("rnn.bias_hh_l\(index)")),
        gain: network["normalization.\(index).weight"].map { Self.row(Array($0)) },
        shift: network["normalization.\(index).bias"].map { Self.row(Array($0)) })
    }
    table = Self.table(network, source.rows("rnn.weight_ih_l0"))
    let name = configuration.tiedWeights ? "embedding.weight" : "output.weight"
    let width = configuration.hiddenSize
    let rows = Array(network[name] ?? [])
    output = formats.outputProduct.packedRight()
    output.pack(
      Array(rows[outputs.lowerBound * width..<outputs.upperBound * width]).span, transposed: true)
    outputBias = Self.row(Array(Array(network["output.bias"] ?? [])[outputs]))
  }

  private static func row(_ values: [Float]) -> Matrix<Float> {
    let matrix = Matrix<Float>(rows: 1, columns: values.count)
    matrix.copy(values.span)
    return matrix
  }

  private static func table(_ network: Network, _ weights: [Float]) -> Matrix<Float> {
    let configuration = network.configuration
    let (vocabulary, size) = (configuration.vocabularySize, configuration.embeddingSize)
    // Exact, since it is looked up rather than computed in a step.
    let product = Product<Float>(
      ProductShape(rows: vocabulary, columns: weights.count / size, inner: size),
      packsRight: true)
    let factor = product.packedRight()
    factor.pack(weights.span, transposed: true)
    let embedding = Matrix<Float>(rows: vocabulary, columns: size)
    embedding.copy(Array(network["embedding.weight"] ?? []).span)
    let table = Matrix<Float>(rows: vocabulary, columns: weights.count / size)
    product.multiply(embedding, by: factor, into: table)
    return table
  }
}

/// Takes some units' rows of every gate out of a tensor.
private struct RowSource {
  let network: Network
  let units: Range<Int>

  func rows(_ name: String) -> [Float] {
    guard let slot = network.layout[name] else { return [] }
    let (gates, size) = (network.configuration.cell.gateCount, network.configuration.hiddenSize)
    let width = slot.count / (gates * size)
    var result: [Float] = []
    result.reserveCapacity(gates * units.count * width)
    for gate in 0..<gates {
      let start = slot.offset + (gate * size + units.lowerBound) * width
      result += network.parameters[start..<start + units.count * width]
    }
    return result
  }
}
