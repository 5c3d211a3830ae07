import Tensors

/// A weight matrix W as one layer of one worker multiplies by it: x·Wᵀ forward, and where there is a
/// way back δ·W and, for W's own gradient, δᵀ·x.
final class LinearMap<Element: ProductFactor> {
  private let parameter: LayerParameter
  private let weights: PackedWeights<Element>
  private let product: Product<Element>
  private let back: Back?

  private struct Back {
    // Equations (9) and (11) of Documentation/LSTM.md.
    let product: Product<Element>
    // How it is added to what is there.
    let adding: Adding
    // Equation (10).
    let gradientProduct: Product<Element>
  }

  private enum Adding {
    case inPlace(Product<Element>)
    // No kernel adds: a product is first written here.
    case apart(Matrix<Float>)
    case never
  }

  /// Makes products of a fixed number of rows.
  ///
  /// - Parameters:
  ///   - parameter: which of the layer's matrices W is.
  ///   - place: where it is multiplied.
  ///   - rows: the rows of x in a product.
  ///   - rowsBack: the rows of δ in a product; as many where nil.
  ///   - addsBack: whether δ·W is ever added to what is there.
  init(
    _ parameter: LayerParameter, _ place: CellPlace<Element>, rows: Int, rowsBack: Int? = nil,
    addsBack: Bool = false
  ) {
    self.parameter = parameter
    let shape = place.weights.shape(parameter)
    let (outputs, inputs) = (shape[0], shape[1])
    product = Product(ProductShape(rows: rows, columns: outputs, inner: inputs), packsRight: true)
    if place.isTraining {
      var shape = ProductShape(rows: rowsBack ?? rows, columns: inputs, inner: outputs)
      let product = Product<Element>(shape, packsRight: true)
      shape.accumulates = true
      let adding: Adding =
        !addsBack
        ? .never
        : Product(shape, packedLike: product).map { .inPlace($0) }
          ?? .apart(Matrix(rows: shape.rows, columns: inputs))
      back = Back(
        product: product, adding: adding,
        gradientProduct: Product(
          ProductShape(rows: outputs, columns: inputs, inner: place.steps, isLeftTransposed: true),
          packsRight: false))
    } else {
      back = nil
    }
    weights = place.weights.matrix(parameter, forward: product, backward: back?.product)
  }

  /// x·Wᵀ of the rows of x from one on.
  func multiply(_ x: Matrix<Element>, row: Int = 0, into result: Matrix<Float>) {
    product.multiply(x, row: row, by: weights.forward, into: result)
  }

  /// δ·W of the rows of δ from one on, in place of rows of the result or added to them.
  func multiplyBack(
    _ delta: Matrix<Element>, row: Int = 0, into result: Matrix<Float>, at target: Int = 0,
    adding: Bool = false
  ) {
    let (back, matrix) = wayBack
    guard adding else {
      return back.product.multiply(delta, row: row, by: matrix, into: result, row: target)
    }
    switch back.adding {
    case .inPlace(let product):
      product.multiply(delta, row: row, by: matrix, into: result, row: target)
    case .apart(let sum):
      back.product.multiply(delta, row: row, by: matrix, into: sum)
      result.add(rows: 0..<sum.rows, of: sum, to: target)
    case .never:
      preconditionFailure("a map that never adds")
    }
  }

  /// Writes δᵀ·x, over all steps, as W's gradient.
  func writeGradient(
    of delta: Matrix<Element>, by x: Matrix<Element>, from row: Int = 0,
    into gradients: LayerGradients
  ) {
    wayBack.back.gradientProduct.multiply(
      delta, by: x, rightRow: row, into: gradients.parameters,
      offset: gradients.slot(parameter).offset)
  }

  private var wayBack: (back: Back, matrix: PackedMatrix<Element>) {
    guard let back, let matrix = weights.backward else {
      preconditionFailure("a layer that only steps goes no way back")
    }
    return (back, matrix)
  }
}

/// Where one layer's gradients go in those of all parameters.
struct LayerGradients {
  let parameters: Matrix<Float>
  private let layout: ParameterLayout
  private let layer: Int
  private let hiddenSize: Int

  init(_ parameters: Matrix<Float>, _ layout: ParameterLayout, layer: Int, hiddenSize: Int) {
    self.parameters = parameters
    self.layout = layout
    self.layer = layer
    self.hiddenSize = hiddenSize
  }

  func slot(_ parameter: LayerParameter) -> ParameterLayout.Slot {
    layout[.layer(layer, parameter)]
  }

  /// Adds a tensor's gradient.
  func add(_ gradient: Matrix<Float>, to parameter: LayerParameter) {
    let slot = slot(parameter)
    precondition(gradient.count == slot.count, "a gradient of another shape than \(slot.name)")
    parameters.add(gradient, from: 0, count: slot.count, to: slot.offset)
  }

  /// Adds the gradients of the layer's initial states, [states, H], that are learnt.
  func addInitialStates(_ gradient: Matrix<Float>, of vectors: Range<Int>) {
    for vector in vectors {
      parameters.add(
        gradient, from: vector * hiddenSize, count: hiddenSize,
        to: layout[.initialState(vector)].offset + layer * hiddenSize)
    }
  }
}
