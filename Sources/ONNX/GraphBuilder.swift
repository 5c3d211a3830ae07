import ProtocolBuffers

/// A graph of operators while it is made: each call adds a node and returns the name of what it gives.
///
/// Reference: ONNX, onnx.proto and "Operator Schemas", opset 17.
struct GraphBuilder {
  /// What tensors hold.
  enum Element: Int {
    case float = 1
    case int64 = 7
    case bool = 9
  }

  /// A size of a tensor: known, or by the name that it has.
  enum Dimension {
    case size(Int)
    case named(String)
  }

  /// A tensor that goes in or out.
  struct Value {
    var name: String
    var element: Element
    var shape: [Dimension]
  }

  private var nodes: [MessageWriter] = []
  private(set) var initializers: [MessageWriter] = []
  private var names: Set<String> = []
  private var count = 0

  // MARK: - Constants

  /// Adds a tensor of floats, once for each name.
  mutating func tensor(_ name: String, _ shape: [Int], _ values: some Sequence<Float>) -> String {
    guard names.insert(name).inserted else { return name }
    var bytes: [UInt8] = []
    for value in values {
      let bits = value.bitPattern
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    add(name, shape, .float, bytes)
    return name
  }

  /// Adds a list of whole numbers, once for each content.
  mutating func integers(_ values: [Int]) -> String {
    let name = "integers." + values.map(String.init).joined(separator: ".")
    guard names.insert(name).inserted else { return name }
    add(name, [values.count], .int64, Self.bytes(of: values))
    return name
  }

  /// Adds a single whole number, which has no dimension.
  mutating func integer(_ value: Int) -> String {
    let name = "integer.\(value)"
    guard names.insert(name).inserted else { return name }
    add(name, [], .int64, Self.bytes(of: [value]))
    return name
  }

  private static func bytes(of values: [Int]) -> [UInt8] {
    values.flatMap { value in
      stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
  }

  private mutating func add(_ name: String, _ shape: [Int], _ element: Element, _ bytes: [UInt8]) {
    var tensor = MessageWriter()
    for size in shape { tensor.add(1, size) }
    tensor.add(2, element.rawValue)
    tensor.add(8, name)
    tensor.add(9, bytes)
    initializers.append(tensor)
  }

  // MARK: - Nodes

  /// Adds a node of some outputs.
  ///
  /// - Parameters:
  ///   - operation: its operator.
  ///   - inputs: what goes in.
  ///   - outputs: how many come out, where they are not named.
  ///   - names: their names.
  ///   - attributes: the operator's attributes, each a message.
  /// - Returns: the names of what comes out.
  @discardableResult
  mutating func node(
    _ operation: String, _ inputs: [String], outputs: Int = 1, named names: [String]? = nil,
    _ attributes: [MessageWriter] = []
  ) -> [String] {
    var node = MessageWriter()
    for input in inputs { node.add(1, input) }
    let results = names ?? (0..<outputs).map { _ in newName(operation) }
    for result in results { node.add(2, result) }
    node.add(4, operation)
    for attribute in attributes { node.add(5, attribute) }
    nodes.append(node)
    return results
  }

  /// Adds a node of one output.
  mutating func apply(
    _ operation: String, _ inputs: String..., attributes: [MessageWriter] = []
  ) -> String { node(operation, inputs, attributes)[0] }

  private mutating func newName(_ operation: String) -> String {
    count += 1
    return "\(operation.lowercased()).\(count)"
  }

  /// x·Wᵀ + b, of rows.
  mutating func linear(_ x: String, _ weights: String, _ bias: String? = nil) -> String {
    node(
      "Gemm", [x, weights] + (bias.map { [$0] } ?? []), [Self.attribute("transB", 1)])[0]
  }

  /// Parts of equal width, side by side.
  mutating func split(_ x: String, into parts: Int) -> [String] {
    node("Split", [x], outputs: parts, [Self.attribute("axis", 1)])
  }

  /// One place of a dimension, which goes.
  mutating func pick(_ index: Int, of x: String, axis: Int) -> String {
    let place = integer(index)
    return apply("Gather", x, place, attributes: [Self.attribute("axis", axis)])
  }

  /// The same with one dimension of size 1 more.
  mutating func widened(_ x: String, axis: Int) -> String {
    let axes = integers([axis])
    return apply("Unsqueeze", x, axes)
  }

  /// The sum over the second of three dimensions.
  mutating func summed(_ x: String) -> String {
    let axes = integers([1])
    return apply("ReduceSum", x, axes, attributes: [Self.attribute("keepdims", 0)])
  }

  // MARK: - Messages

  static func attribute(_ name: String, _ value: Int) -> MessageWriter {
    var message = MessageWriter()
    message.add(1, name)
    message.add(3, value)
    message.add(20, 2)
    return message
  }

  static func attribute(_ name: String, _ value: Float) -> MessageWriter {
    var message = MessageWriter()
    message.add(1, name)
    message.add(2, value)
    message.add(20, 1)
    return message
  }

  static func attribute(_ name: String, _ values: [Int]) -> MessageWriter {
    var message = MessageWriter()
    message.add(1, name)
    for value in values { message.add(8, value) }
    message.add(20, 7)
    return message
  }

  static func attribute(_ name: String, _ graph: MessageWriter) -> MessageWriter {
    var message = MessageWriter()
    message.add(1, name)
    message.add(6, graph)
    message.add(20, 5)
    return message
  }

  /// Takes the nodes away, as the body of another graph: constants stay and are seen from inside.
  mutating func body(_ name: String, inputs: [Value], outputs: [Value]) -> MessageWriter {
    defer { nodes = [] }
    return Self.graph(name, nodes, [], inputs: inputs, outputs: outputs)
  }

  /// All of it as a graph.
  func graph(_ name: String, inputs: [Value], outputs: [Value]) -> MessageWriter {
    Self.graph(name, nodes, initializers, inputs: inputs, outputs: outputs)
  }

  private static func graph(
    _ name: String, _ nodes: [MessageWriter], _ initializers: [MessageWriter], inputs: [Value],
    outputs: [Value]
  ) -> MessageWriter {
    var graph = MessageWriter()
    for node in nodes { graph.add(1, node) }
    graph.add(2, name)
    for tensor in initializers { graph.add(5, tensor) }
    for input in inputs { graph.add(11, message(input)) }
    for output in outputs { graph.add(12, message(output)) }
    return graph
  }

  private static func message(_ value: Value) -> MessageWriter {
    var shape = MessageWriter()
    for dimension in value.shape {
      var message = MessageWriter()
      switch dimension {
      case .size(let size): message.add(1, size)
      case .named(let name): message.add(2, name)
      }
      shape.add(1, message)
    }
    var tensor = MessageWriter()
    tensor.add(1, value.element.rawValue)
    tensor.add(2, shape)
    var type = MessageWriter()
    type.add(1, tensor)
    var message = MessageWriter()
    message.add(1, value.name)
    message.add(2, type)
    return message
  }
}
