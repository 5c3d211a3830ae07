import CKernels
import COneDNN

/// How the right factor lies in memory.
enum PackedFormat: Equatable {
  // As oneDNN's kernel for the shape wants it.
  case oneDNN(OneDNNLayout)
  case rowMajor
  case columnMajor
  // 8-bit weights in blocks of outputs, with their scales.
  case int8Blocks
}

/// The right factor of a ``Product``, in the format that its kernel reads fastest: [rows, columns].
///
/// Written by one thread, then read by any number; the owner of the workers sees to the order.
@safe
public final class PackedMatrix<Element: ProductFactor>: @unchecked Sendable {
  /// The rows: the product's inner dimension.
  public let rows: Int
  /// The columns of the product's result.
  public let columns: Int
  let format: PackedFormat
  private let storage: Matrix<UInt8>
  private var reorders: [Bool: OneDNNReorder] = [:]

  init(rows: Int, columns: Int, format: PackedFormat) {
    self.rows = rows
    self.columns = columns
    self.format = format
    var bytes = rows * columns * MemoryLayout<Element>.stride
    switch format {
    case .oneDNN(let layout): bytes = layout.byteCount
    case .int8Blocks: bytes = musegen_int8_bytes(columns, rows)
    case .rowMajor, .columnMajor: break
    }
    storage = Matrix(rows: 1, columns: bytes)
  }

  var base: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(storage.base) }

  /// Packs row-major floats: [rows, columns], or with `transposed` [columns, rows].
  public func pack(_ values: Span<Float>, transposed: Bool) {
    precondition(values.count == rows * columns, "pack: \(values.count) into [\(rows), \(columns)]")
    unsafe values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      switch format {
      case .oneDNN(let layout):
        unsafe reorder(into: layout, transposed: transposed).run(from: start, to: base)
      case .rowMajor:
        unsafe packPlainly(start, from: transposed ? (1, rows) : (columns, 1), to: (columns, 1))
      case .columnMajor:
        unsafe packPlainly(start, from: transposed ? (1, rows) : (columns, 1), to: (1, rows))
      case .int8Blocks:
        let (row, column) = transposed ? (1, rows) : (columns, 1)
        unsafe musegen_int8_pack(columns, rows, start, row, column, base)
      }
    }
  }

  private func reorder(into layout: OneDNNLayout, transposed: Bool) -> OneDNNReorder {
    if let made = reorders[transposed] { return made }
    guard
      let from = OneDNNLayout(rows: rows, columns: columns, type: dnnl_f32, transposed: transposed),
      let made = OneDNNReorder(from: from, to: layout)
    else { preconditionFailure("oneDNN has no reorder into the format of its own product") }
    reorders[transposed] = made
    return made
  }

  // Element (r, c) goes from r * source.0 + c * source.1 to r * target.0 + c * target.1.
  private func packPlainly(
    _ values: UnsafePointer<Float>, from source: (Int, Int), to target: (Int, Int)
  ) {
    let packed = unsafe base.bindMemory(to: Element.self, capacity: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = unsafe values[row * source.0 + column * source.1]
        unsafe packed[row * target.0 + column * target.1] = Element.nearest(value)
      }
    }
  }
}
