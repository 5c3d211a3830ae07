import Tensors

/// One thread's part of a step: some hidden units of every layer, some outputs, for the streams of
/// one group.
final class StepSlice<Element: ProductFactor> {
  let configuration: NetworkConfiguration
  let group: StepGroup<Element>
  let units: Range<Int>
  let outputs: Range<Int>
  let layers: [StepSliceLayer<Element>]
  let outputProduct: Product<Element>
  let logits: Matrix<Float>

  init(
    _ configuration: NetworkConfiguration, group: StepGroup<Element>, units: Range<Int>,
    outputs: Range<Int>
  ) {
    self.configuration = configuration
    self.group = group
    self.units = units
    self.outputs = outputs
    layers = (0..<configuration.layerCount).map {
      StepSliceLayer(configuration, streams: group.streams, units: units.count, index: $0)
    }
    outputProduct = Product(
      ProductShape(rows: group.streams, columns: outputs.count, inner: configuration.hiddenSize),
      packsRight: true)
    logits = Matrix(rows: group.streams, columns: outputs.count)
  }

  // One step of all layers; `meet` waits for the threads that have the other units.
  func step(_ weights: StepWeights<Element>, meet: () -> Void) {
    var below: (floats: Matrix<Float>, factors: Matrix<Element>)?
    for (index, layer) in layers.enumerated() {
      layer.advance(
        weights.layers[index], table: weights.table, group: group, index: index, units: units,
        below: below?.factors)
      meet()
      let next = 1 - group.turn
      let state = (floats: group.hidden[index][next], factors: group.factors[index][next])
      below = layer.pass(
        state, below: index > 0 ? below?.floats : nil, weights.layers[index], configuration)
    }
    guard let top = below?.factors else { return }
    outputProduct.multiply(top, by: weights.output, into: logits)
    logits.addToRows(weights.outputBias)
  }
}

/// One layer of a slice.
final class StepSliceLayer<Element: ProductFactor> {
  let cellKind: Cell
  let isRectified: Bool
  let recurrentProduct: Product<Element>
  let inputProduct: Product<Element>?
  private let recurrentResult: Matrix<Float>
  private let gates: Matrix<Float>
  private let candidate: Matrix<Float>
  // The units' states before the step and after it, [2N, units].
  private let hidden: Matrix<Float>
  private let rounded: Matrix<Element>
  private let cell: Matrix<Float>
  // Nothing starts anew within a step: the stepper sets states itself.
  private let initial: Matrix<Float>
  // What the next layer reads, where that is not the hidden state.
  private let output: Matrix<Float>?
  private let outputFactors: Matrix<Element>?
  private let normalized: Matrix<Float>?
  private let deviations: Matrix<Float>

  init(_ configuration: NetworkConfiguration, streams: Int, units: Int, index: Int) {
    let (size, width) = (configuration.hiddenSize, configuration.cell.gateCount * units)
    cellKind = configuration.cell
    isRectified = configuration.activation == .relu
    let shape = ProductShape(rows: streams, columns: width, inner: size)
    recurrentProduct = Product(shape, packsRight: true)
    inputProduct = index == 0 ? nil : Product(shape, packsRight: true)
    recurrentResult = Matrix(rows: streams, columns: width)
    gates = Matrix(rows: streams, columns: width)
    candidate = Matrix(rows: streams, columns: units)
    hidden = Matrix(rows: 2 * streams, columns: units)
    rounded = hidden.factors(as: Element.self)
    cell = Matrix(rows: 2 * streams, columns: units)
    initial = Matrix(rows: 2, columns: units)
    let passesOn = configuration.residual || configuration.layerNormalization
    output = passesOn ? Matrix(rows: streams, columns: size) : nil
    outputFactors = output?.factors(as: Element.self)
    normalized =
      configuration.layerNormalization ? Matrix(rows: streams, columns: size) : nil
    deviations = Matrix(rows: streams, columns: 1)
  }

  // Writes the units' next states into the group's.
  func advance(
    _ weights: StepWeights<Element>.Layer, table: Matrix<Float>, group: StepGroup<Element>,
    index: Int, units: Range<Int>, below: Matrix<Element>?
  ) {
    let streams = group.streams
    let (now, next) = (group.turn, 1 - group.turn)
    if let below, let inputProduct, let matrix = weights.input {
      inputProduct.multiply(below, by: matrix, into: gates)
    }
    recurrentProduct.multiply(
      group.factors[index][now], by: weights.recurrent, into: recurrentResult)
    let input = CellInput(
      rows: streams, row: 0, input: below == nil ? table : gates,
      tokens: below == nil ? group.tokens : nil, inputBias: weights.inputBias,
      recurrent: recurrentResult, recurrentBias: weights.recurrentBias, resets: group.resets,
      initial: initial)
    let halves = rounded.rounded
    switch cellKind {
    case .lstm:
      group.cell[index].copyColumns(
        from: units.lowerBound, rows: 0..<streams, into: cell, row: 0)
      LSTMGates.forward(input, cell: cell, gates: gates, hidden: hidden, rounded: halves)
      group.cell[index].copyColumns(
        of: cell, rows: streams..<2 * streams, to: 0, column: units.lowerBound)
    case .gru:
      group.hidden[index][now].copyColumns(
        from: units.lowerBound, rows: 0..<streams, into: hidden, row: 0)
      GRUGates.forward(input, gates: gates, candidate: candidate, hidden: hidden, rounded: halves)
    case .rnn:
      ElmanGates.forward(
        input, isRectified: isRectified, gates: gates, hidden: hidden, rounded: halves)
    }
    group.hidden[index][next].copyColumns(
      of: hidden, rows: streams..<2 * streams, to: 0, column: units.lowerBound)
    if Element.self == Float.self { return }
    // Kernels round to bfloat16 as they go, to nothing else.
    if halves == nil {
      hidden.convert(rows: streams..<2 * streams, into: rounded, row: streams)
    }
    group.factors[index][next].copyColumns(
      of: rounded, rows: streams..<2 * streams, to: 0, column: units.lowerBound)
  }

  // Residual and normalisation of the whole state; every thread does them for itself.
  func pass(
    _ state: (floats: Matrix<Float>, factors: Matrix<Element>), below: Matrix<Float>?,
    _ weights: StepWeights<Element>.Layer, _ configuration: NetworkConfiguration
  ) -> (floats: Matrix<Float>, factors: Matrix<Element>) {
    guard let output, let outputFactors else { return state }
    let rows = 0..<output.rows
    output.copyRows(rows, of: state.floats, to: 0)
    if configuration.residual, let below { output.add(below) }
    if let normalized, let gain = weights.gain, let shift = weights.shift {
      output.normalize(
        rows: rows, gain: gain, bias: shift, normalized: normalized, deviations: deviations)
    }
    output.convert(rows: rows, into: outputFactors, row: 0)
    return (output, outputFactors)
  }
}
