import Recurrent
import TestSupport
import Testing

/// What must not change the result.
struct InvarianceTests {
  static let cells = Cell.allCases
  static let precisions: [Precision] = [.f32, .bf16]

  private func setting(
    _ cell: Cell, layers: Int = 2
  ) throws -> (network: Network, window: Window, state: NetworkState) {
    let configuration = NetworkConfiguration(
      vocabularySize: 13, embeddingSize: 8, hiddenSize: 24, layerCount: layers, cell: cell,
      recall: cell == .lstm ? Recall(lengths: [1, 2], dropout: 0.3) : nil,
      conditionSlots: cell == .lstm || cell == .gru ? [2, 3] : nil,
      heardGroups: cell == .lstm ? HeardGroups(openers: 0..<2, members: 2..<5) : nil)
    var generator = SeededGenerator(seed: 5)
    var network = try Network(configuration, seed: 3)
    for index in network.layout["recall.gate"]?.range ?? 0..<0 { network.parameters[index] = 0.1 }
    let window = randomWindow(length: 8, streams: 6, vocabulary: 13, generator: &generator)
    return (network, window, NetworkState(configuration, streams: 6))
  }

  private func part(_ window: Window, _ steps: Range<Int>) -> Window {
    let range = steps.lowerBound * window.streams..<steps.upperBound * window.streams
    return Window(
      length: steps.count, streams: window.streams, inputs: Array(window.inputs[range]),
      targets: Array(window.targets[range]), resets: Array(window.resets[range]))
  }

  @Test(arguments: cells, precisions)
  func `a window run whole and run in parts gives the same losses and state to the bit`(
    _ cell: Cell, _ precision: Precision
  ) throws {
    let (network, window, start) = try setting(cell)
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 6, windowLength: 8, precision: precision)
    var whole = start
    _ = engine.loss(of: network, on: window, state: &whole)
    let expected = engine.tokenLosses
    var parts = start
    var losses: [Float] = []
    for steps in [0..<3, 3..<4, 4..<8] {
      _ = engine.loss(of: network, on: part(window, steps), state: &parts)
      losses += engine.tokenLosses
    }
    #expect(losses == expected)
    #expect(parts == whole)
  }

  @Test(arguments: cells, precisions)
  func `one thread and two give the same gradients to the bit`(
    _ cell: Cell, _ precision: Precision
  ) throws {
    let (network, window, start) = try setting(cell)
    var results: [[Float]] = []
    for threads in [1, 2, 3] {
      let engine = try BackpropagationThroughTime(
        network.configuration, streams: 6, windowLength: 8, precision: precision,
        threads: threads, shards: 3)
      var state = start
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 1, into: &gradients)
      results.append(gradients)
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test(arguments: cells)
  func `the gradient is the same for any number of shards but for rounding`(_ cell: Cell) throws {
    var (network, window, start) = try setting(cell)
    var configuration = network.configuration
    configuration.dropout = 0.3
    configuration.recurrentDropout = cell.readsHiddenState ? 0.2 : 0
    configuration.weightDrop = cell.hasRecurrentMatrix ? 0.2 : 0
    configuration.embeddingDropout = 0.2
    network = try Network(configuration, seed: 3)
    var results: [[Float]] = []
    for shards in [1, 2, 4, 6] {
      let engine = try BackpropagationThroughTime(
        configuration, streams: 6, windowLength: 8, shards: shards)
      engine.activationRegularization = 2
      engine.temporalActivationRegularization = 1
      start = NetworkState(configuration, streams: 6)
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: window, state: &start, dropoutSeed: 9, into: &gradients)
      results.append(gradients)
    }
    for other in results.dropFirst() { #expect(relativeError(other, results[0]) < 1e-6) }
  }

  @Test(arguments: cells)
  func `a window shorter than the buffers gives the gradient of a window that fits`(
    _ cell: Cell
  ) throws {
    let (network, window, start) = try setting(cell)
    let short = part(window, 0..<5)
    var results: [[Float]] = []
    for length in [5, 8] {
      let engine = try BackpropagationThroughTime(
        network.configuration, streams: 6, windowLength: length)
      var state = start
      var gradients: [Float] = []
      // A full window before leaves its traces in all buffers.
      if length == 8 {
        _ = engine.gradients(
          of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
        state = start
      }
      _ = engine.gradients(of: network, on: short, state: &state, dropoutSeed: 0, into: &gradients)
      results.append(gradients)
    }
    #expect(relativeError(results[1], results[0]) < 1e-6)
  }

  @Test(arguments: cells)
  func `streams side by side are streams alone`(_ cell: Cell) throws {
    let (network, window, start) = try setting(cell)
    let together = try BackpropagationThroughTime(
      network.configuration, streams: 6, windowLength: 8)
    var state = start
    _ = together.loss(of: network, on: window, state: &state)
    let expected = together.tokenLosses
    let alone = try BackpropagationThroughTime(network.configuration, streams: 1, windowLength: 8)
    for stream in 0..<6 {
      func column<Value>(_ values: [Value]) -> [Value] {
        stride(from: stream, to: values.count, by: 6).map { values[$0] }
      }
      var own = NetworkState(network.configuration, streams: 1)
      let single = Window(
        length: 8, streams: 1, inputs: column(window.inputs), targets: column(window.targets),
        resets: column(window.resets))
      _ = alone.loss(of: network, on: single, state: &own)
      #expect(relativeError(alone.tokenLosses, column(expected)) < 1e-6)
    }
  }

  @Test(arguments: cells)
  func `bfloat16 products give nearly the gradient of floats`(_ cell: Cell) throws {
    let (network, window, start) = try setting(cell)
    var results: [[Float]] = []
    for precision in Self.precisions {
      let engine = try BackpropagationThroughTime(
        network.configuration, streams: 6, windowLength: 8, precision: precision)
      var state = start
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      results.append(gradients)
    }
    // 8 bits of significand: 1/256 a factor, less in a sum of many. A rectifier's slope jumps where
    // rounding carries a sum past zero: the same roundings in PyTorch differ by up to 0.05 there.
    let error = relativeError(results[1], results[0])
    #expect(error < (cell == .rru ? 0.06 : 0.02) && error > 0)
  }

  /// Tables of 63 and 64 rows, of more, and of rows of matches.
  @Test(arguments: [(63, nil), (64, nil), (70, nil), (70, Recall(lengths: [1]))])
  func `bfloat16 products give nearly the gradients of both factors of the table`(
    vocabulary: Int, recall: Recall?
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: vocabulary, embeddingSize: 12, hiddenSize: 24, layerCount: 1, recall: recall)
    var generator = SeededGenerator(seed: 5)
    let network = try Network(configuration, seed: 3)
    let window = randomWindow(
      length: 40, streams: 6, vocabulary: vocabulary, generator: &generator)
    let results = try Self.precisions.map { precision in
      let engine = try BackpropagationThroughTime(
        configuration, streams: 6, windowLength: 40, precision: precision)
      var state = NetworkState(configuration, streams: 6)
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      return gradients
    }
    for parameter in [Parameter.embedding, .layer(0, .inputWeights)] {
      let range = network.layout[parameter].range
      let error = relativeError(Array(results[1][range]), Array(results[0][range]))
      #expect(error < 0.02 && error > 0)
    }
  }
}
