import CKernels

/// What a cell reads at one time step beside its own state.
///
/// All matrices belong to one worker. `rows` is the number of streams; `row` counts in rows of the
/// whole window, time-major.
public struct CellInput {
  /// The number of streams.
  public var rows: Int
  /// The first row of this step in matrices that span the window.
  public var row: Int
  /// The first row of this step in `input`, where that does not span the window.
  public var inputRow: Int?
  /// The input product, [window rows, gates · H], or the table of it by token, [V, gates · H].
  public var input: Matrix<Float>
  /// The tokens, [window rows, 1], that choose rows of `input`; nil where it spans the window.
  public var tokens: Matrix<Int32>?
  /// The input product's bias, [1, gates · H].
  public var inputBias: Matrix<Float>
  /// The recurrent product, [rows, gates · H]; nil for cells that have none.
  public var recurrent: Matrix<Float>?
  /// The recurrent product's bias, [1, gates · H]; nil for cells that have none.
  public var recurrentBias: Matrix<Float>?
  /// Nonzero where a stream starts anew, [window rows, 1].
  public var resets: Matrix<UInt8>
  /// The states from which a stream starts, the hidden one first, [states, H].
  public var initial: Matrix<Float>

  /// Creates a cell's input.
  public init(
    rows: Int, row: Int, inputRow: Int? = nil, input: Matrix<Float>, tokens: Matrix<Int32>?,
    inputBias: Matrix<Float>, recurrent: Matrix<Float>? = nil,
    recurrentBias: Matrix<Float>? = nil, resets: Matrix<UInt8>, initial: Matrix<Float>
  ) {
    self.rows = rows
    self.row = row
    self.inputRow = inputRow
    self.input = input
    self.tokens = tokens
    self.inputBias = inputBias
    self.recurrent = recurrent
    self.recurrentBias = recurrentBias
    self.resets = resets
    self.initial = initial
  }

  // The C view of it, for a cell of so many gates and states; every address is checked here.
  func checked(
    gates: Int, states: Int = 1, readsProduct: Bool = true, readsRecurrentBias: Bool = true
  ) -> musegen_cell_input {
    let width = gates * initial.columns
    precondition(input.columns == width && inputBias.columns == width)
    if readsProduct {
      precondition(recurrent?.columns == width)
      precondition(recurrentBias?.columns == width || !readsRecurrentBias)
    }
    precondition(initial.rows >= states && resets.columns == 1)
    if let tokens {
      precondition(tokens.columns == 1)
      for index in row..<row + rows {
        let token = tokens[index, 0]
        precondition(token >= 0 && token < input.rows, "token \(token) of \(input.rows)")
      }
    }
    return unsafe musegen_cell_input(
      rows: rows, hidden: initial.columns,
      input: tokens == nil ? input.row(inputRow ?? row, count: rows) : input.row(0),
      index: tokens?.row(row, count: rows), input_bias: inputBias.row(0),
      recurrent: recurrent?.row(0, count: rows), recurrent_bias: recurrentBias?.row(0),
      reset: resets.row(row, count: rows), initial: initial.row(0, count: states))
  }
}
