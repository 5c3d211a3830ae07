import Tensors

/// One shard's gradients, and the buffers to take them.
final class ShardGradient<Element: ProductFactor> {
  let layout: ParameterLayout
  let layers: [LayerGradient<Element>]
  // The gradient of all parameters but the first layer's input matrix and the embedding, which
  // follow from that of the table.
  let parameters: Matrix<Float>
  let table: Matrix<Float>
  private let logitFactors: Matrix<Element>
  private let outputProduct: Product<Element>
  private let belowProduct: Product<Element>
  // The gradient of one layer's output, used up by the time that of the layer below is made.
  private let flow: Matrix<Float>
  private let residual: Matrix<Float>?

  init(
    _ configuration: NetworkConfiguration, layers: [RecurrentLayer<Element>], rows: Int,
    length: Int
  ) {
    let (size, vocabulary, steps) = (
      configuration.hiddenSize, configuration.vocabularySize, rows * length
    )
    layout = configuration.layout
    self.layers = layers.map { LayerGradient($0) }
    parameters = Matrix(rows: 1, columns: layout.count)
    table = Matrix(rows: vocabulary, columns: configuration.cell.gateCount * size)
    let isRounded = Element.productElement == .bfloat16
    logitFactors = Matrix(rows: isRounded ? steps : 0, columns: vocabulary)
    outputProduct = Product(
      ProductShape(rows: vocabulary, columns: size, inner: steps, isLeftTransposed: true),
      packsRight: false)
    belowProduct = Product(
      ProductShape(rows: steps, columns: size, inner: vocabulary), packsRight: true)
    flow = Matrix(rows: steps, columns: size)
    residual = configuration.residual ? Matrix(rows: steps, columns: size) : nil
  }

  // The packed factors that the way back wants.
  func packedOutput() -> PackedMatrix<Element> { belowProduct.packedRight() }

  // From the gradient of the logits to that of all parameters.
  func backward(
    _ shard: Shard<Element>, _ weights: NetworkWeights<Element>, _ options: BackwardOptions
  ) {
    parameters.fill(0, rows: 0..<1)
    table.fill(0, rows: 0..<table.rows)
    output(shard, weights, into: flow)
    for (index, layer) in layers.enumerated().reversed() {
      let adds = index > 0 ? residual : nil
      layer.backward(
        shard.window, above: flow, residual: adds, weights: weights.layers[index],
        options: options)
      collect(layer, index, from: index == 0 ? nil : shard.layers[index - 1].above)
      if let product = layer.belowProduct, let matrix = weights.layers[index].inputTransposed {
        product.multiply(layer.layer.gateFactors, by: matrix, into: flow)
        if let adds {
          flow.add(rows: 0..<shard.window.length * shard.rows, of: adds, to: 0)
        }
      } else {
        let rows = shard.window.length * shard.rows
        if layer.layer.isCompact, let gates = layer.layer.gateFactors.rounded {
          table.scatter(gates, rows: rows, index: shard.window.tokens)
        } else {
          table.scatter(layer.layer.gates, rows: rows, index: shard.window.tokens)
        }
      }
    }
  }

  private func output(
    _ shard: Shard<Element>, _ weights: NetworkWeights<Element>, into above: Matrix<Float>
  ) {
    let factors = (shard.logits as? Matrix<Element>) ?? logitFactors
    shard.logits.convert(rows: 0..<shard.logits.rows, into: factors, row: 0)
    guard let slot = layout["output.weight"] ?? layout["embedding.weight"],
      let bias = layout["output.bias"], let matrix = weights.outputTransposed
    else { return }
    let top = shard.layers[shard.layers.count - 1].above
    outputProduct.multiply(
      factors, by: top.factors, rightRow: top.row, into: parameters, offset: slot.offset)
    parameters.addSum(ofRows: shard.logits, at: bias.offset)
    belowProduct.multiply(factors, by: matrix, into: above)
  }

  // The gradients of one layer's own parameters.
  private func collect(
    _ layer: LayerGradient<Element>, _ index: Int,
    from below: (factors: Matrix<Element>, row: Int)?
  ) {
    if let slot = layout["rnn.weight_hh_l\(index)"] {
      layer.recurrentProduct.multiply(
        layer.recurrentGateFactors, by: layer.layer.hiddenFactors, into: parameters,
        offset: slot.offset)
    }
    if let slot = layout["rnn.weight_ih_l\(index)"], let product = layer.inputProduct, let below {
      product.multiply(
        layer.layer.gateFactors, by: below.factors, rightRow: below.row, into: parameters,
        offset: slot.offset)
    }
    add(layer.inputBias, to: "rnn.bias_ih_l\(index)")
    // Only in a GRU do the two products' gradients differ.
    let isGRU = layer.layer.candidate != nil
    add(isGRU ? layer.recurrentBias : layer.inputBias, to: "rnn.bias_hh_l\(index)")
    add(layer.gain, to: "normalization.\(index).weight")
    add(layer.shift, to: "normalization.\(index).bias")
    for (row, name) in ["initial.hidden", "initial.cell"].enumerated() {
      guard let slot = layout[name] else { continue }
      let size = layer.initial.columns
      parameters.add(
        layer.initial, from: row * size, count: size, to: slot.offset + index * size)
    }
  }

  private func add(_ values: Matrix<Float>, to name: String) {
    guard let slot = layout[name] else { return }
    parameters.add(values, from: 0, count: values.count, to: slot.offset)
  }
}
