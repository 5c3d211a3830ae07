import CKernels

/// The element-wise half of a GRU step, fused.
///
/// Gate order is r, z, n, as in `torch.nn.GRU`: with σ the logistic function and q the recurrent
/// part of n, n = tanh(x_n + σ(r)·q) and h′ = (1 − σ(z))·n + σ(z)·h.
///
/// - Reference: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder" (2014).
public enum GRUGates {
  /// Advances the cell by one step.
  ///
  /// - Parameters:
  ///   - input: products, biases, resets; `input.input` and `gates` may be the same matrix.
  ///   - gates: receives the activations, [T·B, 3H].
  ///   - candidate: receives q, [T·B, H].
  ///   - hidden: the hidden state before each step and after the last, [T·B + B, H].
  ///   - rounded: receives the hidden state in bfloat16 too.
  public static func forward(
    _ input: CellInput, gates: Matrix<Float>, candidate: Matrix<Float>, hidden: Matrix<Float>,
    rounded: Matrix<BFloat16>?
  ) {
    let (rows, row, size) = (input.rows, input.row, input.initial.columns)
    precondition(candidate.columns == size && hidden.columns == size && gates.columns == 3 * size)
    precondition(rounded.map { $0.columns == size } ?? true)
    var view = unsafe input.checked(gates: 3)
    unsafe kernels.pointee.gru_forward(
      &view, hidden.row(row, count: rows), gates.row(row, count: rows),
      candidate.row(row, count: rows), hidden.row(row + rows, count: rows),
      bits(rounded, row: row + rows, count: rows))
  }

  /// Takes the gradient back through one step.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - resets: nonzero where a stream started anew at the step.
  ///   - initial: the states from which streams start, [2, H].
  ///   - hidden: as in ``forward(_:gates:candidate:hidden:rounded:)``.
  ///   - candidate: as in ``forward(_:gates:candidate:hidden:rounded:)``.
  ///   - hiddenGradient: dL/dh′, [B, H], which becomes its part that passes by the products.
  ///   - gates: the activations, which become the gradients of the input product.
  ///   - recurrent: receives the gradients of the recurrent product, [T·B, 3H].
  ///   - roundedGates: receives the former in bfloat16 too.
  ///   - roundedRecurrent: receives the latter in bfloat16 too.
  ///   - inputBias: receives the sum of the former, added to what is there, [1, 3H].
  ///   - recurrentBias: receives the sum of the latter, added to what is there, [1, 3H].
  public static func backward(
    row: Int, resets: Matrix<UInt8>, initial: Matrix<Float>, hidden: Matrix<Float>,
    candidate: Matrix<Float>, hiddenGradient: Matrix<Float>, gates: Matrix<Float>,
    recurrent: Matrix<Float>, roundedGates: Matrix<BFloat16>?,
    roundedRecurrent: Matrix<BFloat16>?, inputBias: Matrix<Float>, recurrentBias: Matrix<Float>
  ) {
    let (rows, size) = (hiddenGradient.rows, initial.columns)
    precondition(hidden.columns == size && candidate.columns == size)
    precondition(gates.columns == 3 * size && recurrent.columns == 3 * size)
    precondition(inputBias.columns == 3 * size && recurrentBias.columns == 3 * size)
    precondition(hiddenGradient.columns == size)
    precondition(roundedGates.map { $0.columns == 3 * size } ?? true)
    precondition(roundedRecurrent.map { $0.columns == 3 * size } ?? true)
    unsafe kernels.pointee.gru_backward(
      rows, size, resets.row(row, count: rows), initial.row(0), hidden.row(row, count: rows),
      candidate.row(row, count: rows), hiddenGradient.row(0), gates.row(row, count: rows),
      recurrent.row(row, count: rows), bits(roundedGates, row: row, count: rows),
      bits(roundedRecurrent, row: row, count: rows), inputBias.row(0), recurrentBias.row(0))
  }
}
