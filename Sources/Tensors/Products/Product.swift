import CKernels
import COneDNN

/// A matrix product of fixed shape, ready to run: C = A·B with B packed or plain.
///
/// oneDNN does it single-threaded on the calling thread; where oneDNN has no kernel, or
/// `MUSEGEN_ISA=portable` is set, plain loops do. An object is used by one thread at a time.
@safe
public final class Product<Element: ProductFactor> {
  /// The shape.
  public let shape: ProductShape
  private let method: Method

  // How it is done.
  private enum Method {
    case oneDNN(OneDNNProduct)
    // A few rows of A: the reading of B is all that counts.
    case fewRows
    case int8
    case plain
  }

  /// Creates a product.
  ///
  /// - Parameters:
  ///   - shape: the shape.
  ///   - packsRight: whether B comes as a ``PackedMatrix`` made by ``packedRight()``.
  public init(_ shape: ProductShape, packsRight: Bool) {
    self.shape = shape
    self.packsRight = packsRight
    // The number of threads is settled when the primitive is made, not when it runs.
    let before = musegen_set_openmp_threads(1)
    defer { if before > 0 { _ = musegen_set_openmp_threads(before) } }
    if Element.productElement == .int8 {
      precondition(
        packsRight && !shape.isLeftTransposed && !shape.accumulates,
        "products of bytes read a packed right factor, and nothing else")
      method = .int8
    } else if packsRight && shape.rows <= MUSEGEN_FEW_ROWS && !shape.isLeftTransposed
      && !shape.accumulates
    {
      method = .fewRows
    } else if !InstructionSet.isPortable,
      let primitive = OneDNNProduct(shape, type: Element.oneDNNType, packsRight: packsRight)
    {
      method = .oneDNN(primitive)
    } else {
      method = .plain
    }
  }

  /// Creates a product that reads what another product's ``packedRight()`` holds.
  ///
  /// Nil where no kernel for the shape reads that format.
  public init?(_ shape: ProductShape, packedLike other: Product) {
    guard case .oneDNN(let model) = other.method else { return nil }
    let before = musegen_set_openmp_threads(1)
    defer { if before > 0 { _ = musegen_set_openmp_threads(before) } }
    guard
      let primitive = OneDNNProduct(
        shape, type: Element.oneDNNType, packsRight: true, format: model.rightLayout)
    else { return nil }
    self.shape = shape
    packsRight = true
    method = .oneDNN(primitive)
  }

  /// Whether B must be packed.
  public let packsRight: Bool

  /// Makes room for a right factor in the format that this product wants.
  public func packedRight() -> PackedMatrix<Element> {
    PackedMatrix(rows: shape.inner, columns: shape.columns, format: format)
  }

  private var format: PackedFormat {
    switch method {
    case .oneDNN(let primitive): .oneDNN(primitive.rightLayout)
    case .fewRows: .columnMajor
    case .int8: .int8Blocks
    case .plain: .rowMajor
    }
  }

  /// Multiplies by a packed right factor.
  public func multiply(
    _ left: Matrix<Element>, row: Int = 0, by right: PackedMatrix<Element>,
    into result: Matrix<Float>, row resultRow: Int = 0
  ) {
    precondition(packsRight, "the right factor of this product is plain")
    precondition(right.rows == shape.inner && right.columns == shape.columns)
    precondition(right.format == format, "a right factor in another product's format")
    precondition(result.columns == shape.columns, "product: \(result.columns) columns")
    unsafe run(
      checked(left, row: row), right.base, result.row(resultRow, count: shape.rows))
  }

  /// Multiplies by a plain right factor, [inner, columns], into a place counted in elements.
  public func multiply(
    _ left: Matrix<Element>, row: Int = 0, by right: Matrix<Element>, rightRow: Int = 0,
    into result: Matrix<Float>, offset: Int = 0
  ) {
    precondition(!packsRight, "the right factor of this product is packed")
    precondition(right.columns == shape.columns, "product: \(right.columns) columns")
    precondition(offset >= 0 && offset + shape.rows * shape.columns <= result.count)
    unsafe run(
      checked(left, row: row), UnsafeMutableRawPointer(right.row(rightRow, count: shape.inner)),
      result.base + offset)
  }

  private func checked(_ left: Matrix<Element>, row: Int) -> UnsafeMutablePointer<Element> {
    let (rows, columns) =
      shape.isLeftTransposed ? (shape.inner, shape.rows) : (shape.rows, shape.inner)
    precondition(left.columns == columns, "product: [\(left.columns)] by \(shape)")
    return unsafe left.row(row, count: rows)
  }

  private func run(
    _ left: UnsafeMutablePointer<Element>, _ right: UnsafeMutableRawPointer,
    _ result: UnsafeMutablePointer<Float>
  ) {
    switch method {
    case .oneDNN(let primitive):
      unsafe primitive.run(left: left, right: right, result: result)
    case .fewRows:
      unsafe Element.fewRows(shape, left, right, result)
    case .int8:
      unsafe kernels.pointee.int8_product(
        shape.rows, shape.columns, shape.inner,
        UnsafeRawPointer(left).assumingMemoryBound(to: Int8.self), right, result)
    case .plain:
      unsafe Element.portableProduct(
        shape, left, right.assumingMemoryBound(to: Element.self), result)
    }
  }
}

/// A matrix product C = A·B, or C += A·B: A is [rows, inner], B [inner, columns].
public struct ProductShape: Hashable, Sendable {
  /// The rows of A and C.
  public var rows: Int
  /// The columns of B and C.
  public var columns: Int
  /// The columns of A, and rows of B.
  public var inner: Int
  /// Whether A lies in memory as its transpose, [inner, rows].
  public var isLeftTransposed: Bool
  /// Whether the product is added to C.
  public var accumulates: Bool

  /// Creates a shape.
  public init(
    rows: Int, columns: Int, inner: Int, isLeftTransposed: Bool = false, accumulates: Bool = false
  ) {
    precondition(rows > 0 && columns > 0 && inner > 0, "product: [\(rows), \(inner)]·[\(columns)]")
    self.rows = rows
    self.columns = columns
    self.inner = inner
    self.isLeftTransposed = isLeftTransposed
    self.accumulates = accumulates
  }

  /// The floating-point operations of one product.
  public var operations: Double { 2 * Double(rows) * Double(columns) * Double(inner) }
}
