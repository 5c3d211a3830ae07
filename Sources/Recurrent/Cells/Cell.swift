import Tensors

/// The kinds of recurrent cell, by the names that they have in files.
public enum Cell: String, Codable, CaseIterable, Sendable {
  /// The vanilla cell: h′ = φ(W_ih x + b_ih + W_hh h + b_hh).
  ///
  /// - Reference: Elman, "Finding Structure in Time" (1990).
  case rnn
  /// The gated recurrent unit, with the reset gate after the product as in `torch.nn.GRU`.
  ///
  /// - Reference: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder" (2014).
  case gru
  /// Long short-term memory with forget gate.
  ///
  /// - Reference: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997); Gers, Schmidhuber
  ///   and Cummins, "Learning to Forget" (2000).
  case lstm
  /// The quasi-recurrent cell with fo-pooling over windows of one token: gates from the input alone,
  /// so that the products of a whole window are one and the recurrence is element-wise.
  ///
  /// Of the gated linear recurrences it is the one whose published losses on small corpora equal an
  /// equally tuned LSTM's: perplexities of 58.3 against 58.8 on Penn Treebank and 66.8 against 65.6
  /// on WikiText-2 (Merity, Keskar and Socher, "An Analysis of Neural Language Modeling at Multiple
  /// Scales", 2018). minGRU (Feng et al., "Were RNNs All We Needed?", 2024) is its f-pooling without
  /// the output gate and the squashing, RG-LRU (De et al., "Griffin", 2024) was published from 100
  /// million parameters on. Its tanh bounds what it puts out, so that it steps in bytes.
  ///
  /// - Reference: Bradbury, Merity, Xiong and Socher, "Quasi-Recurrent Neural Networks" (2017).
  case qrnn
  /// The residual recurrent unit: no gates, but a memory that is scaled unit by unit and to which is
  /// added what two products, and a normalised rectifier between them, make of it and the input.
  ///
  /// As published, with one inner product of twice input and memory, here 4H: what the memory keeps
  /// of itself starts between 0.01 and 0.99, what is added to it at nothing. It starts at zero, or as
  /// learnt. Best published of the cells with independent outputs on JSB chorales, Nottingham,
  /// Piano-midi.de and MuseData.
  ///
  /// - Reference: Zakovskis, Draguns, Gaile, Ozolins and Freivalds, "Gates Are Not What You Need in
  ///   RNNs" (2021); `LUMII-Syslab/RRU`.
  case rru

  // The one table from names to types.
  func type<Element: ProductFactor>(
    computingIn element: Element.Type
  ) -> any RecurrentCell<Element>.Type {
    switch self {
    case .rnn: ElmanCell<Element>.self
    case .gru: GRUCell<Element>.self
    case .lstm: LSTMCell<Element>.self
    case .qrnn: QRNNCell<Element>.self
    case .rru: RRUCell<Element>.self
    }
  }
}

extension Cell {
  /// How many vectors of H sums the cell takes from its input product: 1, 3 (r z n, z f o) or 4 (i f g o; the RRU's inner units).
  public var gateCount: Int { type.gateCount }

  /// The vectors of H numbers that a layer carries from step to step: hidden, and cell state.
  public var stateCount: Int { type.stateNames.count }

  /// Whether a step reads the layer's hidden state before it: only there has recurrent dropout
  /// anything to drop, and the hidden state a learnt start.
  public var readsHiddenState: Bool { type.readsHiddenState }

  /// Whether it has a matrix by which it multiplies what it carries from step to step: only there has
  /// weight drop anything to drop.
  public var hasRecurrentMatrix: Bool {
    parameters(inputSize: 1, hiddenSize: 1).contains { $0.0.role == .recurrentMatrix }
  }

  var stateNames: [String] { type.stateNames }
  /// The names of the states that a step reads, in their order: those that have a learnt start.
  package var readStates: [String] { Array(stateNames[startedVectors]) }

  var isSplitByUnits: Bool { type.isSplitByUnits }
  // Which of the states have a learnt start.
  var startedVectors: Range<Int> { (readsHiddenState ? 0 : 1)..<stateCount }
  /// Whether the cell has a forget gate, to which initialisation gives a bias of its own.
  public var hasForgetGate: Bool { forgetGate != nil }

  var forgetGate: Int? { type.forgetGate }
  var keptVectors: Int { type.keptVectors }
  var sharedVectors: Int { type.sharedVectors }

  func parameters(inputSize: Int, hiddenSize: Int) -> [(LayerParameter, shape: [Int])] {
    type.parameters(inputSize: inputSize, hiddenSize: hiddenSize)
  }

  func isBounded(activation: Activation) -> Bool { type.isBounded(activation: activation) }

  // Facts are the same whatever products read.
  private var type: any RecurrentCell<Float>.Type { type(computingIn: Float.self) }
}

/// The non-linearity of the vanilla cell.
public enum Activation: String, Codable, CaseIterable, Sendable {
  /// The hyperbolic tangent.
  case tanh
  /// max(0, x), which holds its gradient when it starts as the identity.
  ///
  /// - Reference: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of
  ///   Rectified Linear Units" (2015).
  case relu
}
