import Tensors

/// Streams that step together: their whole states, which the group's threads share.
///
/// Each thread writes its own units' columns and reads all; a meeting lies between.
final class StepGroup<Element: ProductFactor> {
  let firstStream: Int
  let streams: Int
  // For each layer the hidden state before and after the step, taking turns, [N, H].
  let hidden: [[Matrix<Float>]]
  let factors: [[Matrix<Element>]]
  // For each layer the states that no product reads, [N, H].
  let others: [[Matrix<Float>]]
  let tokens: Matrix<Int32>
  let resets: Matrix<UInt8>
  // Which of the two matrices holds the state now.
  var turn = 0

  init(_ configuration: NetworkConfiguration, firstStream: Int, streams: Int) {
    self.firstStream = firstStream
    self.streams = streams
    let size = configuration.hiddenSize
    func states(_ count: Int) -> [[Matrix<Float>]] {
      (0..<configuration.layerCount).map { _ in
        (0..<count).map { _ in Matrix(rows: streams, columns: size) }
      }
    }
    hidden = states(2)
    factors = hidden.map { $0.map { $0.factors(as: Element.self) } }
    others = states(configuration.cell.stateCount - 1)
    tokens = Matrix(rows: streams, columns: 1)
    resets = Matrix(rows: streams, columns: 1)
  }

  func load(_ state: NetworkState) {
    for (vector, matrix) in states.enumerated() {
      matrix.copy(state.values.span.extracting(state.range(vector: vector, streams: range)))
    }
    for (hidden, factors) in zip(hidden, factors) {
      hidden[turn].convert(rows: 0..<streams, into: factors[turn], row: 0)
    }
  }

  func store(into state: inout NetworkState) {
    for (vector, matrix) in states.enumerated() {
      matrix.copy(into: &state.values, range: state.range(vector: vector, streams: range))
    }
  }

  private var range: Range<Int> { firstStream..<firstStream + streams }

  // In the order of a network's vectors.
  private var states: [Matrix<Float>] {
    zip(hidden, others).flatMap { [$0[turn]] + $1 }
  }
}
