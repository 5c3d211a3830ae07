import COneDNN

/// A oneDNN matmul primitive with what it needs to run on one thread.
@safe
final class OneDNNProduct {
  let rightLayout: OneDNNLayout
  private let primitive: OneDNNPrimitive
  private let left: OneDNNMemory
  private let right: OneDNNMemory
  private let result: OneDNNMemory

  // Nil where oneDNN has no kernel for the shape, or none that reads the format given.
  init?(
    _ shape: ProductShape, type: dnnl_data_type_t, packsRight: Bool, format: OneDNNLayout? = nil
  ) {
    guard let engine = OneDNNEngine.shared,
      let leftLayout = OneDNNLayout(
        rows: shape.rows, columns: shape.inner, type: type, transposed: shape.isLeftTransposed),
      let wanted = format
        ?? (packsRight
          ? OneDNNLayout.any(rows: shape.inner, columns: shape.columns, type: type)
          : OneDNNLayout(rows: shape.inner, columns: shape.columns, type: type)),
      let resultLayout = OneDNNLayout(rows: shape.rows, columns: shape.columns, type: dnnl_f32),
      let description = unsafe musegen_product_description(
        engine.handle, leftLayout.handle, wanted.handle, resultLayout.handle,
        shape.accumulates ? 1 : 0)
    else { return nil }
    defer { unsafe dnnl_primitive_desc_destroy(description) }

    guard
      let rightLayout = unsafe OneDNNLayout(
        musegen_query_layout(description, dnnl_query_weights_md)),
      let left = OneDNNMemory(leftLayout, engine: engine),
      let right = OneDNNMemory(rightLayout, engine: engine),
      let result = OneDNNMemory(resultLayout, engine: engine),
      let primitive = unsafe OneDNNPrimitive(description, engine: engine)
    else { return nil }
    self.primitive = primitive
    self.rightLayout = rightLayout
    self.left = left
    self.right = right
    self.result = result
  }

  // The addresses hold what the layouts say; Product has checked the sizes.
  func run(
    left leftAddress: UnsafeMutableRawPointer, right rightAddress: UnsafeMutableRawPointer,
    result resultAddress: UnsafeMutableRawPointer
  ) {
    unsafe left.point(to: leftAddress)
    unsafe right.point(to: rightAddress)
    unsafe result.point(to: resultAddress)
    let done = unsafe musegen_execute_product(
      primitive.handle, primitive.stream, left.handle, right.handle, result.handle,
      primitive.scratchpad.handle)
    precondition(done != 0, "oneDNN did not run a product that it had made")
  }
}
