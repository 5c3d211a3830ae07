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

/// The type in which a product reads its factors; sums are always kept in `Float`.
public enum ProductElement: String, Hashable, Sendable {
  /// 32-bit floats.
  case float
  /// The upper half of 32-bit floats.
  case bfloat16
  /// Signed bytes: 127ths on the left, 127ths of the largest weight of an output on the right.
  case int8
}
