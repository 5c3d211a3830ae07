import COneDNN

/// The engine that all products of the process share; nil where oneDNN has none for this CPU.
@safe
final class OneDNNEngine: @unchecked Sendable {
  // oneDNN's engines may be used from any thread; this one lives as long as the process.
  let handle: dnnl_engine_t

  static let shared = OneDNNEngine()

  private init?() {
    var engine: dnnl_engine_t?
    guard unsafe dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success,
      let engine = unsafe engine
    else { return nil }
    unsafe handle = engine
  }
}

/// A memory descriptor, owned.
@safe
final class OneDNNLayout: Equatable {
  typealias Handle = UnsafeMutablePointer<musegen_layout>
  let handle: Handle

  init?(_ handle: Handle?) {
    guard let handle = unsafe handle else { return nil }
    unsafe self.handle = handle
  }

  // A row-major matrix, or with `transposed` one whose columns are contiguous.
  convenience init?(rows: Int, columns: Int, type: dnnl_data_type_t, transposed: Bool = false) {
    unsafe self.init(
      musegen_layout_create(
        rows, columns, type, transposed ? 1 : columns, transposed ? rows : 1))
  }

  // Whatever format the library likes best.
  static func any(rows: Int, columns: Int, type: dnnl_data_type_t) -> OneDNNLayout? {
    unsafe OneDNNLayout(musegen_layout_create(rows, columns, type, 0, 0))
  }

  deinit { unsafe musegen_layout_destroy(handle) }

  var byteCount: Int { unsafe musegen_layout_size(handle) }

  static func == (a: OneDNNLayout, b: OneDNNLayout) -> Bool {
    unsafe musegen_layouts_equal(a.handle, b.handle) != 0
  }
}

/// A memory object: a layout, and an address that is set before each use.
@safe
final class OneDNNMemory {
  let handle: dnnl_memory_t

  init?(_ layout: OneDNNLayout, engine: OneDNNEngine) {
    guard let memory = unsafe musegen_memory_create(layout.handle, engine.handle) else {
      return nil
    }
    unsafe handle = memory
  }

  deinit { unsafe dnnl_memory_destroy(handle) }

  func point(to address: UnsafeMutableRawPointer) {
    unsafe dnnl_memory_set_data_handle(handle, address)
  }
}
