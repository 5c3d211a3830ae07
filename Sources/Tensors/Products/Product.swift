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

/// What a product may multiply: `Float`, ``BFloat16`` or `Int8`.
public protocol ProductFactor: MatrixElement {
  /// The type by name.
  static var productElement: ProductElement { get }
  /// The nearest value to a float.
  static func nearest(_ value: Float) -> Self
}

extension Float: ProductFactor {
  /// Float.
  public static var productElement: ProductElement { .float }
  /// The float itself.
  public static func nearest(_ value: Float) -> Float { value }
}

extension BFloat16: ProductFactor {
  /// Bfloat16.
  public static var productElement: ProductElement { .bfloat16 }
  /// The float rounded.
  public static func nearest(_ value: Float) -> BFloat16 { BFloat16(value) }
}

extension Int8: ProductFactor {
  /// Bytes.
  public static var productElement: ProductElement { .int8 }
  /// The nearest 127th, as their number; beyond -1 and 1 these.
  public static func nearest(_ value: Float) -> Int8 {
    // NaN fails the comparison, as in the kernel.
    let nearest = (Swift.min(value > -1 ? value : -1, 1) * 127).rounded(.toNearestOrEven)
    return Int8(nearest)
  }
}

extension ProductFactor {
  static var oneDNNType: dnnl_data_type_t {
    switch productElement {
    case .float: dnnl_f32
    case .bfloat16: dnnl_bf16
    case .int8: dnnl_s8
    }
  }

  static func fewRows(
    _ shape: ProductShape, _ left: UnsafePointer<Self>, _ right: UnsafeMutableRawPointer,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let (m, n, k) = (shape.rows, shape.columns, shape.inner)
    let left = unsafe UnsafeRawPointer(left)
    if productElement == .float {
      unsafe kernels.pointee.few_rows(
        m, n, k, left.assumingMemoryBound(to: Float.self),
        right.assumingMemoryBound(to: Float.self), result)
    } else {
      unsafe kernels.pointee.few_rows16(
        m, n, k, left.assumingMemoryBound(to: UInt16.self),
        right.assumingMemoryBound(to: UInt16.self), result)
    }
  }

  // The plain loops, on floats: bfloat16 factors are widened first, which is exact.
  static func portableProduct(
    _ shape: ProductShape, _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let (rowStride, columnStride) =
      shape.isLeftTransposed ? (1, shape.rows) : (shape.inner, 1)
    func multiply(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) {
      unsafe kernels.pointee.product(
        shape.rows, shape.columns, shape.inner, a, rowStride, columnStride, b, result,
        shape.accumulates ? 1 : 0)
    }
    if productElement == .float {
      unsafe left.withMemoryRebound(to: Float.self, capacity: shape.rows * shape.inner) { a in
        unsafe right.withMemoryRebound(to: Float.self, capacity: shape.inner * shape.columns) {
          unsafe multiply(a, $0)
        }
      }
    } else {
      let a = unsafe widened(left, count: shape.rows * shape.inner)
      let b = unsafe widened(right, count: shape.inner * shape.columns)
      unsafe multiply(a.base, b.base)
    }
  }

  private static func widened(_ values: UnsafePointer<Self>, count: Int) -> Matrix<Float> {
    let result = Matrix<Float>(rows: 1, columns: count)
    unsafe values.withMemoryRebound(to: BFloat16.self, capacity: count) { values in
      for index in 0..<count { unsafe result.base[index] = Float(values[index]) }
    }
    return result
  }
}
