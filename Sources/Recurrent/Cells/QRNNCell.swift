import Tensors

/// The quasi-recurrent cell, ``Cell/qrnn``: equations (15) to (17) of Documentation/LSTM.md.
///
/// There is no recurrent product: the hidden state goes up and not on, and the cell state comes back
/// element by element. Where products read bfloat16, activations are kept as ``LSTMCell`` keeps them.
final class QRNNCell<Element: ProductFactor>: RecurrentCell {
  static var gateCount: Int { 3 }
  static var stateNames: [String] { ["hidden", "cell"] }
  static var readsHiddenState: Bool { false }
  static var gates: [Gate] { [.candidate, .forget, .output] }
  // The cell state is a mean of tanh's values.
  static func isBounded(activation: Activation) -> Bool { true }

  /// One product and its bias.
  static func parameters(
    inputSize: Int, hiddenSize: Int
  ) -> [(LayerParameter, shape: [Int])] {
    let width = gateCount * hiddenSize
    return [(.inputWeights, [width, inputSize]), (.inputBias, [width])]
  }

  let states: [Matrix<Float>]
  let hiddenFactors: Matrix<Element>
  let inputSteps: Int
  let inputSums: Matrix<Float>
  let inputGradient: Matrix<Element>
  let stateGradients: [Matrix<Float>]
  private let kept: Activations
  private let initial: Matrix<Float>
  private let inputBias: Matrix<Float>
  private let biasGradient: Matrix<Float>

  // How the activations are kept, which going back turns into gradients, [T·R, 3·units].
  private enum Activations {
    case floats(Matrix<Float>)
    case fixedPoint(Matrix<BFloat16>, hidden: Matrix<BFloat16>)
  }

  init(_ place: CellPlace<Element>, sharing other: QRNNCell?) {
    let width = 3 * place.units
    let hidden = place.state()
    states = [hidden, place.state()]
    hiddenFactors = hidden.factors(as: Element.self)
    if place.isTraining, let halves = hiddenFactors.rounded {
      inputSteps = place.stepsPerProduct
      inputSums = other?.inputSums ?? Matrix(rows: inputSteps * place.rows, columns: width)
      inputGradient = Matrix(rows: place.steps, columns: width)
      guard let rounded = inputGradient.rounded else {
        preconditionFailure("factors of two types in one cell")
      }
      kept = .fixedPoint(rounded, hidden: halves)
    } else {
      inputSteps = place.length
      inputSums = Matrix(rows: place.steps, columns: width)
      inputGradient = inputSums.factors(as: Element.self)
      kept = .floats(inputSums)
    }
    initial = place.weights.initial
    inputBias = place.weights.vector(.inputBias)
    biasGradient = Matrix(rows: 1, columns: width)
    stateGradients = [Matrix(rows: place.rows, columns: place.units)]
  }

  var activations: Matrix<Float>? { if case .floats(let gates) = kept { gates } else { nil } }

  func forward(_ step: CellStep<Element>) {
    let input = CellInput(
      rows: step.rows, row: step.row, inputRow: step.inputRow, input: step.input,
      tokens: step.tokens, inputBias: inputBias, resets: step.resets, initial: initial)
    switch kept {
    case .floats(let gates):
      QRNNGates.forward(
        input, cell: states[1], gates: gates, hidden: states[0], rounded: hiddenFactors.rounded)
    case .fixedPoint(let activations, let halves):
      QRNNGates.forward16(
        input, cell: states[1], activations: activations, hidden: states[0], rounded: halves)
    }
  }

  func backward(_ step: BackwardStep) {
    switch kept {
    case .floats(let gates):
      QRNNGates.backward(
        row: step.row, resets: step.resets, initial: initial, cell: states[1],
        hiddenGradient: step.hidden, cellGradient: stateGradients[0], gates: gates,
        rounded: inputGradient.rounded, bias: biasGradient)
    case .fixedPoint(let activations, _):
      QRNNGates.backward16(
        row: step.row, resets: step.resets, initial: initial, cell: states[1],
        hiddenGradient: step.hidden, cellGradient: stateGradients[0], activations: activations,
        bias: biasGradient)
    }
  }

  func clearGradients() {
    biasGradient.fill(0, rows: 0..<1)
    stateGradients[0].fill(0, rows: 0..<stateGradients[0].rows)
  }

  func clearSteps(_ rows: Range<Int>) { inputGradient.fill(.nearest(0), rows: rows) }

  func scatterInputGradient(
    rows: Int, to table: Matrix<Float>, index: Matrix<Int32>, factor: Float
  ) {
    switch kept {
    case .floats(let gates): table.scatter(gates, rows: rows, index: index, factor: factor)
    case .fixedPoint(let gradients, _):
      table.scatter(gradients, rows: rows, index: index, factor: factor)
    }
  }

  func writeGradients(into gradients: LayerGradients) {
    gradients.add(biasGradient, to: .inputBias)
  }
}
