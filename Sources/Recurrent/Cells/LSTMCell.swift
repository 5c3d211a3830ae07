import Tensors

/// Long short-term memory, ``Cell/lstm``: equations (1) to (9) of Documentation/LSTM.md.
///
/// Where products read bfloat16, activations are kept in 16 bits of fixed point, in the place of the
/// gradients that they become: a third of the memory. The input product is then taken for some steps
/// at a time, into a buffer that all layers use in turns.
final class LSTMCell<Element: ProductFactor>: RecurrentCell {
  static var gateCount: Int { 4 }
  static var stateNames: [String] { ["hidden", "cell"] }
  static var gates: [Gate] { [.input, .forget, .candidate, .output] }
  static func isBounded(activation: Activation) -> Bool { true }

  let states: [Matrix<Float>]
  let hiddenFactors: Matrix<Element>
  let inputSteps: Int
  let inputSums: Matrix<Float>
  let inputGradient: Matrix<Element>
  let stateGradients: [Matrix<Float>]
  private let kept: Activations
  private let sums: GateSums<Element>
  private let biasGradient: Matrix<Float>

  // How the activations are kept, which going back turns into gradients, [T·R, 4·units].
  private enum Activations {
    case floats(Matrix<Float>)
    case fixedPoint(Matrix<BFloat16>, hidden: Matrix<BFloat16>)
  }

  init(_ place: CellPlace<Element>, sharing other: LSTMCell?) {
    let width = 4 * place.units
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
    sums = GateSums(place)
    biasGradient = Matrix(rows: 1, columns: width)
    stateGradients = [Matrix(rows: place.rows, columns: place.units)]
  }

  var activations: Matrix<Float>? { if case .floats(let gates) = kept { gates } else { nil } }

  func forward(_ step: CellStep<Element>) {
    let input = sums.input(at: step)
    switch kept {
    case .floats(let gates):
      LSTMGates.forward(
        input, cell: states[1], gates: gates, hidden: states[0], rounded: hiddenFactors.rounded)
    case .fixedPoint(let activations, let halves):
      LSTMGates.forward16(
        input, cell: states[1], activations: activations, hidden: states[0], rounded: halves)
    }
  }

  func backward(_ step: BackwardStep) {
    switch kept {
    case .floats(let gates):
      LSTMGates.backward(
        row: step.row, resets: step.resets, initial: sums.initial, cell: states[1],
        hiddenGradient: step.hidden, cellGradient: stateGradients[0], gates: gates,
        rounded: inputGradient.rounded, bias: biasGradient)
    case .fixedPoint(let activations, _):
      LSTMGates.backward16(
        row: step.row, resets: step.resets, initial: sums.initial, cell: states[1],
        hiddenGradient: step.hidden, cellGradient: stateGradients[0], activations: activations,
        bias: biasGradient)
    }
  }

  func sendBack(row: Int, into gradient: Matrix<Float>, at target: Int, adding: Bool) {
    sums.recurrent.multiplyBack(inputGradient, row: row, into: gradient, at: target, adding: adding)
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
    sums.recurrent.writeGradient(of: inputGradient, by: hiddenFactors, into: gradients)
    gradients.add(biasGradient, to: .inputBias)
    gradients.add(biasGradient, to: .recurrentBias)
  }
}
