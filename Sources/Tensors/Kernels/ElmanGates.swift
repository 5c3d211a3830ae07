import CKernels

/// The element-wise half of a vanilla recurrent step: h′ = φ(x + r), φ being tanh or max(0, ·).
///
/// - Reference: Elman, "Finding Structure in Time" (1990).
public enum ElmanGates {
  /// Advances the cell by one step.
  ///
  /// - Parameters:
  ///   - input: products, biases, resets; `input.input` and `gates` may be the same matrix.
  ///   - isRectified: whether φ is max(0, ·).
  ///   - gates: receives the activations, [T·B, H].
  ///   - hidden: the hidden state before each step and after the last, [T·B + B, H].
  ///   - rounded: receives the hidden state in bfloat16 too.
  public static func forward(
    _ input: CellInput, isRectified: Bool, gates: Matrix<Float>, hidden: Matrix<Float>,
    rounded: Matrix<BFloat16>?
  ) {
    let (rows, row, size) = (input.rows, input.row, input.initial.columns)
    precondition(hidden.columns == size && gates.columns == size)
    precondition(rounded.map { $0.columns == size } ?? true)
    var view = unsafe input.checked(gates: 1)
    unsafe kernels.pointee.elman_forward(
      &view, isRectified ? 1 : 0, gates.row(row, count: rows),
      hidden.row(row + rows, count: rows), bits(rounded, row: row + rows, count: rows))
  }

  /// Takes the gradient back through one step.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - isRectified: whether φ is max(0, ·).
  ///   - hiddenGradient: dL/dh′, [B, H].
  ///   - gates: the activations, which become the gradients of the sums.
  ///   - rounded: receives those gradients in bfloat16 too.
  ///   - bias: receives the sum of those gradients, added to what is there, [1, H].
  public static func backward(
    row: Int, isRectified: Bool, hiddenGradient: Matrix<Float>, gates: Matrix<Float>,
    rounded: Matrix<BFloat16>?, bias: Matrix<Float>
  ) {
    let (rows, size) = (hiddenGradient.rows, hiddenGradient.columns)
    precondition(gates.columns == size && bias.columns == size)
    precondition(rounded.map { $0.columns == size } ?? true)
    unsafe kernels.pointee.elman_backward(
      rows, size, isRectified ? 1 : 0, hiddenGradient.row(0), gates.row(row, count: rows),
      bits(rounded, row: row, count: rows), bias.row(0))
  }
}
