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

  /// Writes rows through inverted dropout into another matrix, or in place.
  ///
  /// Element j of row r survives by a hash of (seed, key + r, j), so the backward pass need not
  /// keep the mask, and it depends neither on shards nor on threads.
  ///
  /// - Parameters:
  ///   - range: the rows.
  ///   - other: receives the rows; may be this matrix.
  ///   - target: the first row there.
  ///   - rounded: receives the same in bfloat16 too.
  ///   - rate: the share of elements that become zero, [0, 1).
  ///   - seed: chooses the mask.
  ///   - key: the name of the first row in the mask.
  public func dropout(
    rows range: Range<Int>, into other: Matrix<Float>, row target: Int,
    rounded: Matrix<BFloat16>?, rate: Float, seed: UInt64, key: Int
  ) {
    precondition(other.columns == columns && rate >= 0 && rate < 1)
    precondition(rounded.map { $0.columns == columns } ?? true)
    unsafe kernels.pointee.dropout(
      range.count, columns, row(range.lowerBound, count: range.count),
      other.row(target, count: range.count), bits(rounded, row: target, count: range.count),
      rate, seed, key)
  }
}

/// Softmax and negative log-likelihood in one pass over rows of logits.
public enum CrossEntropy {
  /// Adds the bias, takes each row's loss in nats, and replaces the logits.
  ///
  /// - Parameters:
  ///   - logits: [rows, V]; become their gradient times `scale`, or with a `scale` of 0 the
  ///     log-probabilities.
  ///   - bias: [1, V].
  ///   - targets: [rows, 1]; a row whose target is negative has no loss and no gradient.
  ///   - scale: the weight of one row's loss in the whole.
  ///   - smoothing: the share of the target's weight that is spread over all V.
  ///   - losses: receives the losses, [rows, 1].
  public static func evaluate(
    logits: Matrix<Float>, bias: Matrix<Float>, targets: Matrix<Int32>, scale: Float,
    smoothing: Float = 0, losses: Matrix<Float>
  ) {
    precondition(bias.columns == logits.columns && targets.columns == 1 && losses.columns == 1)
    for row in 0..<logits.rows {
      precondition(targets[row, 0] < logits.columns, "target \(targets[row, 0])")
    }
    unsafe kernels.pointee.cross_entropy(
      logits.rows, logits.columns, logits.row(0), bias.row(0),
      targets.row(0, count: logits.rows), scale, smoothing, losses.row(0, count: logits.rows))
  }
}
