/// Where each tensor of a network lies in its one flat array of parameters.
///
/// Names and shapes are PyTorch's, for a module with `embedding`, `rnn` and `output`, so weights
/// move to and from `torch.nn` unchanged.
public struct ParameterLayout: Hashable, Sendable {
  /// One tensor.
  public struct Slot: Hashable, Sendable {
    /// PyTorch's name, `rnn.weight_ih_l0` say.
    public let name: String
    /// The sizes, outermost first.
    public let shape: [Int]
    /// The place of the first element.
    public let offset: Int

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// The places of the elements.
    public var range: Range<Int> { offset..<offset + count }
    /// Whether it is a weight matrix, to which weight decay applies, and not a bias, gain or state.
    public var isMatrix: Bool { shape.count == 2 && !name.hasPrefix("initial.") }
  }

  /// The tensors in the order of their places.
  public private(set) var slots: [Slot] = []
  /// The number of parameters.
  public private(set) var count = 0

  /// The tensor of a name.
  public subscript(name: String) -> Slot? { slots.first { $0.name == name } }

  /// The tensor in which a parameter lies.
  public func slot(at index: Int) -> Slot? { slots.first { $0.range.contains(index) } }

  /// The first tensor that holds NaN or infinity.
  public func firstNonFinite(in values: [Float]) -> Slot? {
    slots.first { slot in !values[slot.range].allSatisfy(\.isFinite) }
  }

  mutating func append(_ name: String, _ shape: [Int]) {
    let slot = Slot(name: name, shape: shape, offset: count)
    slots.append(slot)
    count += slot.count
  }
}

extension NetworkConfiguration {
  /// Where each tensor lies in the flat array of parameters.
  public var layout: ParameterLayout {
    var layout = ParameterLayout()
    let rows = cell.gateCount * hiddenSize
    layout.append("embedding.weight", [vocabularySize, embeddingSize])
    for layer in 0..<layerCount {
      layout.append("rnn.weight_ih_l\(layer)", [rows, layer == 0 ? embeddingSize : hiddenSize])
      layout.append("rnn.weight_hh_l\(layer)", [rows, hiddenSize])
      layout.append("rnn.bias_ih_l\(layer)", [rows])
      layout.append("rnn.bias_hh_l\(layer)", [rows])
    }
    if layerNormalization {
      for layer in 0..<layerCount {
        layout.append("normalization.\(layer).weight", [hiddenSize])
        layout.append("normalization.\(layer).bias", [hiddenSize])
      }
    }
    if learnedInitialState {
      layout.append("initial.hidden", [layerCount, hiddenSize])
      if cell.hasCellState { layout.append("initial.cell", [layerCount, hiddenSize]) }
    }
    if !tiedWeights { layout.append("output.weight", [vocabularySize, hiddenSize]) }
    layout.append("output.bias", [vocabularySize])
    return layout
  }
}
