import CKernels

/// The element-wise half of a QRNN step with fo-pooling, which is all of it but the input product.
///
/// Gate order is z, f, o. The equations are those of Documentation/LSTM.md.
///
/// - Reference: Bradbury, Merity, Xiong and Socher, "Quasi-Recurrent Neural Networks" (2017).
public enum QRNNGates {
  /// Advances the cell by one step.
  ///
  /// With σ the logistic function: c′ = σ(f)·c + (1 − σ(f))·tanh(z), h′ = σ(o)·c′.
  ///
  /// - Parameters:
  ///   - input: the input product, its bias, resets; `input.input` and `gates` may be the same matrix.
  ///   - cell: the cell state before each step of the window and after the last, [T·B + B, H].
  ///   - gates: receives the activations, [T·B, 3H].
  ///   - hidden: as `cell`, for the hidden state.
  ///   - rounded: receives the hidden state in bfloat16 too.
  public static func forward(
    _ input: CellInput, cell: Matrix<Float>, gates: Matrix<Float>, hidden: Matrix<Float>,
    rounded: Matrix<BFloat16>?
  ) {
    let (rows, row, size) = (input.rows, input.row, input.initial.columns)
    precondition(cell.columns == size && hidden.columns == size && gates.columns == 3 * size)
    precondition(rounded.map { $0.columns == size } ?? true)
    var view = unsafe input.checked(gates: 3, states: 2, readsProduct: false)
    unsafe kernels.pointee.qrnn_forward(
      &view, cell.row(row, count: rows), gates.row(row, count: rows),
      cell.row(row + rows, count: rows), hidden.row(row + rows, count: rows),
      bits(rounded, row: row + rows, count: rows))
  }

  /// Takes the gradient back through one step.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - resets: nonzero where a stream started anew at the step.
  ///   - initial: the states from which streams start, [2, H].
  ///   - cell: as in ``forward(_:cell:gates:hidden:rounded:)``.
  ///   - hiddenGradient: dL/dh′, [B, H].
  ///   - cellGradient: dL/dc′, [B, H], which becomes dL/dc.
  ///   - gates: the activations, which become the gradients of the gates' sums.
  ///   - rounded: receives those gradients in bfloat16 too.
  ///   - bias: receives the sum of those gradients, added to what is there, [1, 3H].
  public static func backward(
    row: Int, resets: Matrix<UInt8>, initial: Matrix<Float>, cell: Matrix<Float>,
    hiddenGradient: Matrix<Float>, cellGradient: Matrix<Float>, gates: Matrix<Float>,
    rounded: Matrix<BFloat16>?, bias: Matrix<Float>
  ) {
    let (rows, size) = (hiddenGradient.rows, initial.columns)
    precondition(cell.columns == size && gates.columns == 3 * size && bias.columns == 3 * size)
    precondition(hiddenGradient.columns == size && cellGradient.columns == size)
    precondition(rounded.map { $0.columns == 3 * size } ?? true && initial.rows == 2)
    unsafe kernels.pointee.qrnn_backward(
      rows, size, resets.row(row, count: rows), initial.row(0), cell.row(row, count: rows),
      cell.row(row + rows, count: rows), hiddenGradient.row(0),
      cellGradient.row(0, count: rows), gates.row(row, count: rows),
      bits(rounded, row: row, count: rows), bias.row(0))
  }

  /// Advances the cell as `forward` does, keeping activations in 16 bits of fixed point.
  ///
  /// Their error is below 2⁻¹⁶, far finer than bfloat16, for which this is meant.
  ///
  /// - Parameters:
  ///   - input: the input product, its bias, resets.
  ///   - cell: the cell state before each step of the window and after the last, [T·B + B, H].
  ///   - activations: receives the activations, [T·B, 3H], in bits that only ``backward16(row:resets:initial:cell:hiddenGradient:cellGradient:activations:bias:)`` reads.
  ///   - hidden: as `cell`, for the hidden state.
  ///   - rounded: receives the hidden state in bfloat16.
  public static func forward16(
    _ input: CellInput, cell: Matrix<Float>, activations: Matrix<BFloat16>,
    hidden: Matrix<Float>, rounded: Matrix<BFloat16>
  ) {
    let (rows, row, size) = (input.rows, input.row, input.initial.columns)
    precondition(cell.columns == size && hidden.columns == size && rounded.columns == size)
    precondition(activations.columns == 3 * size)
    var view = unsafe input.checked(gates: 3, states: 2, readsProduct: false)
    guard let gates = unsafe bits(activations, row: row, count: rows),
      let halves = unsafe bits(rounded, row: row + rows, count: rows)
    else { return }
    unsafe kernels.pointee.qrnn_forward16(
      &view, cell.row(row, count: rows), gates, cell.row(row + rows, count: rows),
      hidden.row(row + rows, count: rows), halves)
  }

  /// Takes the gradient back through one step of `forward16`.
  ///
  /// - Parameters:
  ///   - row: the first row of the step in matrices that span the window.
  ///   - resets: nonzero where a stream started anew at the step.
  ///   - initial: the states from which streams start, [2, H].
  ///   - cell: as in `forward16`.
  ///   - hiddenGradient: dL/dh′, [B, H].
  ///   - cellGradient: dL/dc′, [B, H], which becomes dL/dc.
  ///   - activations: the activations, which become the gradients of the gates' sums.
  ///   - bias: receives the sum of those gradients, added to what is there, [1, 3H].
  public static func backward16(
    row: Int, resets: Matrix<UInt8>, initial: Matrix<Float>, cell: Matrix<Float>,
    hiddenGradient: Matrix<Float>, cellGradient: Matrix<Float>, activations: Matrix<BFloat16>,
    bias: Matrix<Float>
  ) {
    let (rows, size) = (hiddenGradient.rows, initial.columns)
    precondition(cell.columns == size && bias.columns == 3 * size && initial.rows == 2)
    precondition(hiddenGradient.columns == size && cellGradient.columns == size)
    precondition(activations.columns == 3 * size)
    guard let gates = unsafe bits(activations, row: row, count: rows) else { return }
    unsafe kernels.pointee.qrnn_backward16(
      rows, size, resets.row(row, count: rows), initial.row(0), cell.row(row, count: rows),
      cell.row(row + rows, count: rows), hiddenGradient.row(0),
      cellGradient.row(0, count: rows), gates, bias.row(0))
  }
}
