import Tensors

extension LayerGradient {
  /// Goes back through all steps: `above` is dL/d(output) of each step, [T·R, H], and is used up.
  ///
  /// Afterwards the layer's gates hold the gradients of their sums, and its hidden states what the
  /// recurrent product read, with resets and dropout.
  func backward(
    _ window: WindowInput, above: Matrix<Float>, residual: Matrix<Float>?,
    weights: LayerWeights<Element>, options: BackwardOptions
  ) {
    clear()
    let rows = layer.rows
    let count = window.length * rows
    leaveOutput(window, above, residual: residual, weights: weights)
    for step in stride(from: window.length - 1, through: 0, by: -1) {
      if let limit = options.flowLimit {
        for row in step * rows..<(step + 1) * rows { above.limitNorm(ofRow: row, to: limit) }
      }
      if options.recordsFlow {
        hiddenNorms[step] = above.sumOfSquares(rows: step * rows..<(step + 1) * rows)
        cellNorms[step] = cellFlow.sumOfSquares
      }
      current.copyRows(step * rows..<(step + 1) * rows, of: above, to: 0)
      retreat(window, step, weights)
      flowBack(window, step, above, weights)
    }
    finishStates(window, weights)
    clearRows(from: count)
  }

  // Dropout, normalisation and residual, backwards.
  private func leaveOutput(
    _ window: WindowInput, _ above: Matrix<Float>, residual: Matrix<Float>?,
    weights: LayerWeights<Element>
  ) {
    let count = window.length * layer.rows
    layer.dropOutput(above, window)
    if let normalized = layer.normalized, let deviations = layer.deviations,
      let factors = weights.gain
    {
      above.normalizeBackward(
        rows: 0..<count, normalized: normalized, deviations: deviations, gain: factors,
        gainGradient: gain, biasGradient: shift)
    }
    residual?.copyRows(0..<count, of: above, to: 0)
  }

  // The element-wise half of the step: gates become gradients.
  private func retreat(_ window: WindowInput, _ step: Int, _ weights: LayerWeights<Element>) {
    let row = step * layer.rows
    if layer.isCompact, let cell = layer.cell, let activations = layer.gateFactors.rounded {
      LSTMGates.backward16(
        row: row, resets: window.resets, initial: weights.initial, cell: cell,
        hiddenGradient: current, cellGradient: cellFlow, activations: activations,
        bias: inputBias)
    } else if let cell = layer.cell {
      LSTMGates.backward(
        row: row, resets: window.resets, initial: weights.initial, cell: cell,
        hiddenGradient: current, cellGradient: cellFlow, gates: layer.gates,
        rounded: layer.gateFactors.rounded, bias: inputBias)
    } else if let candidate = layer.candidate, let recurrentGates = layer.recurrentGates {
      GRUGates.backward(
        row: row, resets: window.resets, initial: weights.initial, hidden: layer.hidden,
        candidate: candidate, hiddenGradient: current, gates: layer.gates,
        recurrent: recurrentGates, roundedGates: layer.gateFactors.rounded,
        roundedRecurrent: layer.recurrentGateFactors?.rounded, inputBias: inputBias,
        recurrentBias: recurrentBias)
    } else {
      ElmanGates.backward(
        row: row, isRectified: layer.configuration.activation == .relu, hiddenGradient: current,
        gates: layer.gates, rounded: layer.gateFactors.rounded, bias: inputBias)
    }
  }

  // What the recurrent product's gradient is a product of.
  var recurrentGateFactors: Matrix<Element> {
    layer.recurrentGateFactors ?? layer.gateFactors
  }

  // The gradient of the state before the step: to the step before, or to the initial state.
  private func flowBack(
    _ window: WindowInput, _ step: Int, _ above: Matrix<Float>, _ weights: LayerWeights<Element>
  ) {
    guard let matrix = weights.recurrentTransposed else { return }
    let rows = layer.rows
    let row = step * rows
    if layer.needsEntering(window, step) {
      flowProduct.multiply(recurrentGateFactors, row: row, by: matrix, into: flow)
      layer.dropRecurrent(flow, window)
      if layer.candidate != nil { flow.add(current) }
      for stream in 0..<rows where window.resets[row + stream, 0] != 0 {
        initial.add(rows: stream..<stream + 1, of: flow, to: 0)
        initial.add(rows: stream..<stream + 1, of: cellFlow, to: 1)
        flow.fill(0, rows: stream..<stream + 1)
        cellFlow.fill(0, rows: stream..<stream + 1)
      }
      if step > 0 { above.add(rows: 0..<rows, of: flow, to: row - rows) }
    } else if step > 0 {
      if layer.candidate != nil { above.add(rows: 0..<rows, of: current, to: row - rows) }
      if let addingFlowProduct {
        addingFlowProduct.multiply(
          recurrentGateFactors, row: row, by: matrix, into: above, row: row - rows)
      } else {
        flowProduct.multiply(recurrentGateFactors, row: row, by: matrix, into: flow)
        above.add(rows: 0..<rows, of: flow, to: row - rows)
      }
    }
  }

  // Puts in place of each hidden state what the recurrent product read, for its weights' gradient.
  private func finishStates(_ window: WindowInput, _ weights: LayerWeights<Element>) {
    let rows = layer.rows
    for step in 0..<window.length where layer.needsEntering(window, step) {
      let row = step * rows
      layer.entering.copyRows(row..<row + rows, of: layer.hidden, to: 0)
      for stream in 0..<rows where window.resets[row + stream, 0] != 0 {
        layer.entering.copyRow(0, of: weights.initial, to: stream)
      }
      layer.dropRecurrent(layer.entering, window)
      layer.entering.convert(rows: 0..<rows, into: layer.hiddenFactors, row: row)
    }
  }

  // A window shorter than T adds nothing from the steps it does not have.
  private func clearRows(from count: Int) {
    let steps = layer.rows * layer.length
    guard count < steps else { return }
    layer.gateFactors.fill(.nearest(0), rows: count..<steps)
    layer.recurrentGateFactors?.fill(.nearest(0), rows: count..<steps)
    layer.hiddenFactors.fill(.nearest(0), rows: count + layer.rows..<steps + layer.rows)
    layer.outputFactors?.fill(.nearest(0), rows: count..<steps)
  }
}
