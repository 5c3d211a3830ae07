import Tensors

/// What a cell multiplies, unit by unit, to decide what it keeps, takes in and shows.
///
/// - Reference: Hochreiter and Schmidhuber (1997), Gers et al. (2000) for the LSTM's; Cho et al. (2014) for the
///   GRU's. The course notes call the LSTM's steps forget, store, update and output.
public enum Gate: String, Codable, CaseIterable, Sendable {
  /// How much of the cell state is kept, 0 to 1.
  case forget
  /// How much of the candidate is stored, 0 to 1.
  case input
  /// What is offered to the state, −1 to 1.
  case candidate
  /// How much of the state is shown, 0 to 1.
  case output
  /// How much of the state before the candidate reads, 0 to 1.
  case reset
  /// How much of the hidden state is kept rather than replaced by the candidate, 0 to 1.
  case update
}

/// What one layer's gates and states were at each step of a window.
public struct LayerActivity: Hashable, Sendable {
  /// What one gate was.
  public struct GateActivity: Hashable, Sendable {
    /// Which gate.
    public let gate: Gate
    /// Its activations, [T, H].
    public let values: [Float]
  }

  /// The gates, in the cell's order; none where they are not kept.
  public let gates: [GateActivity]
  /// The state that is carried on from step to step, after each: the cell state, where there is one, or
  /// the hidden one; [T, H].
  public let state: [Float]

  // The steps of one stream of several, `rows` apart.
  init(_ cell: any RecurrentCell, stream: Int, of rows: Int, length: Int) {
    let states = cell.states[cell.states.count - 1]
    func values(_ matrix: Matrix<Float>, firstRow: Int, column: Int) -> [Float] {
      (0..<length).flatMap { step in
        (column..<column + states.columns).map { matrix[firstRow + step * rows + stream, $0] }
      }
    }
    state = values(states, firstRow: rows, column: 0)
    gates =
      cell.activations.map { activations in
        type(of: cell).gates.enumerated().map { index, gate in
          GateActivity(
            gate: gate,
            values: values(activations, firstRow: 0, column: index * states.columns))
        }
      } ?? []
  }
}
