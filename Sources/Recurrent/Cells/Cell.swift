/// The kinds of recurrent cell.
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

  /// How many vectors of H sums the cell takes from each product: 1, 3 (r z n) or 4 (i f g o).
  public var gateCount: Int {
    switch self {
    case .rnn: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// Whether a cell state goes from step to step beside the hidden state.
  public var hasCellState: Bool { self == .lstm }

  /// The vectors of H numbers that a layer carries from step to step: hidden, and cell state.
  public var stateCount: Int { hasCellState ? 2 : 1 }
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
