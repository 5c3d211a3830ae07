import CKernels
import COneDNN

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

/// The type in which a product reads its factors; sums are always kept in `Float`.
public enum ProductElement: String, Hashable, Sendable {
  /// 32-bit floats.
  case float
  /// The upper half of 32-bit floats.
  case bfloat16
  /// Signed bytes: 127ths on the left, 127ths of the largest weight of an output on the right.
  case int8
}

/// The upper half of a `Float`: its sign and exponent, and 7 bits of its significand.
@frozen
public struct BFloat16: Hashable, Sendable, BitwiseCopyable {
  /// The upper 16 bits of the float.
  public var bitPattern: UInt16

  /// Creates the nearest value to a float, ties to even.
  public init(_ value: Float) {
    guard !value.isNaN else {
      bitPattern = 0x7FC0
      return
    }
    let bits = value.bitPattern
    bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}

extension Float {
  /// Creates the float that a bfloat16 stands for: every one is exact.
  public init(_ value: BFloat16) {
    self = Float(bitPattern: UInt32(value.bitPattern) << 16)
  }
}
