import Tensors

/// What a layer passes on where that is not its hidden state as it is: residual, normalisation and
/// dropout, in this order.
final class LayerOutput<Element: ProductFactor> {
  /// What the next layer reads, [T·R, H].
  let values: Matrix<Float>
  /// The same as products read it.
  let factors: Matrix<Element>
  private let normalization: LayerNormalization?

  /// Nil where a layer passes its hidden state on.
  init?(_ place: CellPlace<Element>) {
    let (configuration, weights) = (place.configuration, place.weights)
    let isDropping = place.isTraining && configuration.dropout > 0
    guard isDropping || configuration.layerNormalization || configuration.residual else {
      return nil
    }
    values = Matrix(rows: place.steps, columns: configuration.hiddenSize)
    factors = values.factors(as: Element.self)
    normalization =
      configuration.layerNormalization
      ? LayerNormalization(
        gain: weights.vector(.gain, ofAllUnits: true),
        shift: weights.vector(.shift, ofAllUnits: true), rows: place.steps) : nil
  }

  /// Takes in rows of the hidden state, and of the output below where it is to be added.
  func write(
    _ hidden: Matrix<Float>, rows: Range<Int>, below: Matrix<Float>?,
    drop: (Matrix<Float>) -> Void
  ) {
    values.copyRows(rows, of: hidden, to: 0)
    let here = 0..<rows.count
    if let below { values.add(rows: here, of: below, to: 0) }
    normalization?.normalize(values, rows: here)
    drop(values)
    values.convert(rows: here, into: factors, row: 0)
  }

  /// Turns the gradient of the output into that of what went in.
  func goBack(_ gradient: Matrix<Float>, rows: Range<Int>) {
    normalization?.goBack(gradient, rows: rows)
  }

  func clearGradients() { normalization?.clearGradients() }

  func writeGradients(into gradients: LayerGradients) {
    normalization?.writeGradients(into: gradients)
  }
}

/// Layer normalisation of some rows, with what going back wants.
private struct LayerNormalization {
  let gain: Matrix<Float>
  let shift: Matrix<Float>
  let normalized: Matrix<Float>
  let deviations: Matrix<Float>
  let gainGradient: Matrix<Float>
  let shiftGradient: Matrix<Float>

  init(gain: Matrix<Float>, shift: Matrix<Float>, rows: Int) {
    self.gain = gain
    self.shift = shift
    normalized = Matrix(rows: rows, columns: gain.columns)
    deviations = Matrix(rows: rows, columns: 1)
    gainGradient = Matrix(rows: 1, columns: gain.columns)
    shiftGradient = Matrix(rows: 1, columns: gain.columns)
  }

  func normalize(_ values: Matrix<Float>, rows: Range<Int>) {
    values.normalize(
      rows: rows, gain: gain, bias: shift, normalized: normalized, deviations: deviations)
  }

  func goBack(_ gradient: Matrix<Float>, rows: Range<Int>) {
    gradient.normalizeBackward(
      rows: rows, normalized: normalized, deviations: deviations, gain: gain,
      gainGradient: gainGradient, biasGradient: shiftGradient)
  }

  func clearGradients() {
    gainGradient.fill(0, rows: 0..<1)
    shiftGradient.fill(0, rows: 0..<1)
  }

  func writeGradients(into gradients: LayerGradients) {
    gradients.add(gainGradient, to: .gain)
    gradients.add(shiftGradient, to: .shift)
  }
}
