/// Which of a network's parameters a tensor holds.
public enum Parameter: Hashable, Sendable {
  /// The tokens' embedding, [V, embedding size].
  case embedding
  /// The embedding of what recall tells: for each of K matches the candidates and none of them, then
  /// the lengths of all matches, [K · (V + 1) + 9ᴷ, embedding size].
  case recall
  /// A tenth of what recall adds to its candidates' logits, for each of K matches and each class of the
  /// lengths of all, [K, 9ᴷ].
  case recallGate
  /// A tensor of one layer, counted from 0.
  case layer(Int, LayerParameter)
  /// The learnt start of one of the vectors that layers carry from step to step, [L, H]: 0 is the
  /// hidden state, which has none where no step reads it.
  case initialState(Int)
  /// The output matrix, [V, H] or a row for each number of the readout; absent where the embedding is
  /// used for it.
  case outputWeights
  /// The bias of the logits, [V] or as many as the readout has numbers.
  case outputBias
}

/// A tensor that each layer has of its own.
///
/// These are constants and not the cases of an enumeration, so that a cell can bring its own: a
/// misspelt one does not compile.
public struct LayerParameter: Hashable, Sendable {
  /// What the tensor is for.
  public let role: ParameterRole
  // The name in files, `#` standing for the layer's number.
  private let pattern: String

  init(_ pattern: String, _ role: ParameterRole) {
    self.pattern = pattern
    self.role = role
  }

  func name(layer: Int) -> String {
    String(pattern.flatMap { $0 == "#" ? "\(layer)" : "\($0)" })
  }

  /// The matrix of the input product, [gates · H, input size].
  public static let inputWeights = LayerParameter("rnn.weight_ih_l#", .inputMatrix)
  /// The matrix of the recurrent product, [gates · H, H].
  public static let recurrentWeights = LayerParameter("rnn.weight_hh_l#", .recurrentMatrix)
  /// The bias of the input product, [gates · H].
  public static let inputBias = LayerParameter("rnn.bias_ih_l#", .inputBias)
  /// The bias of the recurrent product, [gates · H].
  public static let recurrentBias = LayerParameter("rnn.bias_hh_l#", .recurrentBias)
  /// The factors of layer normalisation, [H].
  public static let gain = LayerParameter("normalization.#.weight", .constant(1))
  /// The shifts of layer normalisation, [H].
  public static let shift = LayerParameter("normalization.#.bias", .constant(0))
}

/// What a tensor is for, which decides how it starts and whether weight decay applies to it.
public enum ParameterRole: Hashable, Sendable {
  /// The embedding.
  case embedding
  /// A matrix by which a layer multiplies its input.
  case inputMatrix
  /// A matrix by which a layer multiplies its hidden state, one square block for each gate.
  case recurrentMatrix
  /// A matrix by which a layer multiplies units of its own between its input and its states.
  case innerMatrix
  /// A matrix that leads to the logits.
  case outputMatrix
  /// The bias of an input product.
  case inputBias
  /// The bias of a recurrent product, which is added to the former.
  case recurrentBias
  /// What a memory keeps of itself at each step: a tenth of the logit of the share.
  case retention
  /// Numbers that all start at the same value.
  case constant(Float)

  /// Whether it is a matrix of weights, to which weight decay applies.
  public var isMatrix: Bool {
    switch self {
    case .embedding, .inputMatrix, .recurrentMatrix, .innerMatrix, .outputMatrix: true
    case .inputBias, .recurrentBias, .retention, .constant: false
    }
  }
}

/// Where each tensor of a network lies in its one flat array of parameters.
///
/// In code a tensor is known by its ``Parameter``. Names are for files and messages; they and the
/// shapes are PyTorch's, for a module with `embedding`, `rnn` and `output`, so weights move to and
/// from `torch.nn` unchanged.
public struct ParameterLayout: Hashable, Sendable {
  /// One tensor.
  public struct Slot: Hashable, Sendable {
    /// Which tensor it is.
    public let parameter: Parameter
    /// What it is for.
    public let role: ParameterRole
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
  }

  /// The tensors in the order of their places.
  public private(set) var slots: [Slot] = []
  /// The number of parameters.
  public private(set) var count = 0

  /// The tensor that holds a parameter; asking for one that the network does not have is a mistake
  /// and stops the program.
  public subscript(parameter: Parameter) -> Slot {
    guard let slot = slots.first(where: { $0.parameter == parameter }) else {
      preconditionFailure("a network without \(parameter)")
    }
    return slot
  }

  /// The tensor of a name in a file; nil where the network has none.
  public subscript(name: String) -> Slot? { slots.first { $0.name == name } }

  /// The first tensor that holds NaN or infinity.
  public func firstNonFinite(in values: [Float]) -> Slot? {
    slots.first { slot in !values[slot.range].allSatisfy(\.isFinite) }
  }

  mutating func append(
    _ parameter: Parameter, _ role: ParameterRole, _ name: String, _ shape: [Int]
  ) {
    let slot = Slot(parameter: parameter, role: role, name: name, shape: shape, offset: count)
    slots.append(slot)
    count += slot.count
  }

  mutating func append(_ parameter: LayerParameter, ofLayer layer: Int, _ shape: [Int]) {
    append(.layer(layer, parameter), parameter.role, parameter.name(layer: layer), shape)
  }
}

extension NetworkConfiguration {
  /// Where each tensor lies in the flat array of parameters.
  public var layout: ParameterLayout {
    var layout = ParameterLayout()
    layout.append(.embedding, .embedding, "embedding.weight", [vocabularySize, embeddingSize])
    if let recall {
      layout.append(
        .recall, .embedding, "recall.weight",
        [recall.rowCount(vocabularySize: vocabularySize), embeddingSize])
    }
    for layer in 0..<layerCount {
      let inputSize = layer == 0 ? embeddingSize : hiddenSize
      for (parameter, shape) in cell.parameters(inputSize: inputSize, hiddenSize: hiddenSize) {
        layout.append(parameter, ofLayer: layer, shape)
      }
    }
    if layerNormalization {
      for layer in 0..<layerCount {
        layout.append(.gain, ofLayer: layer, [hiddenSize])
        layout.append(.shift, ofLayer: layer, [hiddenSize])
      }
    }
    if learnedInitialState {
      for vector in cell.startedVectors {
        layout.append(
          .initialState(vector), .constant(0), "initial.\(cell.stateNames[vector])",
          [layerCount, hiddenSize])
      }
    }
    if !tiedWeights {
      layout.append(.outputWeights, .outputMatrix, "output.weight", [outputCount, hiddenSize])
    }
    if let recall, recall.hasGate, readout == nil {
      layout.append(
        .recallGate, .constant(0), "recall.gate", [recall.lengths.count, recall.lengthClassCount])
    }
    layout.append(.outputBias, .constant(0), "output.bias", [outputCount])
    return layout
  }

  /// Where the vectors lie that are embedded, the tokens' and then recall's, [rows, embedding size].
  var inputVectors: Range<Int> {
    let start = layout[.embedding].offset
    return start..<start + inputRowCount * embeddingSize
  }

  /// The matrix that leads to the logits: one of its own, or the embedding.
  var outputMatrix: Parameter { tiedWeights ? .embedding : .outputWeights }
}
