/// What a ``Matrix`` may hold: plain bits that start out as zero.
public protocol MatrixElement: BitwiseCopyable, Sendable {}

extension Float: MatrixElement {}
extension BFloat16: MatrixElement {}
extension Int32: MatrixElement {}
extension UInt8: MatrixElement {}
extension Int8: MatrixElement {}

/// A dense row-major matrix at a fixed, aligned address: [rows, columns].
///
/// It is made once and written many times; kernels and oneDNN read it in place. A class, because
/// its address must not move; not `Sendable`: one worker owns it at a time.
@safe
public final class Matrix<Element: MatrixElement> {
  /// The number of rows.
  public let rows: Int
  /// The number of elements of a row.
  public let columns: Int
  // rows * columns elements, allocated by init, freed by deinit.
  let base: UnsafeMutablePointer<Element>

  /// Creates a matrix of zeros.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "matrix: [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    let bytes = max(1, rows * columns) * MemoryLayout<Element>.stride
    // A cache line, which is also the widest vector.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    unsafe base = memory.bindMemory(to: Element.self, capacity: max(1, rows * columns))
  }

  deinit { unsafe base.deallocate() }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// One element.
  public subscript(row: Int, column: Int) -> Element {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return unsafe base[row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      unsafe base[row * columns + column] = newValue
    }
  }

  /// A copy of all elements, row after row.
  public var elements: [Element] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Sets every element of some rows.
  public func fill(_ value: Element, rows range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    unsafe (base + range.lowerBound * columns).update(
      repeating: value, count: range.count * columns)
  }

  /// Copies elements in, from a place counted in elements.
  public func copy(_ values: Span<Element>, at offset: Int = 0) {
    precondition(offset >= 0 && offset + values.count <= count)
    unsafe values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + offset).update(from: start, count: source.count)
    }
  }

  /// Copies elements out, from a place counted in elements, into a part of an array.
  public func copy(from offset: Int = 0, into values: inout [Element], range: Range<Int>) {
    precondition(offset >= 0 && offset + range.count <= count)
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count)
    unsafe values.withUnsafeMutableBufferPointer { target in
      guard let start = target.baseAddress else { return }
      unsafe (start + range.lowerBound).update(from: base + offset, count: range.count)
    }
  }

  /// Copies one row of another matrix, or of this one.
  public func copyRow(_ source: Int, of other: Matrix, to target: Int) {
    precondition(source >= 0 && source < other.rows && target >= 0 && target < rows)
    precondition(columns == other.columns, "copy: \(other.columns) columns into \(columns)")
    unsafe (base + target * columns).update(from: other.base + source * columns, count: columns)
  }

  /// Copies rows of another matrix, or later rows of this one.
  public func copyRows(_ source: Range<Int>, of other: Matrix, to target: Int) {
    precondition(source.lowerBound >= 0 && source.upperBound <= other.rows)
    precondition(target >= 0 && target + source.count <= rows && columns == other.columns)
    unsafe (base + target * columns).update(
      from: other.base + source.lowerBound * columns, count: source.count * columns)
  }

  /// Copies rows of a narrower matrix into some columns of rows of this one.
  public func copyColumns(of other: Matrix, rows range: Range<Int>, to row: Int, column: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.rows)
    precondition(row >= 0 && row + range.count <= rows)
    precondition(column >= 0 && column + other.columns <= columns)
    for index in 0..<range.count {
      unsafe (base + (row + index) * columns + column).update(
        from: other.base + (range.lowerBound + index) * other.columns, count: other.columns)
    }
  }

  /// Copies some columns of rows into a matrix as narrow as that.
  public func copyColumns(
    from column: Int, rows range: Range<Int>, into other: Matrix, row: Int
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    precondition(row >= 0 && row + range.count <= other.rows)
    precondition(column >= 0 && column + other.columns <= columns)
    for index in 0..<range.count {
      unsafe (other.base + (row + index) * other.columns).update(
        from: base + (range.lowerBound + index) * columns + column, count: other.columns)
    }
  }

  // The address of a row, checked with the rows that will be touched from there.
  func row(_ row: Int, count: Int = 1) -> UnsafeMutablePointer<Element> {
    precondition(row >= 0 && count >= 0 && row + count <= rows, "rows \(row)+\(count) of \(rows)")
    return unsafe base + row * columns
  }
}

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
