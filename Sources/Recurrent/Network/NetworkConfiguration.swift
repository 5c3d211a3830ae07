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
  /// - Reference: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent
  ///   Neural Networks" (2016).
  public var recurrentDropout: Float
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
  /// How the parameters start.
  public var initialization: Initialization

  /// Creates a configuration.
  public init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int, cell: Cell = .lstm,
    activation: Activation = .tanh, dropout: Float = 0, recurrentDropout: Float = 0,
    layerNormalization: Bool = false, tiedWeights: Bool = false, residual: Bool = false,
    learnedInitialState: Bool = false, initialization: Initialization = Initialization()
  ) {
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.cell = cell
    self.activation = activation
    self.dropout = dropout
    self.recurrentDropout = recurrentDropout
    self.layerNormalization = layerNormalization
    self.tiedWeights = tiedWeights
    self.residual = residual
    self.learnedInitialState = learnedInitialState
    self.initialization = initialization
  }
}
