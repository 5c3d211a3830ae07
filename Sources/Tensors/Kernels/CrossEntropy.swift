import CKernels

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
