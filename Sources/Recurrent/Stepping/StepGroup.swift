import Tensors

/// Streams that step together: their whole hidden states, which the group's threads share.
///
/// Each thread writes its own units' columns and reads all; a meeting lies between.
final class StepGroup<Element: ProductFactor> {
  let firstStream: Int
  let streams: Int
  // For each layer the hidden state before and after the step, taking turns, [N, H].
  let hidden: [[Matrix<Float>]]
  let factors: [[Matrix<Element>]]
  // The cell state, which no product reads, [N, H].
  let cell: [Matrix<Float>]
  let tokens: Matrix<Int32>
  let resets: Matrix<UInt8>
  // Which of the two matrices holds the state now.
  var turn = 0

  init(_ configuration: NetworkConfiguration, firstStream: Int, streams: Int) {
    self.firstStream = firstStream
    self.streams = streams
    let size = configuration.hiddenSize
    hidden = (0..<configuration.layerCount).map { _ in
      (0..<2).map { _ in Matrix(rows: streams, columns: size) }
    }
    factors = hidden.map { $0.map { $0.factors(as: Element.self) } }
    cell =
      configuration.cell.hasCellState
      ? hidden.map { _ in Matrix(rows: streams, columns: size) } : []
    tokens = Matrix(rows: streams, columns: 1)
    resets = Matrix(rows: streams, columns: 1)
  }

  func load(_ state: NetworkState) {
    for layer in hidden.indices {
      let now = hidden[layer][turn]
      for (matrix, isCell) in [(now, false)] + cell(layer) {
        let start = offset(state, layer, isCell)
        matrix.copy(state.values.span.extracting(start..<start + matrix.count))
      }
      now.convert(rows: 0..<streams, into: factors[layer][turn], row: 0)
    }
  }

  func store(into state: inout NetworkState) {
    for layer in hidden.indices {
      for (matrix, isCell) in [(hidden[layer][turn], false)] + cell(layer) {
        let start = offset(state, layer, isCell)
        matrix.copy(into: &state.values, range: start..<start + matrix.count)
      }
    }
  }

  private func cell(_ layer: Int) -> [(Matrix<Float>, Bool)] {
    cell.isEmpty ? [] : [(cell[layer], true)]
  }

  private func offset(_ state: NetworkState, _ layer: Int, _ isCell: Bool) -> Int {
    state.offset(
      layer: layer, isCell: isCell, statesPerLayer: cell.isEmpty ? 1 : 2, stream: firstStream)
  }
}
