import Tensors

/// One layer of one shard: R streams, up to T steps, with all that backward needs.
///
/// Buffers are time-major; those with R rows more than T·R hold what stood before the first step,
/// too. Memory in floats: T·R·H times 6 for LSTM, 8 for GRU, 2 for the vanilla cell.
final class RecurrentLayer<Element: ProductFactor> {
  let index: Int
  let configuration: NetworkConfiguration
  let rows: Int
  let length: Int
  // The hidden and cell state before each step and after the last, [T·R + R, H].
  let hidden: Matrix<Float>
  let hiddenFactors: Matrix<Element>
  let cell: Matrix<Float>?
  // The activations of the gates, which backward turns into gradients, [T·R, gates · H]; where the
  // layer is compact, only the input product of some steps at a time.
  let gates: Matrix<Float>
  // The gradients of the gates as products read them; where the layer is compact, before that the
  // activations in fixed point.
  let gateFactors: Matrix<Element>
  // Whether activations are kept in 16 bits, which bfloat16 products make possible.
  let isCompact: Bool
  // The steps whose input product is taken at once.
  let stepsPerProduct: Int
  // GRU: the recurrent part of n, and the gradient of the recurrent product.
  let candidate: Matrix<Float>?
  let recurrentGates: Matrix<Float>?
  let recurrentGateFactors: Matrix<Element>?
  // What the next layer reads, [T·R, H]; nil where that is the hidden state itself.
  let output: Matrix<Float>?
  let outputFactors: Matrix<Element>?
  let normalized: Matrix<Float>?
  let deviations: Matrix<Float>?

  let inputProduct: Product<Element>?
  let recurrentProduct: Product<Element>
  let recurrentResult: Matrix<Float>
  // The hidden state as the recurrent product reads it at a step with resets or dropout, [R, H].
  let entering: Matrix<Float>
  let enteringFactors: Matrix<Element>

  init(
    index: Int, configuration: NetworkConfiguration, rows: Int, length: Int,
    scratch: Scratch<Element>
  ) {
    self.index = index
    self.configuration = configuration
    self.rows = rows
    self.length = length
    let size = configuration.hiddenSize
    let width = configuration.cell.gateCount * size
    let steps = rows * length
    hidden = Matrix(rows: steps + rows, columns: size)
    hiddenFactors = hidden.factors(as: Element.self)
    cell = configuration.cell.hasCellState ? Matrix(rows: steps + rows, columns: size) : nil
    isCompact = scratch.inputs != nil
    stepsPerProduct = scratch.stepsPerProduct
    let gates = scratch.inputs ?? Matrix(rows: steps, columns: width)
    self.gates = gates
    gateFactors =
      isCompact
      ? Matrix(rows: steps, columns: width)
      : scratch.gateFactors ?? gates.factors(as: Element.self)
    let isGRU = configuration.cell == .gru
    candidate = isGRU ? Matrix(rows: steps, columns: size) : nil
    recurrentGates = isGRU ? scratch.recurrentGates : nil
    recurrentGateFactors = isGRU ? scratch.recurrentGateFactors : nil
    output = configuration.transformsOutput ? Matrix(rows: steps, columns: size) : nil
    outputFactors = output?.factors(as: Element.self)
    let normalizes = configuration.layerNormalization
    normalized = normalizes ? Matrix(rows: steps, columns: size) : nil
    deviations = normalizes ? Matrix(rows: steps, columns: 1) : nil
    inputProduct =
      index == 0
      ? nil
      : Product(
        ProductShape(rows: gates.rows, columns: width, inner: size), packsRight: true)
    recurrentProduct = Product(
      ProductShape(rows: rows, columns: width, inner: size), packsRight: true)
    recurrentResult = Matrix(rows: rows, columns: width)
    entering = Matrix(rows: rows, columns: size)
    enteringFactors = entering.factors(as: Element.self)
  }

  // What the next layer reads, and the row where it starts.
  var above: (factors: Matrix<Element>, row: Int) {
    outputFactors.map { ($0, 0) } ?? (hiddenFactors, rows)
  }
}

/// Buffers that the layers of one shard use one after the other.
final class Scratch<Element: ProductFactor> {
  // The gates' gradients rounded; nil where factors are floats.
  let gateFactors: Matrix<Element>?
  let recurrentGates: Matrix<Float>?
  let recurrentGateFactors: Matrix<Element>?
  // The input product of some steps, where layers keep their activations in 16 bits.
  let inputs: Matrix<Float>?
  let stepsPerProduct: Int

  init(_ configuration: NetworkConfiguration, rows: Int, length: Int) {
    let width = configuration.cell.gateCount * configuration.hiddenSize
    let steps = rows * length
    let isRounded = Element.productElement == .bfloat16
    let isCompact = isRounded && configuration.cell == .lstm
    // A few hundred rows are enough for a product to run at full speed; steps must divide T.
    let wanted = max(1, 512 / rows)
    let divisor = (1...length).first { $0 >= wanted && length % $0 == 0 } ?? length
    stepsPerProduct = isCompact ? divisor : length
    inputs = isCompact ? Matrix(rows: stepsPerProduct * rows, columns: width) : nil
    gateFactors = isRounded && !isCompact ? Matrix(rows: steps, columns: width) : nil
    recurrentGates = configuration.cell == .gru ? Matrix(rows: steps, columns: width) : nil
    recurrentGateFactors = recurrentGates?.factors(as: Element.self)
  }
}

extension NetworkConfiguration {
  // Whether what a layer passes on is anything but its hidden state.
  var transformsOutput: Bool { dropout > 0 || layerNormalization || residual }
}
