import TestSupport
import Testing

@testable import Recurrent

/// A network that learns from the piece it reads.
struct AdaptationTests {
  private static let cells = Cell.allCases

  private func network(_ cell: Cell = .lstm, dropout: Float = 0) throws -> Network {
    try Network(
      NetworkConfiguration(
        vocabularySize: 11, embeddingSize: 6, hiddenSize: 12, layerCount: 2, cell: cell,
        dropout: dropout, recurrentDropout: dropout, weightDrop: dropout,
        embeddingDropout: dropout, recall: Recall(lengths: [1, 3], dropout: dropout)), seed: 4)
  }

  private func piece(_ count: Int, seed: UInt64 = 1) -> [Int32] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<11, using: &random) }
  }

  private func reader(
    _ network: Network, _ adaptation: Adaptation
  ) throws -> AdaptiveReader {
    try AdaptiveReader(
      network, adaptation,
      statistics: try GradientStatistics(
        of: network, from: 0, to: 10, segment: adaptation.segment))
  }

  /// A window of one stream over a piece or a part of it, written down again.
  private func window(_ tokens: ArraySlice<Int32>, isStart: Bool) -> Window {
    let count = tokens.count - 1
    return Window(
      length: count, streams: 1, inputs: Array(tokens.dropLast()),
      targets: Array(tokens.dropFirst()), resets: (0..<count).map { isStart && $0 == 0 })
  }

  @Test(arguments: cells)
  func `without learning the loss is that of the network, however the piece is cut`(
    _ cell: Cell
  ) throws {
    let network = try network(cell, dropout: cell == .lstm ? 0.4 : 0)
    let piece = self.piece(90)
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: 90, precision: .f32)
    var state = NetworkState(network.configuration, streams: 1)
    let expected = engine.loss(of: network, on: window(piece[...], isStart: true), state: &state)
    let reader = try reader(network, Adaptation(segment: 16))
    for cuts in [[0, 90], [0, 1, 2, 40, 90], [0, 0, 33, 33, 34, 90]] {
      reader.begin()
      var found = WindowLoss()
      for (start, end) in zip(cuts, cuts.dropFirst()) {
        let loss = reader.read(Array(piece[start..<end]), learning: false)
        found.nats += loss.nats
        found.count += loss.count
      }
      #expect(found.count == 89)
      #expect(abs(found.nats - expected.nats) < 1e-4)
    }
    #expect(reader.adapted.parameters == network.parameters)
    #expect(reader.adapted.configuration == network.configuration)
  }

  @Test func `a step is down the gradient in units of its usual size, and back`()
    throws
  {
    let network = try network()
    let usual = (0..<3).map { piece(25, seed: 10 + $0) }
    let adaptation = Adaptation(rate: 0.02, decay: 0.3, segment: 8)
    let statistics = try GradientStatistics(of: network, on: usual, segment: 8)
    let reader = try AdaptiveReader(network, adaptation, statistics: statistics)
    let read = piece(20)
    _ = reader.read(read)

    // The rule, written down from the paper: 20 tokens are segments of 8, 8 and 3 predictions.
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: 8, precision: .f32)
    var gradients: [Float] = []
    var squares = [Double](repeating: 0, count: network.parameters.count)
    for piece in usual {
      var state = NetworkState(network.configuration, streams: 1)
      for start in [0, 8, 16] {
        _ = engine.gradients(
          of: network, on: window(piece[start...start + 8], isStart: start == 0), state: &state,
          dropoutSeed: 0, into: &gradients)
        for index in squares.indices {
          squares[index] += Double(gradients[index] * gradients[index])
        }
      }
    }
    let roots = squares.map { ($0 / 9).squareRoot() }
    let mean = roots.reduce(0, +) / Double(roots.count)
    var expected = network
    var state = NetworkState(network.configuration, streams: 1)
    for part in [0...8, 8...16, 16...19] {
      _ = engine.gradients(
        of: expected, on: window(read[part], isStart: part.lowerBound == 0), state: &state,
        dropoutSeed: 0, into: &gradients)
      let share = Double(part.count - 1) / 8
      let gate = network.layout["recall.gate"]?.range ?? 0..<0
      for index in roots.indices where !gate.contains(index) {
        let now = Double(expected.parameters[index])
        let back = min(1, share * 0.3 * roots[index] / mean)
        let next =
          now - share * 0.02 * Double(gradients[index]) / (roots[index] + mean)
          + back * (Double(network.parameters[index]) - now)
        expected.parameters[index] = Float(next)
      }
    }
    let found = reader.adapted.parameters
    #expect(found != network.parameters)
    let farthest = zip(found, expected.parameters).map { abs($0 - $1) }.max() ?? 1
    #expect(farthest < 2e-5)
  }

  @Test func `what is given is read, and neither predicted nor learnt`() throws {
    let network = try network()
    let piece = self.piece(50)
    let areGiven = piece.indices.map { (1...4).contains($0) || $0 % 7 == 3 }
    let targets = zip(piece, areGiven).map { $1 ? -1 : $0 }.dropFirst()
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: 50, precision: .f32)
    var whole = window(piece[...], isStart: true)
    whole.targets = Array(targets)
    var state = NetworkState(network.configuration, streams: 1)
    let expected = engine.loss(of: network, on: whole, state: &state)
    #expect(expected.count == targets.count { $0 >= 0 })
    let reader = try reader(network, Adaptation(rate: 0.02, decay: 0, segment: 4))
    for cuts in [[0, 50], [0, 2, 11, 12, 50]] {
      reader.begin()
      var found = WindowLoss()
      for (start, end) in zip(cuts, cuts.dropFirst()) {
        let loss = reader.read(
          Array(piece[start..<end]), areGiven: Array(areGiven[start..<end]), learning: false)
        found.nats += loss.nats
        found.count += loss.count
      }
      #expect(found.count == expected.count)
      #expect(abs(found.nats - expected.nats) < 1e-4)
    }
    // Four tokens and no target: there is nothing to learn.
    reader.begin()
    _ = reader.read(Array(piece[..<5]), areGiven: Array(areGiven[..<5]))
    #expect(reader.adapted.parameters == network.parameters)
    _ = reader.read(Array(piece[5...]), areGiven: Array(areGiven[5...]))
    #expect(reader.adapted.parameters != network.parameters)
  }

  @Test func `no more than is predictable is drawn for statistics, behind what is given`() throws {
    var network = try network()
    // Left to itself it would write token 9 alone.
    network.parameters[network.layout[.outputBias].offset + 9] = 30
    let bias = network.layout[.outputBias].offset
    let free = try GradientStatistics(of: network, from: 0, to: 8, segment: 16)
    let told = try GradientStatistics(
      of: network, from: 0, given: [9, 10], to: 8, predictable: 9, segment: 16)
    // Where 9 is drawn all is as foreseen; where it cannot be, every target is a surprise.
    #expect(free.scales[bias + 9] > 10 * told.scales[bias + 9])
    #expect(told.scales.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test func `what comes again is learnt, and forgotten before the next piece`() throws {
    let network = try network(dropout: 0.5)
    let phrase = self.piece(20)
    let again: [Int32] = (0..<80).flatMap { _ in phrase }
    let reader = try reader(network, Adaptation(rate: 0.02, decay: 0, segment: 10))
    let plain = reader.read(again, learning: false)
    reader.begin()
    let learnt = reader.read(again)
    #expect(learnt.count == plain.count)
    #expect(learnt.nats < plain.nats * 0.8)
    let adapted = reader.adapted
    #expect(adapted.parameters != network.parameters)
    reader.begin()
    #expect(reader.read(again) == learnt)
    #expect(reader.adapted.parameters == adapted.parameters)
    // Read once more with what was learnt.
    reader.rewind()
    #expect(reader.read(again, learning: false).nats < learnt.nats)
    // All the way back at each step is no learning.
    let held = try self.reader(network, Adaptation(rate: 1e-9, decay: 1, segment: 10))
    #expect(abs(held.read(again).nats - plain.nats) < 0.01)
  }

  @Test func `statistics are the same each time, and no piece goes on after its end`()
    throws
  {
    let network = try network()
    let first = try GradientStatistics(of: network, from: 0, to: 10, segment: 16)
    let second = try GradientStatistics(of: network, from: 0, to: 10, segment: 16)
    #expect(first.scales == second.scales && first.weights == second.weights)
    let gate = try #require(network.layout["recall.gate"]).range
    #expect(first.scales[gate].allSatisfy { $0 == 0 })
    let others = first.scales[..<gate.lowerBound] + first.scales[gate.upperBound...]
    #expect(others.allSatisfy { $0.isFinite && $0 > 0 })
    let mean = first.weights.reduce(0, +) / Float(first.weights.count)
    #expect(abs(mean - 1) < 1e-3)
    // A network that ends each piece at once.
    var ending = network
    ending.parameters[ending.layout[.outputBias].offset + 10] = 12
    let short = try GradientStatistics(of: ending, on: [[0, 10]], segment: 16)
    let drawn = try GradientStatistics(of: ending, from: 0, to: 10, segment: 16)
    for (short, drawn) in zip(short.weights, drawn.weights) {
      let difference: Float = abs(short - drawn)
      #expect(difference < 1e-3 * (1 + drawn))
    }
  }

  @Test func `settings out of range are refused`() throws {
    let network = try network()
    let statistics = try GradientStatistics(of: network, on: [piece(20)], segment: 8)
    for adaptation in [
      Adaptation(rate: 0), Adaptation(rate: .nan), Adaptation(rate: 2), Adaptation(decay: -0.1),
      Adaptation(decay: 1.5), Adaptation(segment: 0), Adaptation(segment: 5_000),
    ] {
      #expect(throws: NetworkError.self) {
        try AdaptiveReader(network, adaptation, statistics: statistics)
      }
    }
  }
}
