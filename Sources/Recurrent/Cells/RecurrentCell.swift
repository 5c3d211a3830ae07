import Tensors

/// A kind of cell: its facts, its buffers, and what it does at a step, forwards and backwards.
///
/// The layer around it takes the input product for it, keeps resets and dropout away from it, and
/// looks after what comes above. A cell takes everything else: its parameters from its
/// ``LayerWeights``, the recurrent product through a ``LinearMap`` where it has one, and the
/// element-wise rest from a pair of kernels. One object serves one layer of one worker; the same
/// type trains whole windows and steps token by token.
///
/// A factor is what a product reads: the same numbers in `Element`.
protocol RecurrentCell<Element>: AnyObject {
  associatedtype Element: ProductFactor

  // MARK: Facts

  /// How many vectors of H sums the cell takes from its input product.
  static var gateCount: Int { get }
  /// The vectors of H numbers that are carried from step to step, the hidden state first, by the
  /// names that their learnt start has in files.
  static var stateNames: [String] { get }
  /// Whether a step reads the hidden state before it. Where none does, only the other states carry
  /// anything on, and the layer prepares no hidden state and asks for nothing to be sent back.
  static var readsHiddenState: Bool { get }
  /// Whether threads may share the units of a layer in stepping: where a unit's step needs no other
  /// unit's but through the hidden state before it.
  static var isSplitByUnits: Bool { get }
  /// The gates that ``activations`` has in its columns, H each; none where a cell has none.
  static var gates: [Gate] { get }
  /// Which gate is the forget gate, whose bias starts at a value of its own.
  static var forgetGate: Int? { get }
  /// How many vectors of H floats it keeps of every step of every layer, beside states and gates.
  static var keptVectors: Int { get }
  /// How many it needs for every step, layers taking turns with them.
  static var sharedVectors: Int { get }
  /// The tensors of one layer in a file's order, with their shapes.
  static func parameters(
    inputSize: Int, hiddenSize: Int
  ) -> [(LayerParameter, shape: [Int])]
  /// Whether hidden states lie between −1 and 1, so that they may be kept in bytes.
  static func isBounded(activation: Activation) -> Bool

  // MARK: Buffers

  /// Makes the buffers; `other` is the layer below, whose buffers may be used in turns.
  init(_ place: CellPlace<Element>, sharing other: Self?)
  /// Each state before each step and after the last, [T·R + R, units], the hidden state first.
  var states: [Matrix<Float>] { get }
  /// The hidden state as products read it.
  var hiddenFactors: Matrix<Element> { get }
  /// Receives the input product of ``inputSteps`` steps, [steps · R, gates · units].
  var inputSums: Matrix<Float> { get }
  /// How many steps' input product is taken at once; divides T.
  var inputSteps: Int { get }
  /// The gates after each step forwards, [T·R, gates · units]; nil where they are not kept as floats.
  var activations: Matrix<Float>? { get }

  // MARK: Steps

  /// Takes one step: the states after it, and whatever going back will want.
  func forward(_ step: CellStep<Element>)
  /// Goes back through the element-wise half of a step.
  ///
  /// Afterwards the step's rows of ``inputGradient`` are there, ``stateGradients`` are those before
  /// the step, and `hidden`, which was dL/dh′, is its part that passes by the products, or anything
  /// where ``passesHiddenGradient`` is false.
  func backward(_ step: BackwardStep)
  /// Writes, or adds, what the recurrent product sends back from a step to the hidden state before;
  /// never called where ``readsHiddenState`` is false.
  func sendBack(row: Int, into gradient: Matrix<Float>, at target: Int, adding: Bool)

  // MARK: Gradients

  /// Whether a part of dL/dh′ reaches h without a product.
  static var passesHiddenGradient: Bool { get }
  /// The gradients of the states but the hidden one, [R, units].
  var stateGradients: [Matrix<Float>] { get }
  /// The gradient of the input product's sums as products read it, [T·R, gates · units].
  var inputGradient: Matrix<Element> { get }
  /// Sets the sums of a window to zero.
  func clearGradients()
  /// Sets rows of steps that the window does not have to zero.
  func clearSteps(_ rows: Range<Int>)
  /// Adds the first rows of ``inputGradient`` to the rows of a table that tokens name.
  func scatterInputGradient(
    rows: Int, to table: Matrix<Float>, index: Matrix<Int32>, factor: Float
  )
  /// Writes the gradients of all parameters but the input matrix.
  func writeGradients(into gradients: LayerGradients)
}

extension RecurrentCell {
  static var readsHiddenState: Bool { true }
  static var isSplitByUnits: Bool { true }
  static var gates: [Gate] { [] }
  static var forgetGate: Int? { gates.firstIndex(of: .forget) }
  var activations: Matrix<Float>? { nil }
  static var keptVectors: Int { 0 }
  static var sharedVectors: Int { 0 }
  static var passesHiddenGradient: Bool { false }
  var stateGradients: [Matrix<Float>] { [] }

  func sendBack(row: Int, into gradient: Matrix<Float>, at target: Int, adding: Bool) {
    preconditionFailure("a cell that reads no hidden state sends nothing back to it")
  }

  /// The tensors of a cell as in `torch.nn`: two products, a bias for each.
  static func parameters(
    inputSize: Int, hiddenSize: Int
  ) -> [(LayerParameter, shape: [Int])] {
    let width = gateCount * hiddenSize
    return [
      (.inputWeights, [width, inputSize]), (.recurrentWeights, [width, hiddenSize]),
      (.inputBias, [width]), (.recurrentBias, [width]),
    ]
  }

  /// The cells of all layers, lowest first.
  static func stack(_ places: [CellPlace<Element>]) -> [any RecurrentCell<Element>] {
    var cells: [Self] = []
    for place in places { cells.append(Self(place, sharing: cells.last)) }
    return cells
  }
}

/// Where a cell works.
struct CellPlace<Element: ProductFactor> {
  let configuration: NetworkConfiguration
  let weights: LayerWeights<Element>
  /// R, the number of streams.
  let rows: Int
  /// T, the greatest number of steps: a window's, or 1.
  let length: Int
  /// Whether steps will be gone back through.
  let isTraining: Bool

  /// T · R.
  var steps: Int { rows * length }
  /// H, or a part of it where threads share the units of a layer.
  var units: Int { weights.units.count }
  /// Whether what products read are rounded floats, which kernels write as they go.
  var isRounded: Bool { Element.productElement == .bfloat16 }

  /// How many steps' input product to take at once where it is not kept; divides T.
  ///
  /// A few hundred rows are enough to run at full speed.
  var stepsPerProduct: Int {
    let wanted = max(1, 512 / rows)
    return (1...length).first { $0 >= wanted && length % $0 == 0 } ?? length
  }

  /// Room for a state before each step and after the last.
  func state() -> Matrix<Float> { Matrix(rows: steps + rows, columns: units) }
}

/// One step forwards.
struct CellStep<Element: ProductFactor> {
  /// The first row of the step in matrices that span the window.
  let row: Int
  /// The number of streams.
  let rows: Int
  /// The input product and where it has the step, or with `tokens` its table.
  let input: Matrix<Float>
  let inputRow: Int
  let tokens: Matrix<Int32>?
  let resets: Matrix<UInt8>
  /// The hidden state that the recurrent product reads, after resets and dropout, from a row on.
  let entering: Matrix<Element>
  let enteringRow: Int
}

/// The half of a step that cells with two products and two biases have in common: the sums of their
/// gates before any squashing.
struct GateSums<Element: ProductFactor> {
  let recurrent: LinearMap<Element>
  /// The states in which pieces start, [states, units].
  let initial: Matrix<Float>
  private let inputBias: Matrix<Float>
  private let recurrentBias: Matrix<Float>
  private let product: Matrix<Float>

  init(_ place: CellPlace<Element>) {
    recurrent = LinearMap(.recurrentWeights, place, rows: place.rows, addsBack: true)
    initial = place.weights.initial
    inputBias = place.weights.vector(.inputBias)
    recurrentBias = place.weights.vector(.recurrentBias)
    product = Matrix(rows: place.rows, columns: recurrentBias.columns)
  }

  /// Takes the recurrent product of a step; the kernel that reads the result adds the four terms.
  func input(at step: CellStep<Element>) -> CellInput {
    recurrent.multiply(step.entering, row: step.enteringRow, into: product)
    return CellInput(
      rows: step.rows, row: step.row, inputRow: step.inputRow, input: step.input,
      tokens: step.tokens, inputBias: inputBias, recurrent: product, recurrentBias: recurrentBias,
      resets: step.resets, initial: initial)
  }
}

/// One step backwards.
struct BackwardStep {
  /// The first row of the step in matrices that span the window.
  let row: Int
  let resets: Matrix<UInt8>
  /// dL/dh′, [R, H].
  let hidden: Matrix<Float>
}
