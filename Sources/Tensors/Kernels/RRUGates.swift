import CKernels

/// The element-wise parts of a step of the residual recurrent unit: between its two products, and
/// after them.
///
/// The equations are those of Documentation/LSTM.md.
///
/// - Reference: Zakovskis, Draguns, Gaile, Ozolins and Freivalds, "Gates Are Not What You Need in
///   RNNs" (2021).
public enum RRUGates {
  /// What is added to the products, and by what the memory and the candidate are multiplied.
  public struct Weights {
    /// The bias of the first product, [1, 4H].
    public var inputBias: Matrix<Float>
    /// The bias of the second, [1, 2H].
    public var innerBias: Matrix<Float>
    /// S: a step keeps σ(10·S) of the memory, [1, H].
    public var retention: Matrix<Float>
    /// Z, the share of the candidate that is added, [1, H].
    public var candidateScale: Matrix<Float>

    /// Gathers weights.
    public init(
      inputBias: Matrix<Float>, innerBias: Matrix<Float>, retention: Matrix<Float>,
      candidateScale: Matrix<Float>
    ) {
      self.inputBias = inputBias
      self.innerBias = innerBias
      self.retention = retention
      self.candidateScale = candidateScale
    }
  }

  /// The sums of the gradients of ``Weights`` over steps and streams.
  public struct Gradients {
    /// Of the first product's bias, [1, 4H].
    public let inputBias: Matrix<Float>
    /// Of the second's, [1, 2H].
    public let innerBias: Matrix<Float>
    /// Of S, [1, H].
    public let retention: Matrix<Float>
    /// Of Z, [1, H].
    public let candidateScale: Matrix<Float>

    /// Makes sums that are zero, for H units.
    public init(size: Int) {
      inputBias = Matrix(rows: 1, columns: 4 * size)
      innerBias = Matrix(rows: 1, columns: 2 * size)
      retention = Matrix(rows: 1, columns: size)
      candidateScale = Matrix(rows: 1, columns: size)
    }

    /// Sets the sums to zero.
    public func clear() {
      for sum in [inputBias, innerBias, retention, candidateScale] { sum.fill(0, rows: 0..<1) }
    }
  }

  /// Normalises the sums of a step by their root mean square, and rectifies them.
  ///
  /// - Parameters:
  ///   - input: the two products, and in `inputBias` the bias; `input.input` and `gates` may be the
  ///     same matrix.
  ///   - gates: receives the normalised sums, [T·B, 4H].
  ///   - scales: receives the reciprocals of the root mean squares, [T·B, 1].
  ///   - rectified: receives max(0, ·) of the normalised sums, [B, 4H].
  public static func forwardInner(
    _ input: CellInput, gates: Matrix<Float>, scales: Matrix<Float>, rectified: Matrix<Float>
  ) {
    let (rows, row, width) = (input.rows, input.row, 4 * input.initial.columns)
    precondition(gates.columns == width && rectified.columns == width && scales.columns == 1)
    var view = unsafe input.checked(gates: 4, readsRecurrentBias: false)
    unsafe kernels.pointee.rru_forward_inner(
      &view, gates.row(row, count: rows), scales.row(row, count: rows),
      rectified.row(0, count: rows))
  }

  /// Writes the memory after a step and what goes up.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - sums: the second product, [B, 2H].
  ///   - weights: biases and scales.
  ///   - entering: the memory before the step, [B, H].
  ///   - candidates: receives the candidates, [T·B, H].
  ///   - memory: the memory before each step of the window and after the last, [T·B + B, H].
  ///   - hidden: as `memory`, for what goes up.
  ///   - rounded: receives the latter in bfloat16 too.
  public static func forwardOuter(
    row: Int, sums: Matrix<Float>, weights: Weights, entering: Matrix<Float>,
    candidates: Matrix<Float>, memory: Matrix<Float>, hidden: Matrix<Float>,
    rounded: Matrix<BFloat16>?
  ) {
    let (rows, size) = (entering.rows, entering.columns)
    check(weights, size)
    precondition(sums.columns == 2 * size && candidates.columns == size)
    precondition(memory.columns == size && hidden.columns == size)
    precondition(rounded.map { $0.columns == size } ?? true)
    unsafe kernels.pointee.rru_forward_outer(
      rows, size, sums.row(0, count: rows), weights.innerBias.row(0), weights.retention.row(0),
      weights.candidateScale.row(0), entering.row(0), candidates.row(row, count: rows),
      memory.row(row + rows, count: rows), hidden.row(row + rows, count: rows),
      bits(rounded, row: row + rows, count: rows))
  }

  /// Takes the gradient back to the second product.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - entering: the memory before the step, [B, H].
  ///   - candidates: as kept by the way forward.
  ///   - hiddenGradient: that of what goes up, [B, H].
  ///   - weights: biases and scales.
  ///   - memoryGradient: that of the memory after the step, [B, H], which becomes the part of that
  ///     before it that passes by the products.
  ///   - sums: receives the gradient of the second product, [B, 2H].
  ///   - gradients: what is added to.
  public static func backwardOuter(
    row: Int, entering: Matrix<Float>, candidates: Matrix<Float>, hiddenGradient: Matrix<Float>,
    weights: Weights, memoryGradient: Matrix<Float>, sums: Matrix<Float>, gradients: Gradients
  ) {
    let (rows, size) = (entering.rows, entering.columns)
    check(weights, size)
    precondition(candidates.columns == size && sums.columns == 2 * size)
    precondition(hiddenGradient.columns == size && memoryGradient.columns == size)
    precondition(gradients.retention.columns == size)
    unsafe kernels.pointee.rru_backward_outer(
      rows, size, entering.row(0), candidates.row(row, count: rows),
      hiddenGradient.row(0, count: rows), weights.retention.row(0),
      weights.candidateScale.row(0), memoryGradient.row(0, count: rows),
      sums.row(0, count: rows), gradients.innerBias.row(0), gradients.retention.row(0),
      gradients.candidateScale.row(0))
  }

  /// Takes the gradient back through the rectifier and the normalisation.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - scales: as kept by the way forward.
  ///   - rectifiedGradient: that of the rectified sums, [B, 4H].
  ///   - gates: the normalised sums, which become the gradients of the sums.
  ///   - rounded: receives those gradients in bfloat16 too.
  ///   - gradients: what is added to.
  public static func backwardInner(
    row: Int, scales: Matrix<Float>, rectifiedGradient: Matrix<Float>, gates: Matrix<Float>,
    rounded: Matrix<BFloat16>?, gradients: Gradients
  ) {
    let (rows, width) = (rectifiedGradient.rows, rectifiedGradient.columns)
    precondition(gates.columns == width && scales.columns == 1)
    precondition(gradients.inputBias.columns == width)
    precondition(rounded.map { $0.columns == width } ?? true)
    unsafe kernels.pointee.rru_backward_inner(
      rows, width, scales.row(row, count: rows), rectifiedGradient.row(0),
      gates.row(row, count: rows), bits(rounded, row: row, count: rows),
      gradients.inputBias.row(0))
  }

  private static func check(_ weights: Weights, _ size: Int) {
    precondition(weights.innerBias.columns == 2 * size && weights.retention.columns == size)
    precondition(weights.candidateScale.columns == size)
  }
}
