import Tensors
import TestSupport
import Testing

/// The fused kernels against the scalar cells, over ranges where a fast exp or tanh could go wrong.
struct KernelTests {
  private let size = 37

  private func weights(_ gates: Int) -> ReferenceWeights<Double> {
    // The identity on an input that already holds all sums; nothing recurrent.
    ReferenceWeights(
      inputWeights: (0..<gates * size).map { row in
        (0..<gates * size).map { $0 == row ? 1 : 0 }
      },
      recurrentWeights: (0..<gates * size).map { _ in [Double](repeating: 0, count: size) },
      inputBias: [Double](repeating: 0, count: gates * size),
      recurrentBias: [Double](repeating: 0, count: gates * size))
  }

  private func input(
    _ gates: Int, _ sums: Matrix<Float>, reset: Bool = false
  ) -> CellInput {
    let width = gates * size
    let resets = Matrix<UInt8>(rows: 1, columns: 1)
    resets[0, 0] = reset ? 1 : 0
    return CellInput(
      rows: 1, row: 0, input: sums, tokens: nil, inputBias: Matrix(rows: 1, columns: width),
      recurrent: Matrix(rows: 1, columns: width), recurrentBias: Matrix(rows: 1, columns: width),
      resets: resets, initial: Matrix(rows: 2, columns: size))
  }

  private func sums(_ gates: Int, scale: Float, _ generator: inout SeededGenerator) -> Matrix<Float>
  {
    let matrix = Matrix<Float>(rows: 1, columns: gates * size)
    for column in 0..<matrix.columns {
      matrix[0, column] = .random(in: -scale...scale, using: &generator)
    }
    return matrix
  }

  @Test(arguments: [0.001, 0.1, 1, 10, 100] as [Float])
  func `an LSTM step equals the scalar cell's`(_ scale: Float) {
    var generator = SeededGenerator(seed: 1)
    let sums = sums(4, scale: scale, &generator)
    let cell = Matrix<Float>(rows: 2, columns: size)
    for column in 0..<size { cell[0, column] = .random(in: -2...2, using: &generator) }
    let before = (0..<size).map { Double(cell[0, $0]) }
    let x = sums.elements.map(Double.init)
    let hidden = Matrix<Float>(rows: 2, columns: size)
    let halves = Matrix<BFloat16>(rows: 2, columns: size)
    LSTMGates.forward(input(4, sums), cell: cell, gates: sums, hidden: hidden, rounded: halves)
    let expected = ReferenceLSTM(weights(4)).step(
      x, hidden: [Double](repeating: 0, count: size), cell: before)
    for j in 0..<size {
      #expect(abs(Double(hidden[1, j]) - expected.hidden[j]) < 3e-7)
      #expect(abs(Double(cell[1, j]) - expected.cell[j]) < 5e-7)
      #expect(halves[1, j] == BFloat16(hidden[1, j]))
    }
  }

  @Test(arguments: [0.001, 1, 100] as [Float])
  func `GRU and vanilla steps equal the scalar cells'`(_ scale: Float) {
    var generator = SeededGenerator(seed: 2)
    let hidden = Matrix<Float>(rows: 2, columns: size)
    for column in 0..<size { hidden[0, column] = .random(in: -1...1, using: &generator) }
    let before = (0..<size).map { Double(hidden[0, $0]) }

    let gated = sums(3, scale: scale, &generator)
    let gatedSums = gated.elements.map(Double.init)
    GRUGates.forward(
      input(3, gated), gates: gated, candidate: Matrix(rows: 1, columns: size), hidden: hidden,
      rounded: nil)
    let expected = ReferenceGRU(weights(3)).step(gatedSums, hidden: before)
    for j in 0..<size { #expect(abs(Double(hidden[1, j]) - expected[j]) < 5e-7) }

    for isRectified in [false, true] {
      let plain = sums(1, scale: scale, &generator)
      let x = plain.elements.map(Double.init)
      ElmanGates.forward(
        input(1, plain), isRectified: isRectified, gates: plain, hidden: hidden, rounded: nil)
      let expected = ReferenceElman(weights(1), isRectified: isRectified).step(x, hidden: before)
      for j in 0..<size { #expect(abs(Double(hidden[1, j]) - expected[j]) < 3e-7) }
    }
  }

  @Test(arguments: [0.001, 0.1, 1, 10, 100] as [Float])
  func `a QRNN step equals the scalar cell's, and in fixed point to its last digit`(
    _ scale: Float
  ) {
    var generator = SeededGenerator(seed: 4)
    let sums = sums(3, scale: scale, &generator)
    let x = sums.elements.map(Double.init)
    let cell = Matrix<Float>(rows: 2, columns: size)
    for column in 0..<size { cell[0, column] = .random(in: -1...1, using: &generator) }
    let expected = ReferenceQRNN(weights(3)).step(x, cell: (0..<size).map { Double(cell[0, $0]) })
    let (hidden, halves) = (
      Matrix<Float>(rows: 2, columns: size), Matrix<BFloat16>(rows: 2, columns: size)
    )
    func check() {
      for j in 0..<size {
        #expect(abs(Double(hidden[1, j]) - expected.hidden[j]) < 3e-7)
        #expect(abs(Double(cell[1, j]) - expected.cell[j]) < 3e-7)
        #expect(halves[1, j] == BFloat16(hidden[1, j]))
      }
    }
    QRNNGates.forward16(
      input(3, sums), cell: cell, activations: Matrix(rows: 1, columns: 3 * size), hidden: hidden,
      rounded: halves)
    check()
    QRNNGates.forward(input(3, sums), cell: cell, gates: sums, hidden: hidden, rounded: halves)
    check()
  }

  @Test func `a sum that is not a number stays one`() {
    let sums = Matrix<Float>(rows: 1, columns: 4 * size)
    sums[0, 2 * size] = .nan
    let cell = Matrix<Float>(rows: 2, columns: size)
    let hidden = Matrix<Float>(rows: 2, columns: size)
    LSTMGates.forward(input(4, sums), cell: cell, gates: sums, hidden: hidden, rounded: nil)
    #expect(hidden[1, 0].isNaN && !hidden[1, 1].isNaN)
  }

  @Test(arguments: [1, 5, 16, 388])
  func `cross-entropy equals the sum in double, and its gradient its definition`(_ width: Int) {
    var generator = SeededGenerator(seed: 3)
    let logits = Matrix<Float>(rows: 2, columns: width)
    let bias = Matrix<Float>(rows: 1, columns: width)
    for column in 0..<width {
      logits[0, column] = .random(in: -30...30, using: &generator)
      bias[0, column] = .random(in: -3...3, using: &generator)
    }
    let values = (0..<width).map { Double(logits[0, $0] + bias[0, $0]) }
    let greatest = values.max() ?? 0
    let sum = values.reduce(0) { $0 + exponential($1 - greatest) }
    let targets = Matrix<Int32>(rows: 2, columns: 1)
    targets[0, 0] = Int32(width / 2)
    targets[1, 0] = -1
    let losses = Matrix<Float>(rows: 2, columns: 1)
    CrossEntropy.evaluate(
      logits: logits, bias: bias, targets: targets, scale: 0.5, smoothing: 0.1, losses: losses)
    let expected = greatest + naturalLogarithm(sum) - values[width / 2]
    #expect(abs(Double(losses[0, 0]) - expected) < 1e-5 * max(1, expected))
    #expect(losses[1, 0] == 0)
    for column in 0..<width {
      let probability = exponential(values[column] - greatest) / sum
      let aim = (column == width / 2 ? 0.9 : 0) + 0.1 / Double(width)
      #expect(abs(Double(logits[0, column]) - 0.5 * (probability - aim)) < 2e-6)
      #expect(logits[1, column] == 0)
    }
  }

  @Test func `dropout keeps the share and the mean, by row names alone`() {
    let ones = Matrix<Float>(rows: 64, columns: 500)
    ones.fill(1, rows: 0..<64)
    let dropped = Matrix<Float>(rows: 64, columns: 500)
    ones.dropout(rows: 0..<64, into: dropped, row: 0, rounded: nil, rate: 0.25, seed: 7, key: 100)
    let kept = dropped.elements.filter { $0 != 0 }
    #expect(kept.allSatisfy { $0 == 1 / 0.75 })
    // Four standard deviations of 32,000 throws.
    #expect(abs(Double(kept.count) / 32_000 - 0.75) < 0.01)
    let part = Matrix<Float>(rows: 10, columns: 500)
    ones.dropout(rows: 0..<10, into: part, row: 0, rounded: nil, rate: 0.25, seed: 7, key: 120)
    #expect(part.elements == Array(dropped.elements[20 * 500..<30 * 500]))
  }
}
