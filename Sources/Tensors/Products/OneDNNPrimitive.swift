import COneDNN

/// A primitive with the stream and the scratchpad that it runs in, owned.
@safe
final class OneDNNPrimitive {
  let handle: dnnl_primitive_t
  let stream: dnnl_stream_t
  let scratchpad: OneDNNMemory
  // What the scratchpad points to; as long as its layout says.
  private let scratch: Matrix<UInt8>

  // The description stays the caller's.
  init?(_ description: dnnl_primitive_desc_t, engine: OneDNNEngine) {
    guard
      let layout = unsafe OneDNNLayout(
        musegen_query_layout(description, dnnl_query_scratchpad_md)),
      let scratchpad = OneDNNMemory(layout, engine: engine)
    else { return nil }
    var stream: dnnl_stream_t?
    guard
      unsafe dnnl_stream_create(&stream, engine.handle, dnnl_stream_default_flags.rawValue)
        == dnnl_success, let stream = unsafe stream
    else { return nil }
    guard let handle = unsafe musegen_primitive_create(description) else {
      unsafe dnnl_stream_destroy(stream)
      return nil
    }
    unsafe self.handle = handle
    unsafe self.stream = stream
    self.scratchpad = scratchpad
    scratch = Matrix(rows: 1, columns: layout.byteCount)
    unsafe scratchpad.point(to: scratch.base)
  }

  deinit {
    unsafe dnnl_primitive_destroy(handle)
    unsafe dnnl_stream_destroy(stream)
  }
}
