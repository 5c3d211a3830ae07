import Tensors

/// What all layers of a shard read in one window.
struct WindowInput {
  let tokens: Matrix<Int32>
  let resets: Matrix<UInt8>
  // Whether any stream of the shard starts anew at a step.
  var hasResets: [Bool]
  var length: Int
  // The number of streams of all shards, and the first of this one: they name dropout's elements.
  let streams: Int
  let firstStream: Int
  // Nil where nothing is dropped.
  var dropoutSeed: UInt64?
}

extension RecurrentLayer {
  // Runs all steps, from the state in the first R rows.
  func forward(
    _ window: WindowInput, below: (factors: Matrix<Element>, row: Int)?,
    residual: RecurrentLayer?, weights: LayerWeights<Element>, table: Matrix<Float>
  ) {
    for step in 0..<window.length {
      let row = step * rows
      let stepInProduct = step % stepsPerProduct
      if stepInProduct == 0, let below, let inputProduct, let matrix = weights.input {
        inputProduct.multiply(below.factors, row: below.row + row, by: matrix, into: gates)
      }
      if needsEntering(window, step) {
        prepareEntering(window, step, weights)
        recurrentProduct.multiply(enteringFactors, by: weights.recurrent, into: recurrentResult)
      } else {
        recurrentProduct.multiply(
          hiddenFactors, row: row, by: weights.recurrent, into: recurrentResult)
      }
      let input = CellInput(
        rows: rows, row: row, inputRow: stepInProduct * rows, input: below == nil ? table : gates,
        tokens: below == nil ? window.tokens : nil, inputBias: weights.inputBias,
        recurrent: recurrentResult, recurrentBias: weights.recurrentBias, resets: window.resets,
        initial: weights.initial)
      advance(input)
    }
    writeOutput(window, residual: residual, weights: weights)
  }

  private func advance(_ input: CellInput) {
    let rounded = hiddenFactors.rounded
    if isCompact, let cell, let rounded, let activations = gateFactors.rounded {
      LSTMGates.forward16(
        input, cell: cell, activations: activations, hidden: hidden, rounded: rounded)
    } else if let cell {
      LSTMGates.forward(input, cell: cell, gates: gates, hidden: hidden, rounded: rounded)
    } else if let candidate {
      GRUGates.forward(input, gates: gates, candidate: candidate, hidden: hidden, rounded: rounded)
    } else {
      ElmanGates.forward(
        input, isRectified: configuration.activation == .relu, gates: gates, hidden: hidden,
        rounded: rounded)
    }
  }

  func needsEntering(_ window: WindowInput, _ step: Int) -> Bool {
    window.hasResets[step] || (configuration.recurrentDropout > 0 && window.dropoutSeed != nil)
  }

  private func prepareEntering(
    _ window: WindowInput, _ step: Int, _ weights: LayerWeights<Element>
  ) {
    entering.copyRows(step * rows..<(step + 1) * rows, of: hidden, to: 0)
    for stream in 0..<rows where window.resets[step * rows + stream, 0] != 0 {
      entering.copyRow(0, of: weights.initial, to: stream)
    }
    dropRecurrent(entering, window)
    entering.convert(rows: 0..<rows, into: enteringFactors, row: 0)
  }

  // The same elements at every step of the window: the mask's key is the stream alone.
  func dropRecurrent(_ matrix: Matrix<Float>, _ window: WindowInput) {
    guard let seed = window.dropoutSeed, configuration.recurrentDropout > 0 else { return }
    matrix.dropout(
      rows: 0..<rows, into: matrix, row: 0, rounded: nil, rate: configuration.recurrentDropout,
      seed: seed &+ UInt64(index) &* 0x9E37_79B9 &+ 0x5851_F42D_4C95_7F2D,
      key: window.firstStream)
  }

  // Residual, normalisation, dropout, in this order.
  private func writeOutput(
    _ window: WindowInput, residual: RecurrentLayer?, weights: LayerWeights<Element>
  ) {
    guard let output, let outputFactors else { return }
    let count = window.length * rows
    output.copyRows(rows..<rows + count, of: hidden, to: 0)
    if let below = residual?.output { output.add(rows: 0..<count, of: below, to: 0) }
    if let normalized, let deviations, let gain = weights.gain, let shift = weights.shift {
      output.normalize(
        rows: 0..<count, gain: gain, bias: shift, normalized: normalized, deviations: deviations)
    }
    dropOutput(output, window)
    output.convert(rows: 0..<count, into: outputFactors, row: 0)
  }

  // Forward and backward alike: the gradient goes through the same mask.
  func dropOutput(_ matrix: Matrix<Float>, _ window: WindowInput) {
    guard let seed = window.dropoutSeed, configuration.dropout > 0 else { return }
    for step in 0..<window.length {
      matrix.dropout(
        rows: step * rows..<(step + 1) * rows, into: matrix, row: step * rows, rounded: nil,
        rate: configuration.dropout, seed: seed &+ UInt64(index) &* 0x9E37_79B9,
        key: step * window.streams + window.firstStream)
    }
  }
}
