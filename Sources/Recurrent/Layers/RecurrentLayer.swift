import Tensors

/// What all layers of a shard read in one window.
struct WindowInput {
  // The rows of the first layer's table that are added up for each step: the tokens', recall's, and what is
  // heard again; and what each counts for.
  let lookups: [Matrix<Int32>]
  let lookupFactors: [Float]
  let resets: Matrix<UInt8>
  // Negative where nothing is predicted.
  let targets: Matrix<Int32>
  // R, the number of streams of the shard.
  let rows: Int
  // Whether any stream of the shard starts anew at a step.
  var hasResets: [Bool]
  var length: Int
  // The number of streams of all shards, and the first of this one: they name dropout's elements.
  let streams: Int
  let firstStream: Int
  // Nil where nothing is dropped.
  var dropoutSeed: UInt64?
}

/// One layer of one shard: R streams, up to T steps, there and back.
///
/// The cell does its steps; the layer gives it its input product, resets and dropout, and passes on
/// what comes out. Buffers are time-major.
final class RecurrentLayer<Element: ProductFactor> {
  let cell: any RecurrentCell<Element>
  // |dL/dh_t| and |dL/dc_t| over all streams, squared, for each step of the last way back.
  private(set) var hiddenNorms: [Double]
  private(set) var cellNorms: [Double]
  private let index: Int
  private let configuration: NetworkConfiguration
  private let rows: Int
  private let steps: Int
  private let weights: LayerWeights<Element>
  // Nil in the first layer, which looks its input product up.
  private let input: LinearMap<Element>?
  private let output: LayerOutput<Element>?
  // The hidden state as the recurrent product reads it at a step with resets or dropout, [R, H].
  private let entering: Matrix<Float>
  private let enteringFactors: Matrix<Element>
  // dL/dh′ of the step gone back through, and what it sends to the step before, [R, H].
  private let current: Matrix<Float>
  private let flow: Matrix<Float>
  // Gradient of the states in which pieces start, [states, H].
  private let initialGradient: Matrix<Float>

  init(index: Int, _ place: CellPlace<Element>, cell: any RecurrentCell<Element>) {
    self.index = index
    self.cell = cell
    configuration = place.configuration
    rows = place.rows
    steps = place.steps
    weights = place.weights
    input =
      index == 0
      ? nil
      : LinearMap(.inputWeights, place, rows: cell.inputSums.rows, rowsBack: place.steps)
    output = LayerOutput(place)
    let size = configuration.hiddenSize
    entering = Matrix(rows: rows, columns: size)
    enteringFactors = entering.factors(as: Element.self)
    current = Matrix(rows: rows, columns: size)
    flow = Matrix(rows: rows, columns: size)
    initialGradient = Matrix(rows: cell.states.count, columns: size)
    hiddenNorms = [Double](repeating: 0, count: place.length)
    cellNorms = hiddenNorms
  }

  // The layer's output as floats, and the row where it starts.
  private var outputValues: (values: Matrix<Float>, row: Int) {
    output.map { ($0.values, 0) } ?? (cell.states[0], rows)
  }

  // What the next layer reads, and the row where it starts.
  var above: (factors: Matrix<Element>, row: Int) {
    output.map { ($0.factors, 0) } ?? (cell.hiddenFactors, rows)
  }

  // MARK: Forward

  // Runs all steps, from the states in the first R rows.
  func forward(_ window: WindowInput, below: RecurrentLayer?, table: Matrix<Float>) {
    for step in 0..<window.length {
      let row = step * rows
      let stepInProduct = step % cell.inputSteps
      if stepInProduct == 0, let input, let below = below?.above {
        input.multiply(below.factors, row: below.row + row, into: cell.inputSums)
      }
      // One look-up is left to the cell; more are added up first.
      let looksUp = below == nil && window.lookups.count == 1
      if below == nil && !looksUp {
        cell.inputSums.gather(
          table, index: window.lookups, factors: window.lookupFactors, rows: row..<row + rows,
          to: stepInProduct * rows)
      }
      let isEntering = needsEntering(window, step)
      if isEntering {
        prepareEntering(window, step)
        entering.convert(rows: 0..<rows, into: enteringFactors, row: 0)
      }
      cell.forward(
        CellStep(
          row: row, rows: rows, input: looksUp ? table : cell.inputSums,
          inputRow: stepInProduct * rows, tokens: looksUp ? window.lookups[0] : nil,
          resets: window.resets, entering: isEntering ? enteringFactors : cell.hiddenFactors,
          enteringRow: isEntering ? 0 : row))
    }
    let residual = configuration.residual ? below?.output?.values : nil
    output?.write(
      cell.states[0], rows: rows..<rows + window.length * rows, below: residual
    ) { dropOutput($0, window) }
  }

  private func needsEntering(_ window: WindowInput, _ step: Int) -> Bool {
    type(of: cell).readsHiddenState
      && (window.hasResets[step]
        || (configuration.recurrentDropout > 0 && window.dropoutSeed != nil))
  }

  private func prepareEntering(_ window: WindowInput, _ step: Int) {
    entering.copyRows(step * rows..<(step + 1) * rows, of: cell.states[0], to: 0)
    for stream in 0..<rows where window.resets[step * rows + stream, 0] != 0 {
      entering.copyRow(0, of: weights.initial, to: stream)
    }
    dropRecurrent(entering, window)
  }

  // MARK: Backward

  /// Goes back through all steps: `above` is dL/d(output) of each step, [T·R, H], and is used up.
  ///
  /// Afterwards the cell has the gradients of its sums, and its hidden states are what the recurrent
  /// product read, with resets and dropout. What a residual would send to the layer below is copied
  /// into `residual`. The top layer may have a penalty.
  func backward(
    _ window: WindowInput, above: Matrix<Float>, residual: Matrix<Float>?,
    penalty: ActivationPenalty?, options: BackwardOptions
  ) {
    let count = window.length * rows
    clearGradients()
    penalty?.addOutput(outputValues.values, from: outputValues.row, window, to: above)
    dropOutput(above, window)
    output?.goBack(above, rows: 0..<count)
    residual?.copyRows(0..<count, of: above, to: 0)
    penalty?.addChange(cell.states[0], window, to: above)
    for step in stride(from: window.length - 1, through: 0, by: -1) {
      let here = step * rows..<(step + 1) * rows
      if let limit = options.flowLimit {
        for row in here { above.limitNorm(ofRow: row, to: limit) }
      }
      if options.recordsFlow {
        hiddenNorms[step] = above.sumOfSquares(rows: here)
        cellNorms[step] = cell.stateGradients.reduce(0) { $0 + $1.sumOfSquares }
      }
      current.copyRows(here, of: above, to: 0)
      cell.backward(BackwardStep(row: step * rows, resets: window.resets, hidden: current))
      sendBack(window, step, above)
    }
    for step in 0..<window.length where needsEntering(window, step) {
      prepareEntering(window, step)
      entering.convert(rows: 0..<rows, into: cell.hiddenFactors, row: step * rows)
    }
    clearSteps(from: count)
  }

  // The gradient of the states before the step: to the step before, or to the initial states.
  private func sendBack(_ window: WindowInput, _ step: Int, _ above: Matrix<Float>) {
    let row = step * rows
    guard type(of: cell).readsHiddenState else {
      if window.hasResets[step] { sendToStart(cell.stateGradients, vector: 1, window, row) }
      return
    }
    let passes = type(of: cell).passesHiddenGradient
    guard needsEntering(window, step) else {
      guard step > 0 else { return }
      if passes { above.add(rows: 0..<rows, of: current, to: row - rows) }
      return cell.sendBack(row: row, into: above, at: row - rows, adding: true)
    }
    cell.sendBack(row: row, into: flow, at: 0, adding: false)
    dropRecurrent(flow, window)
    if passes { flow.add(current) }
    sendToStart([flow] + cell.stateGradients, vector: 0, window, row)
    if step > 0 { above.add(rows: 0..<rows, of: flow, to: row - rows) }
  }

  // The gradients of some states, from a vector on, go to the initial ones where streams started anew.
  private func sendToStart(
    _ gradients: [Matrix<Float>], vector first: Int, _ window: WindowInput, _ row: Int
  ) {
    for stream in 0..<rows where window.resets[row + stream, 0] != 0 {
      for (vector, gradient) in gradients.enumerated() {
        initialGradient.add(rows: stream..<stream + 1, of: gradient, to: first + vector)
        gradient.fill(0, rows: stream..<stream + 1)
      }
    }
  }

  /// The gradient of the layer's input, [T·R, H]; false in the first layer, whose input is a table.
  func sendBelow(into gradient: Matrix<Float>) -> Bool {
    input?.multiplyBack(cell.inputGradient, into: gradient)
    return input != nil
  }

  /// Writes the gradients of all the layer's parameters but, in the first layer, the input matrix.
  func writeGradients(below: RecurrentLayer?, into gradients: LayerGradients) {
    cell.writeGradients(into: gradients)
    if let input, let below = below?.above {
      input.writeGradient(
        of: cell.inputGradient, by: below.factors, from: below.row, into: gradients)
    }
    output?.writeGradients(into: gradients)
    if configuration.learnedInitialState {
      gradients.addInitialStates(initialGradient, of: configuration.cell.startedVectors)
    }
  }

  private func clearGradients() {
    cell.clearGradients()
    output?.clearGradients()
    initialGradient.fill(0, rows: 0..<initialGradient.rows)
  }

  // A window shorter than T adds nothing from the steps it does not have.
  private func clearSteps(from count: Int) {
    guard count < steps else { return }
    cell.clearSteps(count..<steps)
    cell.hiddenFactors.fill(.nearest(0), rows: count + rows..<steps + rows)
    output?.factors.fill(.nearest(0), rows: count..<steps)
  }

  // MARK: Dropout, where the gradient goes through the same mask

  // The same elements at every step of the window: the mask's key is the stream alone.
  private func dropRecurrent(_ matrix: Matrix<Float>, _ window: WindowInput) {
    guard let seed = window.dropoutSeed, configuration.recurrentDropout > 0 else { return }
    matrix.dropout(
      rows: 0..<rows, into: matrix, row: 0, rounded: nil, rate: configuration.recurrentDropout,
      seed: seed &+ UInt64(index) &* 0x9E37_79B9 &+ 0x5851_F42D_4C95_7F2D,
      key: window.firstStream)
  }

  private func dropOutput(_ matrix: Matrix<Float>, _ window: WindowInput) {
    guard let seed = window.dropoutSeed, configuration.dropout > 0 else { return }
    for step in 0..<window.length {
      matrix.dropout(
        rows: step * rows..<(step + 1) * rows, into: matrix, row: step * rows, rounded: nil,
        rate: configuration.dropout, seed: seed &+ UInt64(index) &* 0x9E37_79B9,
        key: step * window.streams + window.firstStream)
    }
  }
}
