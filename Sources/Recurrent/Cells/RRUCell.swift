import Tensors

/// The residual recurrent unit, ``Cell/rru``: equations (18) to (23) of Documentation/LSTM.md.
///
/// It has no gates. Its memory is scaled, unit by unit, and something is added to it that two
/// products and a rectifier between them make of the input and the memory; the same two make what
/// goes up. The first product's sums are normalised over all units, so that a thread needs a whole
/// layer.
final class RRUCell<Element: ProductFactor>: RecurrentCell {
  static var gateCount: Int { 4 }
  static var stateNames: [String] { ["hidden", "memory"] }
  static var readsHiddenState: Bool { false }
  static var isSplitByUnits: Bool { false }
  static var keptVectors: Int { 6 }
  static var sharedVectors: Int { 2 }
  static func isBounded(activation: Activation) -> Bool { false }

  /// The first product and its bias, the second and its, and what scales the memory and what is
  /// added to it.
  static func parameters(
    inputSize: Int, hiddenSize: Int
  ) -> [(LayerParameter, shape: [Int])] {
    let (width, outputs) = (gateCount * hiddenSize, 2 * hiddenSize)
    return [
      (.inputWeights, [width, inputSize]), (.recurrentWeights, [width, hiddenSize]),
      (.inputBias, [width]), (.innerWeights, [outputs, width]), (.innerBias, [outputs]),
      (.retention, [hiddenSize]), (.candidateScale, [hiddenSize]),
    ]
  }

  let states: [Matrix<Float>]
  let hiddenFactors: Matrix<Element>
  let inputSteps: Int
  let inputGradient: Matrix<Element>
  let stateGradients: [Matrix<Float>]
  private let recurrent: LinearMap<Element>
  private let inner: LinearMap<Element>
  private let weights: RRUGates.Weights
  private let initial: Matrix<Float>
  // The normalised sums, which going back turns into the gradients of the sums, [T·R, 4H].
  private let gates: Matrix<Float>
  // The reciprocals of the root mean squares of the sums, [T·R, 1].
  private let scales: Matrix<Float>
  // What the recurrent product read, [T·R, H], and the second product, [T·R, 4H].
  private let memoryFactors: Matrix<Element>
  private let innerFactors: Matrix<Element>
  // What was added to the memory before it was scaled, [T·R, H].
  private let candidates: Matrix<Float>
  // The gradient of the second product's sums, [T·R, 2H].
  private let outerGradient: Matrix<Element>
  // Of one step: the memory before it, and the products, which going back turns into gradients.
  private let entering: Matrix<Float>
  private let recurrentSums: Matrix<Float>
  private let rectified: Matrix<Float>
  private let outerSums: Matrix<Float>
  private let gradients: RRUGates.Gradients

  init(_ place: CellPlace<Element>, sharing other: RRUCell?) {
    let (size, width) = (place.units, 4 * place.units)
    let hidden = place.state()
    states = [hidden, place.state()]
    hiddenFactors = hidden.factors(as: Element.self)
    inputSteps = place.length
    recurrent = LinearMap(.recurrentWeights, place, rows: place.rows, addsBack: true)
    inner = LinearMap(.innerWeights, place, rows: place.rows)
    weights = RRUGates.Weights(
      inputBias: place.weights.vector(.inputBias), innerBias: place.weights.vector(.innerBias),
      retention: place.weights.vector(.retention),
      candidateScale: place.weights.vector(.candidateScale))
    initial = place.weights.initial
    gates = Matrix(rows: place.steps, columns: width)
    inputGradient =
      other.flatMap { place.isRounded ? $0.inputGradient : nil }
      ?? gates.factors(as: Element.self)
    scales = Matrix(rows: place.steps, columns: 1)
    memoryFactors = Matrix(rows: place.steps, columns: size)
    innerFactors = Matrix(rows: place.steps, columns: width)
    candidates = Matrix(rows: place.steps, columns: size)
    outerGradient =
      other?.outerGradient ?? Matrix(rows: place.isTraining ? place.steps : 0, columns: 2 * size)
    entering = Matrix(rows: place.rows, columns: size)
    recurrentSums = Matrix(rows: place.rows, columns: width)
    rectified = Matrix(rows: place.rows, columns: width)
    outerSums = Matrix(rows: place.rows, columns: 2 * size)
    stateGradients = [Matrix(rows: place.rows, columns: size)]
    gradients = RRUGates.Gradients(size: size)
  }

  var inputSums: Matrix<Float> { gates }

  func forward(_ step: CellStep<Element>) {
    let (row, rows) = (step.row, step.rows)
    entering.copyRows(row..<row + rows, of: states[1], to: 0)
    for stream in 0..<rows where step.resets[row + stream, 0] != 0 {
      entering.copyRow(1, of: initial, to: stream)
    }
    entering.convert(rows: 0..<rows, into: memoryFactors, row: row)
    recurrent.multiply(memoryFactors, row: row, into: recurrentSums)
    RRUGates.forwardInner(
      CellInput(
        rows: rows, row: row, inputRow: step.inputRow, input: step.input, tokens: step.tokens,
        inputBias: weights.inputBias, recurrent: recurrentSums, resets: step.resets,
        initial: initial),
      gates: gates, scales: scales, rectified: rectified)
    rectified.convert(rows: 0..<rows, into: innerFactors, row: row)
    inner.multiply(innerFactors, row: row, into: outerSums)
    RRUGates.forwardOuter(
      row: row, sums: outerSums, weights: weights, entering: entering, candidates: candidates,
      memory: states[1], hidden: states[0], rounded: hiddenFactors.rounded)
  }

  func backward(_ step: BackwardStep) {
    let (row, rows) = (step.row, step.hidden.rows)
    entering.copyRows(row..<row + rows, of: states[1], to: 0)
    for stream in 0..<rows where step.resets[row + stream, 0] != 0 {
      entering.copyRow(1, of: initial, to: stream)
    }
    RRUGates.backwardOuter(
      row: row, entering: entering, candidates: candidates, hiddenGradient: step.hidden,
      weights: weights, memoryGradient: stateGradients[0], sums: outerSums, gradients: gradients)
    outerSums.convert(rows: 0..<rows, into: outerGradient, row: row)
    inner.multiplyBack(outerGradient, row: row, into: rectified)
    RRUGates.backwardInner(
      row: row, scales: scales, rectifiedGradient: rectified, gates: gates,
      rounded: inputGradient.rounded, gradients: gradients)
    recurrent.multiplyBack(inputGradient, row: row, into: stateGradients[0], adding: true)
  }

  func clearGradients() {
    gradients.clear()
    stateGradients[0].fill(0, rows: 0..<stateGradients[0].rows)
  }

  func clearSteps(_ rows: Range<Int>) {
    inputGradient.fill(.nearest(0), rows: rows)
    outerGradient.fill(.nearest(0), rows: rows)
    memoryFactors.fill(.nearest(0), rows: rows)
    innerFactors.fill(.nearest(0), rows: rows)
  }

  func scatterInputGradient(
    rows: Int, to table: Matrix<Float>, index: Matrix<Int32>, factor: Float
  ) {
    table.scatter(gates, rows: rows, index: index, factor: factor)
  }

  func writeGradients(into layer: LayerGradients) {
    recurrent.writeGradient(of: inputGradient, by: memoryFactors, into: layer)
    inner.writeGradient(of: outerGradient, by: innerFactors, into: layer)
    layer.add(gradients.inputBias, to: .inputBias)
    layer.add(gradients.innerBias, to: .innerBias)
    layer.add(gradients.retention, to: .retention)
    layer.add(gradients.candidateScale, to: .candidateScale)
  }
}

extension LayerParameter {
  /// The matrix of an RRU's second product, [2H, 4H]: the candidate's rows, then the output's.
  public static let innerWeights = LayerParameter("rnn.weight_co_l#", .innerMatrix)
  /// Its bias, [2H].
  public static let innerBias = LayerParameter("rnn.bias_co_l#", .constant(0))
  /// S, by which an RRU's memory is kept: σ(10·S) of it, [H].
  public static let retention = LayerParameter("rnn.retention_l#", .retention)
  /// Z, the share of the candidate that is added to it, [H].
  public static let candidateScale = LayerParameter("rnn.candidate_scale_l#", .constant(0))
}
