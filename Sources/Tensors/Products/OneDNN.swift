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

/// A oneDNN reorder from plain floats.
@safe
final class OneDNNReorder {
  private let primitive: OneDNNPrimitive
  private let from: OneDNNMemory
  private let to: OneDNNMemory

  init?(from source: OneDNNLayout, to target: OneDNNLayout) {
    guard let engine = OneDNNEngine.shared,
      let description = unsafe musegen_reorder_description(
        engine.handle, source.handle, target.handle)
    else { return nil }
    defer { unsafe dnnl_primitive_desc_destroy(description) }
    guard
      let from = OneDNNMemory(source, engine: engine),
      let to = OneDNNMemory(target, engine: engine),
      let primitive = unsafe OneDNNPrimitive(description, engine: engine)
    else { return nil }
    self.primitive = primitive
    self.from = from
    self.to = to
  }

  // `source` is only read: oneDNN's handles are not const.
  func run(from source: UnsafePointer<Float>, to target: UnsafeMutableRawPointer) {
    unsafe from.point(to: UnsafeMutableRawPointer(mutating: source))
    unsafe to.point(to: target)
    let done = unsafe musegen_execute_reorder(
      primitive.handle, primitive.stream, from.handle, to.handle, primitive.scratchpad.handle)
    precondition(done != 0, "oneDNN did not run a reorder that it had made")
  }
}
