public import Settings

/// The shape and the options of a network: everything about it but its parameters.
public struct NetworkConfiguration: Codable, Hashable, Sendable {
  /// V, the number of tokens.
  public var vocabularySize: Int
  /// The size of a token's embedding.
  public var embeddingSize: Int
  /// H, the size of each layer's hidden state.
  public var hiddenSize: Int
  /// L, the number of recurrent layers, from 1 to 8.
  public var layerCount: Int
  /// The kind of cell.
  public var cell: Cell
  /// The non-linearity of the vanilla cell; gated cells use tanh.
  public var activation: Activation
  /// The share of each layer's output that is dropped in training, before the next layer and before
  /// the output matrix.
  ///
  /// - Reference: Zaremba, Sutskever and Vinyals, "Recurrent Neural Network Regularization" (2014).
  public var dropout: Float
  /// The share of the hidden state that is dropped on its way to the next step, the same elements
  /// for all steps of a window.
  ///
  /// Only for cells whose steps read it: ``Cell/readsHiddenState``.
  ///
  /// - Reference: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent
  ///   Neural Networks" (2016).
  public var recurrentDropout: Float
  /// The share of the recurrent matrices' elements that is dropped in training, the same for all steps
  /// and streams of a window.
  ///
  /// Only for cells that have such a matrix: ``Cell/hasRecurrentMatrix``.
  ///
  /// - Reference: Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models" (2018).
  @ZeroByDefault public var weightDrop: Float
  /// The share of the vocabulary whose embedding is zero in training, the same tokens for all steps and
  /// streams of a window.
  ///
  /// - Reference: Gal and Ghahramani, as for recurrent dropout.
  @ZeroByDefault public var embeddingDropout: Float
  /// Whether each layer's output is normalised to mean 0 and variance 1, then scaled and shifted.
  ///
  /// - Reference: Ba, Kiros and Hinton, "Layer Normalization" (2016).
  public var layerNormalization: Bool
  /// Whether the output matrix is the embedding; needs equal embedding and hidden size.
  ///
  /// - Reference: Press and Wolf, "Using the Output Embedding to Improve Language Models" (2017).
  public var tiedWeights: Bool
  /// Whether each layer but the first adds its input to its output.
  public var residual: Bool
  /// Whether the state in which a piece starts is learnt, and not zero.
  public var learnedInitialState: Bool
  /// What the network is told of its own piece; nil for nothing.
  public var recall: Recall?
  /// What it says of whole sequences; nil where it predicts the next token.
  public var readout: Readout?
  /// How many tokens each slot of conditions has, which are the vocabulary's last and are heard at every
  /// step; nil where there are none, or they are heard once.
  public var conditionSlots: [Int]?
  /// The groups of given tokens that are heard when it is their time; nil where there are none.
  public var heardGroups: HeardGroups?
  /// How the parameters start.
  public var initialization: Initialization

  /// Creates a configuration.
  public init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int, cell: Cell = .lstm,
    activation: Activation = .tanh, dropout: Float = 0, recurrentDropout: Float = 0,
    weightDrop: Float = 0, embeddingDropout: Float = 0, layerNormalization: Bool = false,
    tiedWeights: Bool = false, residual: Bool = false, learnedInitialState: Bool = false,
    recall: Recall? = nil, readout: Readout? = nil, conditionSlots: [Int]? = nil,
    heardGroups: HeardGroups? = nil,
    initialization: Initialization = Initialization()
  ) {
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.cell = cell
    self.activation = activation
    self.dropout = dropout
    self.recurrentDropout = recurrentDropout
    self.weightDrop = weightDrop
    self.embeddingDropout = embeddingDropout
    self.layerNormalization = layerNormalization
    self.tiedWeights = tiedWeights
    self.residual = residual
    self.learnedInitialState = learnedInitialState
    self.recall = recall
    self.readout = readout
    self.conditionSlots = conditionSlots
    self.heardGroups = heardGroups
    self.initialization = initialization
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case vocabularySize, embeddingSize, hiddenSize, layerCount, cell, activation, dropout
    case recurrentDropout, weightDrop, embeddingDropout, layerNormalization, tiedWeights, residual
    case learnedInitialState, recall, readout, conditionSlots, heardGroups, initialization
  }
}

extension NetworkConfiguration {
  /// Refuses settings that no network has, which decoding a configuration passes over; those of ``recall`` and
  /// ``heardGroups`` decoding itself refuses.
  ///
  /// - Parameter decoder: where the configuration is read from.
  /// - Throws: `DecodingError` that names the first such setting.
  public static func refuseUnknownSettings(in decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: SettingName.self)
    try fields.refuseUnknown(of: "network", but: CodingKeys.allCases.map(\.stringValue))
    try fields.refuseUnknown(in: "initialization", but: Initialization.settingNames)
    try fields.refuseUnknown(in: "readout", but: Readout.settingNames)
  }

  /// Checks that a network can be made of this.
  ///
  /// - Throws: ``NetworkError`` for a size that is zero, negative or absurd, a rate outside [0, 1),
  ///   and options that contradict each other.
  public func validate() throws(NetworkError) {
    try NetworkError.check("vocabularySize", vocabularySize, in: 1...(1 << 20))
    try NetworkError.check("embeddingSize", embeddingSize, in: 1...(1 << 20))
    try NetworkError.check("hiddenSize", hiddenSize, in: 1...(1 << 20))
    try NetworkError.check("layerCount", layerCount, in: 1...8)
    for (key, rate) in [
      ("dropout", dropout), ("recurrentDropout", recurrentDropout), ("weightDrop", weightDrop),
      ("embeddingDropout", embeddingDropout),
    ] {
      try NetworkError.check(key, rate, rate >= 0 && rate < 1, "at least 0 and below 1")
    }
    try recall?.validate()
    try validateHeard()
    try initialization.validate()
    if let readout {
      try NetworkError.check("labelCount", readout.labelCount, in: 2...Readout.mostLabels)
      if tiedWeights {
        throw NetworkError(
          .contradiction("tied weights with labels in place of tokens, expected weights apart"))
      }
    }
    if tiedWeights && embeddingSize != hiddenSize {
      throw NetworkError(
        .contradiction(
          "tied weights with an embedding of \(embeddingSize) and a hidden size of \(hiddenSize), "
            + "expected equal sizes"))
    }
    if recurrentDropout > 0 && !cell.readsHiddenState {
      throw NetworkError(
        .contradiction(
          "recurrent dropout \(recurrentDropout) with cell \(cell.rawValue), which reads no hidden "
            + "state, expected 0"))
    }
    if weightDrop > 0 && !cell.hasRecurrentMatrix {
      throw NetworkError(
        .contradiction(
          "weight drop \(weightDrop) with cell \(cell.rawValue), which has no recurrent matrix, "
            + "expected 0"))
    }
    if activation == .relu && cell != .rnn {
      throw NetworkError(
        .contradiction("activation relu with cell \(cell.rawValue), expected cell rnn"))
    }
  }
}

extension NetworkConfiguration {
  /// The bytes of all parameters.
  public var parameterMemory: Int { layout.count * MemoryLayout<Float>.size }

  /// The bytes of the gradients that a rank passes on.
  package var passingMemory: Int {
    (layout.count + inputRowCount * cell.gateCount * hiddenSize) * MemoryLayout<Float>.size
  }

  /// The bytes that ``BackpropagationThroughTime`` needs: buffers of a window, packed weights, and each
  /// shard's gradients; neither the network nor what an optimiser remembers.
  ///
  /// - Parameters:
  ///   - streams: B.
  ///   - windowLength: T.
  ///   - precision: what products read.
  ///   - shards: the number of shards.
  ///   - keepsGradients: whether a step reads several windows, and keeps the gradients of those before the last.
  /// - Returns: the bytes; `Int.max` where they cannot be counted.
  public func trainingMemory(
    streams: Int, windowLength: Int, precision: Precision, shards: Int,
    keepsGradients: Bool = false
  ) -> Int {
    let isRounded = precision.resolved == .bf16
    let factor = isRounded ? 2 : 4
    let width = cell.gateCount * hiddenSize
    var perStep = layerCount * (width + hiddenSize * (1 + cell.stateCount + cell.keptVectors))
    perStep += hiddenSize * (2 + cell.sharedVectors) + outputCount
    if dropout > 0 || layerNormalization || residual { perStep += layerCount * hiddenSize * 2 }
    if isRounded { perStep += (width + outputCount + layerCount * hiddenSize) / 2 }
    let embedding = inputRowCount * embeddingSize
    let table = inputRowCount * width
    let first = width * embeddingSize
    // All matrices but the first layer's input are packed both ways.
    let packed = 2 * (layerMatrices + outputCount * hiddenSize) - first
    // The masked parameters, and one matrix while it is masked.
    let masked = weightDrop > 0 ? 2 * layout.count : 0
    let tables = table + embedding + 2 * embedding + first
    let (steps, overflow) = streams.multipliedReportingOverflow(by: windowLength)
    guard !overflow, steps < 1 << 40, shards <= 1 << 20 else { return .max }
    let floats = steps.multipliedReportingOverflow(by: perStep)
    guard !floats.overflow, floats.partialValue < 1 << 58 else { return .max }
    return packed * factor + (isRounded ? (2 * embedding + table) * 2 : 0)
      + (tables + masked + shards * (layout.count + table) * (keepsGradients ? 2 : 1)
        + floats.partialValue) * 4
  }

  /// The bytes that a ``Stepper`` needs at most: packed weights, the first layer's table, and what
  /// each stream remembers; the network itself is not counted.
  public func steppingMemory(streams: Int) -> Int {
    let width = cell.gateCount * hiddenSize
    // Each thread has states before and after the step beside the group's; sums and activations.
    let states = hiddenSize * (4 + 4 * cell.stateCount + cell.keptVectors + cell.sharedVectors)
    let perStream = layerCount * (states + 2 * width + 3 * hiddenSize) + 2 * vocabularySize
    // Streams that are dealt out to threads may make groups of two sizes, each with its own packing.
    let fixed = 2 * (layout.count + inputRowCount * (width + embeddingSize))
    guard streams < 1 << 30 else { return .max }
    return (streams * perStream + fixed) * MemoryLayout<Float>.size
  }
}

extension NetworkConfiguration {
  /// The floating-point operations of one token's forward pass in a textbook network.
  public var operationsPerToken: Double {
    2 * Double(layerMatrices + outputCount * hiddenSize)
  }

  // The elements of all layers' matrices.
  private var layerMatrices: Int {
    (0..<layerCount).reduce(0) { sum, layer in
      cell.parameters(
        inputSize: layer == 0 ? embeddingSize : hiddenSize, hiddenSize: hiddenSize
      ).reduce(sum) { $1.0.role.isMatrix ? $0 + $1.shape.reduce(1, *) : $0 }
    }
  }
}
