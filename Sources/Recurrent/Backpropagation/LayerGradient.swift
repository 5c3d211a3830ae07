import Tensors

/// What one layer of one shard needs for the way back, beside what forward kept.
final class LayerGradient<Element: ProductFactor> {
  let layer: RecurrentLayer<Element>
  // Equation (9) of Documentation/LSTM.md, dGates · W_hh, stored, or added to what is there.
  let flowProduct: Product<Element>
  let addingFlowProduct: Product<Element>?
  // Equation (10), dGates^T · h and dGates^T · x.
  let recurrentProduct: Product<Element>
  let inputProduct: Product<Element>?
  // Equation (11), dGates · W_ih.
  let belowProduct: Product<Element>?

  let inputBias: Matrix<Float>
  let recurrentBias: Matrix<Float>
  // Gradient of the states in which pieces start, [2, H].
  let initial: Matrix<Float>
  let gain: Matrix<Float>
  let shift: Matrix<Float>
  // The gradient that reaches the hidden state before a step, and the cell state, [R, H].
  let flow: Matrix<Float>
  let current: Matrix<Float>
  let cellFlow: Matrix<Float>
  // |dL/dh_t| and |dL/dc_t| over all streams, squared, for each step.
  var hiddenNorms: [Double]
  var cellNorms: [Double]

  init(_ layer: RecurrentLayer<Element>) {
    self.layer = layer
    let (rows, steps) = (layer.rows, layer.rows * layer.length)
    let size = layer.configuration.hiddenSize
    let width = layer.gates.columns
    var shape = ProductShape(rows: rows, columns: size, inner: width)
    flowProduct = Product(shape, packsRight: true)
    shape.accumulates = true
    addingFlowProduct = Product(shape, packedLike: flowProduct)
    recurrentProduct = Product(
      ProductShape(rows: width, columns: size, inner: steps, isLeftTransposed: true),
      packsRight: false)
    let isFirst = layer.index == 0
    inputProduct = isFirst ? nil : recurrentProduct
    belowProduct =
      isFirst
      ? nil : Product(ProductShape(rows: steps, columns: size, inner: width), packsRight: true)
    inputBias = Matrix(rows: 1, columns: width)
    recurrentBias = Matrix(rows: 1, columns: width)
    initial = Matrix(rows: 2, columns: size)
    gain = Matrix(rows: 1, columns: size)
    shift = Matrix(rows: 1, columns: size)
    flow = Matrix(rows: rows, columns: size)
    current = Matrix(rows: rows, columns: size)
    cellFlow = Matrix(rows: rows, columns: size)
    hiddenNorms = [Double](repeating: 0, count: layer.length)
    cellNorms = hiddenNorms
  }

  func clear() {
    for matrix in [inputBias, recurrentBias, initial, gain, shift, cellFlow] {
      matrix.fill(0, rows: 0..<matrix.rows)
    }
  }
}
