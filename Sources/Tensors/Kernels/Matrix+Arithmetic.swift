import CKernels

extension Matrix where Element == Float {
  /// Adds another matrix of as many elements.
  public func add(_ other: Matrix<Float>) {
    precondition(other.count == count, "add: \(other.count) to \(count)")
    unsafe kernels.pointee.add(count, other.base, base)
  }

  /// Adds rows of another matrix to rows of this one.
  public func add(rows range: Range<Int>, of other: Matrix<Float>, to target: Int) {
    precondition(other.columns == columns && range.lowerBound >= 0)
    unsafe kernels.pointee.add(
      range.count * columns, other.row(range.lowerBound, count: range.count),
      row(target, count: range.count))
  }

  /// Adds a multiple of a row of another matrix to a row of this one.
  public func add(row source: Int, of other: Matrix<Float>, times factor: Float, to target: Int) {
    precondition(other.columns == columns)
    unsafe kernels.pointee.add_scaled(columns, factor, other.row(source), row(target))
  }

  /// Adds elements of another matrix, from places counted in elements.
  public func add(_ other: Matrix<Float>, from source: Int, count: Int, to target: Int) {
    precondition(source >= 0 && source + count <= other.count)
    precondition(target >= 0 && target + count <= self.count)
    unsafe kernels.pointee.add(count, other.base + source, base + target)
  }

  /// Adds elements, from a place counted in elements, to as many numbers.
  public func add(
    from source: Int, to numbers: inout MutableSpan<Float>, at offset: Int, count: Int
  ) {
    precondition(source >= 0 && count >= 0 && source + count <= self.count)
    precondition(offset >= 0 && offset + count <= numbers.count)
    unsafe numbers.withUnsafeMutableBufferPointer { target in
      guard let start = target.baseAddress else { return }
      unsafe kernels.pointee.add(count, base + source, start + offset)
    }
  }

  /// Copies elements, from a place counted in elements, into as many numbers.
  public func copy(
    from source: Int, to numbers: inout MutableSpan<Float>, at offset: Int, count: Int
  ) {
    precondition(source >= 0 && count >= 0 && source + count <= self.count)
    precondition(offset >= 0 && offset + count <= numbers.count)
    unsafe numbers.withUnsafeMutableBufferPointer { target in
      guard let start = target.baseAddress else { return }
      unsafe (start + offset).update(from: base + source, count: count)
    }
  }

  /// Adds the sum of the rows of another matrix, as one row, from a place counted in elements.
  public func addSum(ofRows other: Matrix<Float>, at offset: Int) {
    precondition(offset >= 0 && offset + other.columns <= count)
    unsafe kernels.pointee.add_rows(other.rows, other.columns, other.base, base + offset)
  }

  /// Adds one row to every row.
  public func addToRows(_ row: Matrix<Float>) {
    precondition(row.rows == 1 && row.columns == columns)
    for index in 0..<rows { unsafe kernels.pointee.add(columns, row.base, base + index * columns) }
  }

  /// Writes sums of a table's rows: row r of the range becomes the sum of those that row r of each
  /// index names, each times its index' factor; −1 names none, but in the first, whose factor is 1.
  public func gather(
    _ table: Matrix<Float>, index: [Matrix<Int32>], factors: [Float], rows range: Range<Int>,
    to target: Int
  ) {
    precondition(factors.count == index.count, "\(factors.count) factors of \(index.count)")
    precondition(!index.isEmpty && table.columns == columns)
    for (offset, row) in range.enumerated() {
      copyRow(Int(index[0][row, 0]), of: table, to: target + offset)
      for place in 1..<index.count {
        let named = Int(index[place][row, 0])
        if named < 0 { continue }
        add(row: named, of: table, times: factors[place], to: target + offset)
      }
    }
  }

  /// Adds row r of another matrix times a factor to row `index[r]` of this one; to none where that is −1.
  public func scatter(_ other: Matrix<Float>, rows count: Int, index: Matrix<Int32>, factor: Float)
  {
    precondition(other.columns == columns && index.columns == 1)
    for row in 0..<count {
      precondition(index[row, 0] >= -1 && index[row, 0] < rows, "row \(index[row, 0]) of \(rows)")
    }
    unsafe kernels.pointee.scatter_rows(
      count, columns, other.row(0, count: count), index.row(0, count: count), factor, base)
  }

  /// Adds row r of a matrix of bfloat16 times a factor to row `index[r]` of this one; to none where that is −1.
  public func scatter(
    _ other: Matrix<BFloat16>, rows count: Int, index: Matrix<Int32>, factor: Float
  ) {
    precondition(other.columns == columns && index.columns == 1)
    for row in 0..<count {
      precondition(index[row, 0] >= -1 && index[row, 0] < rows, "row \(index[row, 0]) of \(rows)")
    }
    guard let from = unsafe bits(other, row: 0, count: count) else { return }
    unsafe kernels.pointee.scatter_rows16(
      count, columns, from, index.row(0, count: count), factor, base)
  }

  /// Writes rows, rounded, into another matrix.
  public func round(rows range: Range<Int>, into other: Matrix<BFloat16>, row target: Int) {
    precondition(other.columns == columns)
    guard let to = unsafe bits(other, row: target, count: range.count) else { return }
    unsafe kernels.pointee.round16(
      range.count * columns, row(range.lowerBound, count: range.count), to)
  }

  /// Writes rows, rounded to 127ths, into another matrix; beyond -1 and 1 as these.
  public func round(rows range: Range<Int>, into other: Matrix<Int8>, row target: Int) {
    precondition(other.columns == columns)
    unsafe kernels.pointee.round8(
      range.count * columns, row(range.lowerBound, count: range.count),
      other.row(target, count: range.count))
  }

  /// The sum of the squares of all elements, in double precision.
  public var sumOfSquares: Double { unsafe kernels.pointee.sum_of_squares(count, base) }

  /// Scales a row so that its norm is at most a limit.
  public func limitNorm(ofRow row: Int, to limit: Float) {
    let norm = Float(sumOfSquares(rows: row..<row + 1).squareRoot())
    guard norm > limit else { return }
    for column in 0..<columns { self[row, column] *= limit / norm }
  }

  /// The sum of the squares of rows, in double precision.
  public func sumOfSquares(rows range: Range<Int>) -> Double {
    unsafe kernels.pointee.sum_of_squares(
      range.count * columns, row(range.lowerBound, count: range.count))
  }

  /// Scales rows, each by its element of a column.
  public func scale(rows range: Range<Int>, by factors: Matrix<Float>) {
    precondition(factors.columns == 1)
    for row in range {
      let factor = factors[row, 0]
      for column in 0..<columns { self[row, column] *= factor }
    }
  }

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
