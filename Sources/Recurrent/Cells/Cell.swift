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

  // The one table from names to types.
  func type<Element: ProductFactor>(
    computingIn element: Element.Type
  ) -> any RecurrentCell<Element>.Type {
    switch self {
    case .rnn: ElmanCell<Element>.self
    case .gru: GRUCell<Element>.self
    case .lstm: LSTMCell<Element>.self
    }
  }
}

extension Cell {
  /// How many vectors of H sums the cell takes from its input product: 1, 3 (r z n) or 4 (i f g o).
  public var gateCount: Int { type.gateCount }

  /// The vectors of H numbers that a layer carries from step to step: hidden, and cell state.
  public var stateCount: Int { type.stateNames.count }

  var stateNames: [String] { type.stateNames }
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
