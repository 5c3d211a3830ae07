import Tensors

/// The vanilla cell, ``Cell/rnn``: h′ = φ(x + r).
final class ElmanCell<Element: ProductFactor>: RecurrentCell {
  static var gateCount: Int { 1 }
  static var stateNames: [String] { ["hidden"] }
  static func isBounded(activation: Activation) -> Bool { activation == .tanh }

  let states: [Matrix<Float>]
  let hiddenFactors: Matrix<Element>
  let inputSteps: Int
  let inputGradient: Matrix<Element>
  private let isRectified: Bool
  private let sums: GateSums<Element>
  // The activations, which going back turns into gradients, [T·R, units].
  private let gates: Matrix<Float>
  private let biasGradient: Matrix<Float>

  init(_ place: CellPlace<Element>, sharing other: ElmanCell?) {
    isRectified = place.configuration.activation == .relu
    let hidden = place.state()
    states = [hidden]
    hiddenFactors = hidden.factors(as: Element.self)
    inputSteps = place.length
    sums = GateSums(place)
    gates = Matrix(rows: place.steps, columns: place.units)
    inputGradient =
      other.flatMap { place.isRounded ? $0.inputGradient : nil }
      ?? gates.factors(as: Element.self)
    biasGradient = Matrix(rows: 1, columns: place.units)
  }

  var inputSums: Matrix<Float> { gates }

  func forward(_ step: CellStep<Element>) {
    ElmanGates.forward(
      sums.input(at: step), isRectified: isRectified, gates: gates,
      hidden: states[0], rounded: hiddenFactors.rounded)
  }

  func backward(_ step: BackwardStep) {
    ElmanGates.backward(
      row: step.row, isRectified: isRectified, hiddenGradient: step.hidden, gates: gates,
      rounded: inputGradient.rounded, bias: biasGradient)
  }

  func sendBack(row: Int, into gradient: Matrix<Float>, at target: Int, adding: Bool) {
    sums.recurrent.multiplyBack(inputGradient, row: row, into: gradient, at: target, adding: adding)
  }

  func clearGradients() { biasGradient.fill(0, rows: 0..<1) }

  func clearSteps(_ rows: Range<Int>) { inputGradient.fill(.nearest(0), rows: rows) }

  func scatterInputGradient(
    rows: Int, to table: Matrix<Float>, index: Matrix<Int32>, factor: Float
  ) {
    table.scatter(gates, rows: rows, index: index, factor: factor)
  }

  func writeGradients(into gradients: LayerGradients) {
    sums.recurrent.writeGradient(of: inputGradient, by: hiddenFactors, into: gradients)
    gradients.add(biasGradient, to: .inputBias)
    gradients.add(biasGradient, to: .recurrentBias)
  }
}
