import CKernels

extension Matrix where Element == Float {
  /// Normalises rows to mean 0 and variance 1, then scales and shifts them, in place.
  ///
  /// - Parameters:
  ///   - range: the rows.
  ///   - gain: the factors, [1, columns].
  ///   - bias: the shifts, [1, columns].
  ///   - normalized: keeps the rows before scaling, for the backward pass.
  ///   - deviations: keeps each row's reciprocal standard deviation, [rows, 1].
  /// - Reference: Ba, Kiros and Hinton, "Layer Normalization" (2016).
  public func normalize(
    rows range: Range<Int>, gain: Matrix<Float>, bias: Matrix<Float>, normalized: Matrix<Float>,
    deviations: Matrix<Float>
  ) {
    precondition(gain.columns == columns && bias.columns == columns)
    precondition(normalized.columns == columns && deviations.columns == 1)
    let (start, count) = (range.lowerBound, range.count)
    unsafe kernels.pointee.normalize(
      count, columns, row(start, count: count), gain.row(0), bias.row(0),
      normalized.row(start, count: count), deviations.row(start, count: count),
      row(start, count: count))
  }

  /// Turns rows of gradients of the result into gradients of the input, in place.
  ///
  /// - Parameters:
  ///   - range: the rows.
  ///   - normalized: as kept by ``normalize(rows:gain:bias:normalized:deviations:)``.
  ///   - deviations: as kept by it.
  ///   - gain: the factors, [1, columns].
  ///   - gainGradient: receives the gradient of the factors, added to what is there.
  ///   - biasGradient: receives the gradient of the shifts, added to what is there.
  public func normalizeBackward(
    rows range: Range<Int>, normalized: Matrix<Float>, deviations: Matrix<Float>,
    gain: Matrix<Float>, gainGradient: Matrix<Float>, biasGradient: Matrix<Float>
  ) {
    precondition(gain.columns == columns && normalized.columns == columns)
    precondition(gainGradient.columns == columns && biasGradient.columns == columns)
    let (start, count) = (range.lowerBound, range.count)
    unsafe kernels.pointee.normalize_backward(
      count, columns, normalized.row(start, count: count), deviations.row(start, count: count),
      gain.row(0), row(start, count: count), gainGradient.row(0), biasGradient.row(0))
  }
}
