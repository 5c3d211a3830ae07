import CKernels

extension Matrix where Element == Float {
  /// Makes the rows orthogonal and of length 1, by the modified Gram–Schmidt process.
  ///
  /// - Complexity: 2 · rows² · columns floating-point operations.
  public func orthogonalizeRows() {
    precondition(rows <= columns, "orthogonal rows of [\(rows), \(columns)]")
    for row in 0..<rows {
      let length = sumOfSquares(rows: row..<row + 1).squareRoot()
      let scale = Float(1 / max(length, 1e-30))
      let here = unsafe base + row * columns
      for column in 0..<columns { unsafe here[column] *= scale }
      // The later rows lose their part along this one: their products with it, then the rest.
      guard row + 1 < rows else { return }
      let products = Matrix<Float>(rows: 1, columns: rows)
      unsafe kernels.pointee.few_rows(
        1, rows - row - 1, columns, here, here + columns, products.base + row + 1)
      for other in row + 1..<rows {
        unsafe kernels.pointee.add_scaled(
          columns, -products.base[other], here, base + other * columns)
      }
    }
  }
}
