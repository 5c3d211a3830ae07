import COneDNN

/// A oneDNN matmul primitive with what it needs to run on one thread.
@safe
final class OneDNNProduct {
  let rightLayout: OneDNNLayout
  private let primitive: dnnl_primitive_t
  private let stream: dnnl_stream_t
  private let left: OneDNNMemory
  private let right: OneDNNMemory
  private let result: OneDNNMemory
  private let scratchpad: OneDNNMemory
  private let scratch: Matrix<UInt8>

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
      let scratchLayout = unsafe OneDNNLayout(
        musegen_query_layout(description, dnnl_query_scratchpad_md)),
      let left = OneDNNMemory(leftLayout, engine: engine),
      let right = OneDNNMemory(rightLayout, engine: engine),
      let result = OneDNNMemory(resultLayout, engine: engine),
      let scratchpad = OneDNNMemory(scratchLayout, engine: engine)
    else { return nil }
    var stream: dnnl_stream_t?
    guard
      unsafe dnnl_stream_create(&stream, engine.handle, dnnl_stream_default_flags.rawValue)
        == dnnl_success, let stream = unsafe stream
    else { return nil }
    guard let primitive = unsafe musegen_primitive_create(description) else {
      unsafe dnnl_stream_destroy(stream)
      return nil
    }
    unsafe self.primitive = primitive
    unsafe self.stream = stream
    self.rightLayout = rightLayout
    self.left = left
    self.right = right
    self.result = result
    self.scratchpad = scratchpad
    scratch = Matrix(rows: 1, columns: scratchLayout.byteCount)
    unsafe scratchpad.point(to: scratch.base)
  }

  deinit {
    unsafe dnnl_primitive_destroy(primitive)
    unsafe dnnl_stream_destroy(stream)
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
      primitive, stream, left.handle, right.handle, result.handle, scratchpad.handle)
    precondition(done != 0, "oneDNN did not run a product that it had made")
  }
}
