import Tensors

/// The gated recurrent unit, ``Cell/gru``: equations (13) and (14) of Documentation/LSTM.md.
///
/// The reset gate stands after the recurrent product, so the two products' gradients differ, and a
/// part of the hidden state's gradient passes by both.
final class GRUCell<Element: ProductFactor>: RecurrentCell {
  static var gateCount: Int { 3 }
  static var stateNames: [String] { ["hidden"] }
  static var gates: [Gate] { [.reset, .update, .candidate] }
  static var keptVectors: Int { 1 }
  static var sharedVectors: Int { 3 }
  static var passesHiddenGradient: Bool { true }
  static func isBounded(activation: Activation) -> Bool { true }

  let states: [Matrix<Float>]
  let hiddenFactors: Matrix<Element>
  let inputSteps: Int
  let inputGradient: Matrix<Element>
  private let sums: GateSums<Element>
  // The activations, which going back turns into the gradients of the input product, [T·R, 3·units].
  private let gates: Matrix<Float>
  // The recurrent part of n, [T·R, units].
  private let candidate: Matrix<Float>
  // The gradients of the recurrent product, [T·R, 3·units].
  private let recurrentGates: Matrix<Float>
  private let recurrentGradient: Matrix<Element>
  private let biasGradients: (input: Matrix<Float>, recurrent: Matrix<Float>)

  init(_ place: CellPlace<Element>, sharing other: GRUCell?) {
    let width = 3 * place.units
    let hidden = place.state()
    states = [hidden]
    hiddenFactors = hidden.factors(as: Element.self)
    inputSteps = place.length
    sums = GateSums(place)
    gates = Matrix(rows: place.steps, columns: width)
    inputGradient =
      other.flatMap { place.isRounded ? $0.inputGradient : nil }
      ?? gates.factors(as: Element.self)
    candidate = Matrix(rows: place.steps, columns: place.units)
    recurrentGates = other?.recurrentGates ?? Matrix(rows: place.steps, columns: width)
    recurrentGradient = other?.recurrentGradient ?? recurrentGates.factors(as: Element.self)
    biasGradients = (Matrix(rows: 1, columns: width), Matrix(rows: 1, columns: width))
  }

  var inputSums: Matrix<Float> { gates }
  var activations: Matrix<Float>? { gates }

  func forward(_ step: CellStep<Element>) {
    GRUGates.forward(
      sums.input(at: step), gates: gates, candidate: candidate,
      hidden: states[0], rounded: hiddenFactors.rounded)
  }

  func backward(_ step: BackwardStep) {
    GRUGates.backward(
      row: step.row, resets: step.resets, initial: sums.initial, hidden: states[0],
      candidate: candidate, hiddenGradient: step.hidden, gates: gates, recurrent: recurrentGates,
      roundedGates: inputGradient.rounded, roundedRecurrent: recurrentGradient.rounded,
      inputBias: biasGradients.input, recurrentBias: biasGradients.recurrent)
  }

  func sendBack(row: Int, into gradient: Matrix<Float>, at target: Int, adding: Bool) {
    sums.recurrent.multiplyBack(
      recurrentGradient, row: row, into: gradient, at: target, adding: adding)
  }

  func clearGradients() {
    biasGradients.input.fill(0, rows: 0..<1)
    biasGradients.recurrent.fill(0, rows: 0..<1)
  }

  func clearSteps(_ rows: Range<Int>) {
    inputGradient.fill(.nearest(0), rows: rows)
    recurrentGradient.fill(.nearest(0), rows: rows)
  }

  func scatterInputGradient(
    rows: Int, to table: Matrix<Float>, index: Matrix<Int32>, factor: Float
  ) {
    table.scatter(gates, rows: rows, index: index, factor: factor)
  }

  func writeGradients(into gradients: LayerGradients) {
    sums.recurrent.writeGradient(of: recurrentGradient, by: hiddenFactors, into: gradients)
    gradients.add(biasGradients.input, to: .inputBias)
    gradients.add(biasGradients.recurrent, to: .recurrentBias)
  }
}
