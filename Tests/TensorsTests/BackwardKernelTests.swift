import Tensors
import TestSupport
import Testing

/// The kernels that go back through a step, against central differences of the scalar cells.
struct BackwardKernelTests {
  private let size = 37

  // The sums of the input product are x itself; those of the recurrent product are its bias.
  private func weights(_ gates: Int, recurrent: [Double]) -> ReferenceWeights<Double> {
    let width = gates * size
    return ReferenceWeights(
      inputWeights: (0..<width).map { row in (0..<width).map { $0 == row ? 1 : 0 } },
      recurrentWeights: [[Double]](
        repeating: [Double](repeating: 0, count: size), count: width),
      inputBias: [Double](repeating: 0, count: width), recurrentBias: recurrent)
  }

  private func random(_ columns: Int, rows: Int = 1, seed: UInt64) -> Matrix<Float> {
    var generator = SeededGenerator(seed: seed)
    let matrix = Matrix<Float>(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = .random(in: -2...2, using: &generator) }
    }
    return matrix
  }

  private func input(_ sums: Matrix<Float>, recurrent: Matrix<Float>) -> CellInput {
    let width = sums.columns
    return CellInput(
      rows: 1, row: 0, input: sums, tokens: nil, inputBias: Matrix(rows: 1, columns: width),
      recurrent: recurrent, recurrentBias: Matrix(rows: 1, columns: width),
      resets: Matrix(rows: 1, columns: 1), initial: Matrix(rows: 1, columns: size))
  }

  private func doubles(_ matrix: Matrix<Float>) -> [Double] { matrix.elements.map(Double.init) }

  private func expectEqual(
    _ found: Matrix<Float>, _ expected: [Double],
    _ sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (a, b) in zip(found.elements, expected) {
      #expect(abs(Double(a) - b) < 2e-6, sourceLocation: sourceLocation)
    }
  }

  @Test func `a GRU's gradients are the slopes of the scalar cell`() {
    let (x, r, h) = (random(3 * size, seed: 1), random(3 * size, seed: 2), random(size, seed: 3))
    let slopes = doubles(random(size, seed: 4))
    func value(_ x: [Double], _ r: [Double], _ h: [Double]) -> Double {
      let next = ReferenceGRU(weights(3, recurrent: r)).step(x, hidden: h)
      return zip(next, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (sums, products, before) = (doubles(x), doubles(r), doubles(h))

    let hidden = Matrix<Float>(rows: 2, columns: size)
    hidden.copyRow(0, of: h, to: 0)
    let candidate = Matrix<Float>(rows: 1, columns: size)
    GRUGates.forward(
      input(x, recurrent: r), gates: x, candidate: candidate, hidden: hidden, rounded: nil)
    let gradient = random(size, seed: 4)
    let recurrent = Matrix<Float>(rows: 1, columns: 3 * size)
    let biases = (input: random(3 * size, seed: 5), recurrent: random(3 * size, seed: 6))
    let halves = (
      Matrix<BFloat16>(rows: 1, columns: 3 * size), Matrix<BFloat16>(rows: 1, columns: 3 * size)
    )
    let biasesBefore = (doubles(biases.input), doubles(biases.recurrent))
    GRUGates.backward(
      row: 0, resets: Matrix(rows: 1, columns: 1), initial: Matrix(rows: 1, columns: size),
      hidden: hidden, candidate: candidate, hiddenGradient: gradient, gates: x,
      recurrent: recurrent, roundedGates: halves.0, roundedRecurrent: halves.1,
      inputBias: biases.input, recurrentBias: biases.recurrent)

    let bySums = centralDifferences(at: sums) { value($0, products, before) }
    let byProducts = centralDifferences(at: products) { value(sums, $0, before) }
    expectEqual(x, bySums)
    expectEqual(recurrent, byProducts)
    expectEqual(gradient, centralDifferences(at: before) { value(sums, products, $0) })
    expectEqual(biases.input, zip(biasesBefore.0, bySums).map { $0 + $1 })
    expectEqual(biases.recurrent, zip(biasesBefore.1, byProducts).map { $0 + $1 })
    #expect(halves.0.elements == x.elements.map { BFloat16($0) })
    #expect(halves.1.elements == recurrent.elements.map { BFloat16($0) })
  }

  @Test func `a GRU that starts anew takes the gradient at the initial state`() {
    let (x, r, start) = (
      random(3 * size, seed: 1), random(3 * size, seed: 2), random(size, seed: 3)
    )
    let (sums, products, before) = (doubles(x), doubles(r), doubles(start))
    let resets = Matrix<UInt8>(rows: 1, columns: 1)
    resets[0, 0] = 1
    var step = input(x, recurrent: r)
    step.resets = resets
    step.initial = start
    // What stood before must not count.
    let hidden = random(size, rows: 2, seed: 9)
    let candidate = Matrix<Float>(rows: 1, columns: size)
    GRUGates.forward(step, gates: x, candidate: candidate, hidden: hidden, rounded: nil)
    let gradient = Matrix<Float>(rows: 1, columns: size)
    gradient.fill(1, rows: 0..<1)
    GRUGates.backward(
      row: 0, resets: resets, initial: start, hidden: hidden, candidate: candidate,
      hiddenGradient: gradient, gates: x, recurrent: Matrix(rows: 1, columns: 3 * size),
      roundedGates: nil, roundedRecurrent: nil, inputBias: Matrix(rows: 1, columns: 3 * size),
      recurrentBias: Matrix(rows: 1, columns: 3 * size))
    expectEqual(
      x,
      centralDifferences(at: sums) {
        ReferenceGRU(weights(3, recurrent: products)).step($0, hidden: before).reduce(0, +)
      })
  }

  @Test(arguments: [false, true], [false, true])
  func `a QRNN's gradients are the slopes of the scalar cell`(
    _ isFixedPoint: Bool, _ startsAnew: Bool
  ) {
    let x = random(3 * size, seed: 1)
    let before = random(size, seed: 2)
    let slopes = (hidden: random(size, seed: 3), cell: random(size, seed: 4))
    let (sums, state) = (doubles(x), doubles(before))
    func value(_ x: [Double], _ c: [Double]) -> Double {
      let next = ReferenceQRNN(weights(3, recurrent: [])).step(x, cell: c)
      return zip(next.hidden, doubles(slopes.hidden)).reduce(0) { $0 + $1.0 * $1.1 }
        + zip(next.cell, doubles(slopes.cell)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let bySums = centralDifferences(at: sums) { value($0, state) }
    let byState = centralDifferences(at: state) { value(sums, $0) }

    let resets = Matrix<UInt8>(rows: 1, columns: 1)
    resets[0, 0] = startsAnew ? 1 : 0
    let initial = Matrix<Float>(rows: 2, columns: size)
    let cell = random(size, rows: 2, seed: 9)
    if startsAnew {
      initial.copyRow(0, of: before, to: 1)
    } else {
      cell.copyRow(0, of: before, to: 0)
    }
    let input = CellInput(
      rows: 1, row: 0, input: x, tokens: nil, inputBias: Matrix(rows: 1, columns: 3 * size),
      resets: resets, initial: initial)
    let (hidden, halves) = (
      Matrix<Float>(rows: 2, columns: size), Matrix<BFloat16>(rows: 2, columns: size)
    )
    let bias = Matrix<Float>(rows: 1, columns: 3 * size)
    bias.fill(0.5, rows: 0..<1)
    let gradient = random(size, seed: 4)
    let rounded = Matrix<BFloat16>(rows: 1, columns: 3 * size)
    if isFixedPoint {
      QRNNGates.forward16(
        input, cell: cell, activations: rounded, hidden: hidden, rounded: halves)
      QRNNGates.backward16(
        row: 0, resets: resets, initial: initial, cell: cell, hiddenGradient: slopes.hidden,
        cellGradient: gradient, activations: rounded, bias: bias)
    } else {
      QRNNGates.forward(input, cell: cell, gates: x, hidden: hidden, rounded: halves)
      QRNNGates.backward(
        row: 0, resets: resets, initial: initial, cell: cell, hiddenGradient: slopes.hidden,
        cellGradient: gradient, gates: x, rounded: rounded, bias: bias)
      expectEqual(x, bySums)
    }
    // Fixed point has 16 bits, bfloat16 8.
    let precision = isFixedPoint ? 2e-4 : 2e-6
    for (found, expected) in zip(rounded.elements, bySums) {
      #expect(abs(Double(Float(found)) - expected) < precision + abs(expected) / 200)
    }
    for (found, expected) in zip(doubles(bias), bySums) {
      #expect(abs(found - expected - 0.5) < precision)
    }
    for (found, expected) in zip(doubles(gradient), byState) {
      #expect(abs(found - expected) < precision)
    }
  }

  @Test func `an RRU's inner units are rectified sums over their root mean square`() {
    let width = 4 * size
    let sums = random(width, seed: 1)
    let (before, slopes) = (doubles(sums), doubles(random(width, seed: 2)))
    func inner(_ s: [Double]) -> [Double] {
      let mean = s.reduce(0) { $0 + $1 * $1 } / Double(s.count)
      return s.map { max(0, $0 / (mean + 1e-6).squareRoot()) }
    }
    let scales = Matrix<Float>(rows: 1, columns: 1)
    let rectified = Matrix<Float>(rows: 1, columns: width)
    RRUGates.forwardInner(
      input(sums, recurrent: Matrix(rows: 1, columns: width)), gates: sums, scales: scales,
      rectified: rectified)
    expectEqual(rectified, inner(before))
    let gradients = RRUGates.Gradients(size: size)
    let halves = Matrix<BFloat16>(rows: 1, columns: width)
    RRUGates.backwardInner(
      row: 0, scales: scales, rectifiedGradient: random(width, seed: 2), gates: sums,
      rounded: halves, gradients: gradients)
    let expected = centralDifferences(at: before) { moved in
      zip(inner(moved), slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
    expectEqual(sums, expected)
    expectEqual(gradients.inputBias, expected)
    #expect(halves.elements == sums.elements.map { BFloat16($0) })
  }

  @Test func `an RRU scales its memory, adds its candidate, and passes its output on`() {
    let weights = RRUGates.Weights(
      inputBias: Matrix(rows: 1, columns: 4 * size), innerBias: random(2 * size, seed: 1),
      retention: random(size, seed: 2), candidateScale: random(size, seed: 3))
    // Some units keep everything, some nothing.
    for column in 0..<size { weights.retention[0, column] /= 8 }
    let (sums, memory) = (random(2 * size, seed: 4), random(size, seed: 5))
    let slopes = (hidden: random(size, seed: 6), memory: random(size, seed: 7))
    let point =
      [sums, memory, weights.retention, weights.candidateScale].flatMap { doubles($0) }
    let bias = doubles(weights.innerBias)
    func step(_ p: [Double]) -> (hidden: [Double], memory: [Double]) {
      let indices = 0..<size
      return (
        indices.map { p[size + $0] + bias[size + $0] },
        indices.map { j in
          logistic(10 * p[3 * size + j]) * p[2 * size + j] + p[4 * size + j] * (p[j] + bias[j])
        }
      )
    }
    let candidates = Matrix<Float>(rows: 1, columns: size)
    let (after, hidden, halves) = (
      Matrix<Float>(rows: 2, columns: size), Matrix<Float>(rows: 2, columns: size),
      Matrix<BFloat16>(rows: 2, columns: size)
    )
    RRUGates.forwardOuter(
      row: 0, sums: sums, weights: weights, entering: memory, candidates: candidates,
      memory: after, hidden: hidden, rounded: halves)
    let expected = step(point)
    for j in 0..<size {
      #expect(abs(Double(hidden[1, j]) - expected.hidden[j]) < 1e-6)
      #expect(abs(Double(after[1, j]) - expected.memory[j]) < 2e-6)
      #expect(halves[1, j] == BFloat16(hidden[1, j]))
    }
    let gradient = random(size, seed: 7)
    let gradients = RRUGates.Gradients(size: size)
    RRUGates.backwardOuter(
      row: 0, entering: memory, candidates: candidates, hiddenGradient: slopes.hidden,
      weights: weights, memoryGradient: gradient, sums: sums, gradients: gradients)
    let all = centralDifferences(at: point) { moved in
      let next = step(moved)
      return zip(next.hidden, doubles(slopes.hidden)).reduce(0) { $0 + $1.0 * $1.1 }
        + zip(next.memory, doubles(slopes.memory)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func part(_ index: Int, _ count: Int = 1) -> [Double] {
      Array(all[index * size..<(index + count) * size])
    }
    expectEqual(sums, part(0, 2))
    expectEqual(gradients.innerBias, part(0, 2))
    expectEqual(gradient, part(2))
    for (found, expected) in zip(doubles(gradients.retention), part(3)) {
      #expect(abs(found - expected) < 2e-5)
    }
    expectEqual(gradients.candidateScale, part(4))
  }

  @Test(arguments: [false, true])
  func `a vanilla cell's gradients are the slopes of the scalar cell`(_ isRectified: Bool) {
    let (x, r) = (random(size, seed: 1), random(size, seed: 2))
    let (sums, products, slopes) = (doubles(x), doubles(r), doubles(random(size, seed: 4)))
    let hidden = Matrix<Float>(rows: 2, columns: size)
    ElmanGates.forward(
      input(x, recurrent: r), isRectified: isRectified, gates: x, hidden: hidden, rounded: nil)
    let bias = Matrix<Float>(rows: 1, columns: size)
    bias.fill(0.5, rows: 0..<1)
    let halves = Matrix<BFloat16>(rows: 1, columns: size)
    ElmanGates.backward(
      row: 0, isRectified: isRectified, hiddenGradient: random(size, seed: 4), gates: x,
      rounded: halves, bias: bias)
    let expected = centralDifferences(at: sums) { moved in
      let next = ReferenceElman(weights(1, recurrent: products), isRectified: isRectified).step(
        moved, hidden: [Double](repeating: 0, count: size))
      return zip(next, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
    expectEqual(x, expected)
    expectEqual(bias, expected.map { $0 + 0.5 })
    #expect(halves.elements == x.elements.map { BFloat16($0) })
  }

  @Test func `layer normalisation and its gradients are those of its definition`() {
    let (x, gain, shift) = (random(size, seed: 1), random(size, seed: 2), random(size, seed: 3))
    let slopes = doubles(random(size, seed: 4))
    func normalized(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      return x.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }
    func output(_ x: [Double], _ gain: [Double], _ shift: [Double]) -> [Double] {
      let normalized = normalized(x)
      return x.indices.map { normalized[$0] * gain[$0] + shift[$0] }
    }
    func value(_ x: [Double], _ gain: [Double], _ shift: [Double]) -> Double {
      zip(output(x, gain, shift), slopes).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (before, factors, shifts) = (doubles(x), doubles(gain), doubles(shift))
    let kept = Matrix<Float>(rows: 1, columns: size)
    let deviations = Matrix<Float>(rows: 1, columns: 1)
    x.normalize(rows: 0..<1, gain: gain, bias: shift, normalized: kept, deviations: deviations)
    expectEqual(x, output(before, factors, shifts))
    expectEqual(kept, normalized(before))

    let gradient = random(size, seed: 4)
    let gainGradient = Matrix<Float>(rows: 1, columns: size)
    let shiftGradient = Matrix<Float>(rows: 1, columns: size)
    shiftGradient.fill(1, rows: 0..<1)
    gradient.normalizeBackward(
      rows: 0..<1, normalized: kept, deviations: deviations, gain: gain,
      gainGradient: gainGradient, biasGradient: shiftGradient)
    expectEqual(gradient, centralDifferences(at: before) { value($0, factors, shifts) })
    expectEqual(gainGradient, centralDifferences(at: factors) { value(before, $0, shifts) })
    expectEqual(shiftGradient, slopes.map { $0 + 1 })
  }
}
