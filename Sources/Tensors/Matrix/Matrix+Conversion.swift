extension Matrix where Element == Float {
  /// Writes rows into a matrix of factors: copied as floats, or rounded to
  /// bfloat16 or to 127ths.
  public func convert<Factor: ProductFactor>(
    rows range: Range<Int>, into other: Matrix<Factor>, row target: Int
  ) {
    if let floats = other as? Matrix<Float> {
      if floats === self && range.lowerBound == target { return }
      floats.copyRows(range, of: self, to: target)
    } else if let halves = other as? Matrix<BFloat16> {
      round(rows: range, into: halves, row: target)
    } else if let bytes = other as? Matrix<Int8> {
      round(rows: range, into: bytes, row: target)
    }
  }

  /// This matrix where factors are floats; else a new one of the same shape.
  ///
  /// Kernels write a hidden state once as floats and, where ``rounded`` of the result is not nil,
  /// once more rounded: what products read is then always up to date.
  public func factors<Factor: ProductFactor>(as type: Factor.Type) -> Matrix<Factor> {
    self as? Matrix<Factor> ?? Matrix<Factor>(rows: rows, columns: columns)
  }
}

extension Matrix {
  /// This matrix where it holds bfloat16.
  public var rounded: Matrix<BFloat16>? { self as? Matrix<BFloat16> }
}
