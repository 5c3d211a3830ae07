import Tensors

/// What a run adds to the loss of the top layer's numbers, in gradients only: a share of the mean square of
/// its output after dropout, and one of the mean square by which its hidden state changes from step to step.
///
/// Steps that predict nothing count in neither, and a piece's first step is no change.
///
/// - Reference: Merity, McCann and Socher, "Revisiting Activation Regularization for Language RNNs" (2017).
struct ActivationPenalty {
  // By how much of a number, and of a difference, the gradient grows: twice the share over their count.
  let ofOutput: Float
  let ofChange: Float

  /// Nil where nothing is added.
  ///
  /// - Parameters:
  ///   - output: the share of the outputs' mean square.
  ///   - change: the share of the changes' mean square.
  ///   - windows: a step's windows.
  ///   - streams: the streams whose loss it is added to.
  ///   - size: H.
  init?(output: Float, change: Float, windows: [Window], streams: Range<Int>, size: Int) {
    guard output > 0 || change > 0 else { return nil }
    let targets = windows.reduce(0) { $0 + $1.targetCount(in: streams) }
    let changes = windows.reduce(0) { $0 + $1.changeCount(in: streams) }
    ofOutput = 2 * output / Float(max(1, targets) * size)
    ofChange = 2 * change / Float(max(1, changes) * size)
  }

  /// Adds the gradient of what is said of the output: its first row is the first step's.
  func addOutput(
    _ output: Matrix<Float>, from first: Int, _ window: WindowInput, to gradient: Matrix<Float>
  ) {
    guard ofOutput > 0 else { return }
    for row in 0..<window.length * window.rows where window.targets[row, 0] >= 0 {
      gradient.add(row: first + row, of: output, times: ofOutput, to: row)
    }
  }

  /// Adds the gradient of what is said of the hidden state, whose first R rows are before the first step.
  func addChange(_ hidden: Matrix<Float>, _ window: WindowInput, to gradient: Matrix<Float>) {
    guard ofChange > 0 else { return }
    let rows = window.rows
    for row in rows..<max(rows, window.length * rows) {
      guard window.targets[row, 0] >= 0, window.targets[row - rows, 0] >= 0,
        window.resets[row, 0] == 0
      else { continue }
      for (target, sign) in [(row, Float(1)), (row - rows, -1)] {
        gradient.add(row: row + rows, of: hidden, times: sign * ofChange, to: target)
        gradient.add(row: row, of: hidden, times: -sign * ofChange, to: target)
      }
    }
  }
}

extension Window {
  /// The number of some streams' targets that count.
  func targetCount(in streams: Range<Int>) -> Int {
    targets.indices.count { targets[$0] >= 0 && streams.contains($0 % self.streams) }
  }

  /// How many steps of some streams have a step of the same piece before them in the window, both with
  /// targets that count.
  fileprivate func changeCount(in streams: Range<Int>) -> Int {
    targets.indices.dropFirst(self.streams).count {
      targets[$0] >= 0 && targets[$0 - self.streams] >= 0 && !resets[$0]
        && streams.contains($0 % self.streams)
    }
  }
}
