import Recurrent
import TestSupport
import Testing

struct StepperTests {
  private func network(_ cell: Cell, hidden: Int = 40) throws -> Network {
    try Network(
      NetworkConfiguration(
        vocabularySize: 21, embeddingSize: 40, hiddenSize: hidden, layerCount: 2, cell: cell,
        layerNormalization: cell == .gru, tiedWeights: cell == .rnn && hidden == 40,
        residual: cell == .lstm, learnedInitialState: true,
        recall: cell == .gru ? nil : Recall(lengths: [1, 2])), seed: 5)
  }

  @Test(arguments: Cell.allCases)
  func `streams can be dropped and doubled`(_ cell: Cell) throws {
    let network = try network(cell)
    let stepper = try Stepper(network, streams: 3, precision: .f32)
    var logits: [Float] = []
    stepper.step([1, 2, 3], logits: &logits)
    stepper.state = stepper.state.gathering([2, 0, 2])
    stepper.step([4, 4, 4], logits: &logits)

    let expected = try Stepper(network, streams: 3, precision: .f32)
    var others: [Float] = []
    expected.step([3, 1, 3], logits: &others)
    expected.step([4, 4, 4], logits: &others)
    #expect(logits == others)
  }

  @Test func `a condition is heard from the step in which it is told, and read as no token`()
    throws
  {
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: 9, embeddingSize: 8, hiddenSize: 16, layerCount: 1, conditionSlots: [2, 3]),
      seed: 3)
    let stepper = try Stepper(network, streams: 3, precision: .f32)
    var logits: [Float] = []
    func row(_ stream: Int) -> ArraySlice<Float> { logits[9 * stream..<9 * (stream + 1)] }
    stepper.step([7, 7, 7], logits: &logits)
    #expect(row(0) == row(1))
    // What was told already changes nothing when it is told again.
    stepper.step([1, 1, 1], telling: [nil, 7, 8], logits: &logits)
    #expect(row(0) == row(1))
    #expect(row(0) != row(2))
    stepper.step([2, 2, 2], logits: &logits)
    #expect((0..<3).map { stepper.told(inStream: $0).heard } == [[4, 7], [4, 7], [4, 8]])
    #expect(row(0) == row(1))
    // A piece that begins anew is told nothing.
    stepper.reset(stream: 2)
    #expect(stepper.told(inStream: 2).heard == [4, 6])
  }

  @Test(arguments: Cell.allCases, [1, 2, 5, 33])
  func `stepping gives the likelihoods that training saw`(_ cell: Cell, _ streams: Int) throws {
    var generator = SeededGenerator(seed: 3)
    var network = try network(cell)
    let moved = ["initial.", "recall.gate"]
    for slot in network.layout.slots where moved.contains(where: slot.name.hasPrefix) {
      for index in slot.range {
        network.parameters[index] = Float.random(in: -0.5...0.5, using: &generator)
      }
    }
    let length = 12
    var window = randomWindow(
      length: length, streams: streams, vocabulary: 21, generator: &generator)
    for stream in 0..<streams { window.resets[stream] = true }
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: streams, windowLength: length)
    var state = NetworkState(network.configuration, streams: streams)
    _ = engine.loss(of: network, on: window, state: &state)
    let expected = engine.tokenLosses

    let stepper = try Stepper(network, streams: streams, precision: .f32)
    var logits: [Float] = []
    var losses: [Float] = []
    for step in 0..<length {
      for stream in 0..<streams where window.resets[step * streams + stream] {
        stepper.reset(stream: stream)
      }
      stepper.step(
        Array(window.inputs[step * streams..<(step + 1) * streams]), logits: &logits)
      for stream in 0..<streams {
        let row = logits[stream * 21..<(stream + 1) * 21].map(Double.init)
        let target = window.targets[step * streams + stream]
        let sum = row.reduce(0) { $0 + exponential($1) }
        losses.append(target < 0 ? 0 : Float(naturalLogarithm(sum) - row[Int(target)]))
      }
    }
    #expect(relativeError(losses, expected) < 2e-6)
    #expect(relativeError(stepper.state.values, state.values) < 2e-6)
  }

  @Test(arguments: Cell.allCases, [SteppingPrecision.f32, .bf16, .int8])
  func `any number of threads gives the same logits to the bit`(
    _ cell: Cell, _ precision: SteppingPrecision
  ) throws {
    var network = try network(cell, hidden: 400)
    for index in network.layout["recall.gate"]?.range ?? 0..<0 { network.parameters[index] = 0.1 }
    for streams in [1, 3, 32] {
      var results: [[Float]] = []
      for threads in 1...3 {
        let stepper = try Stepper(
          network, streams: streams, precision: precision, threads: threads)
        var logits: [Float] = []
        for step in 0..<5 {
          stepper.step((0..<streams).map { Int32(($0 + 3 * step) % 21) }, logits: &logits)
        }
        results.append(logits)
      }
      if streams == 1 {
        // A product of one row takes each output's sum by itself.
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
      } else {
        #expect(relativeError(results[1], results[0]) < (precision == .f32 ? 1e-6 : 5e-3))
        #expect(relativeError(results[2], results[0]) < (precision == .f32 ? 1e-6 : 5e-3))
      }
    }
  }

  @Test(arguments: Cell.allCases.filter { $0 != .rru })
  func `bytes give the same logits to the bit beside any other streams, near those of floats`(
    _ cell: Cell
  ) throws {
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: 45, embeddingSize: 30, hiddenSize: 131, layerCount: 2, cell: cell,
        dropout: 0.5), seed: 7)
    // An untrained QRNN puts out hundredths, for which 127ths are coarse.
    for slot in network.layout.slots where cell == .qrnn && slot.role == .inputMatrix {
      for index in slot.range { network.parameters[index] *= 8 }
    }
    #expect(try Stepper(network, streams: 1, precision: .int8).precision == .int8)
    func logits(_ precision: SteppingPrecision, streams: Int, threads: Int) throws -> [Float] {
      let stepper = try Stepper(
        network, streams: streams, precision: precision, threads: threads)
      var logits: [Float] = []
      for step in 0..<12 {
        stepper.step((0..<streams).map { Int32(($0 * 5 + 3 * step) % 45) }, logits: &logits)
      }
      return Array(logits[..<45])
    }
    let expected = try logits(.int8, streams: 1, threads: 1)
    for (streams, threads) in [(1, 2), (2, 1), (5, 2), (8, 1), (17, 2), (33, 2)] {
      #expect(try logits(.int8, streams: streams, threads: threads) == expected)
    }
    #expect(relativeError(expected, try logits(.f32, streams: 1, threads: 1)) < 0.03)
  }

  @Test func `networks with unbounded outputs step in halves when bytes are asked for`() throws {
    let normalised = try network(.gru)
    #expect(try Stepper(normalised, streams: 1, precision: .int8).precision == .bf16)
    let rectified = try Network(
      NetworkConfiguration(
        vocabularySize: 5, embeddingSize: 4, hiddenSize: 8, layerCount: 1, cell: .rnn,
        activation: .relu), seed: 1)
    #expect(try Stepper(rectified, streams: 1, precision: .int8).precision == .bf16)
    #expect(try Stepper(rectified, streams: 1, precision: .auto).precision != .int8)
    #expect(try Stepper(network(.rru), streams: 1, precision: .int8).precision == .bf16)
  }

  @Test func `a state taken out and put back goes on as if nothing had been`() throws {
    let network = try network(.lstm)
    let stepper = try Stepper(network, streams: 2, precision: .f32)
    var logits: [Float] = []
    stepper.step([1, 2], logits: &logits)
    let kept = stepper.state
    stepper.step([3, 4], logits: &logits)
    let expected = logits
    stepper.state = kept
    stepper.step([3, 4], logits: &logits)
    #expect(logits == expected)
    stepper.reset(stream: 0)
    #expect(stepper.state != kept)
    stepper.state.copy(stream: 1, of: kept, to: 1)
  }

  @Test func `no streams and too many are refused`() throws {
    let network = try network(.gru)
    #expect(throws: NetworkError.self) { try Stepper(network, streams: 0) }
    #expect(throws: NetworkError.self) { try Stepper(network, streams: 1 << 20) }
  }

  @Test func `streams that would not fit in memory are refused with what they need`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 1 << 20, embeddingSize: 1, hiddenSize: 1, layerCount: 1, cell: .rnn)
    let network = try Network(
      configuration, parameters: [Float](repeating: 0, count: configuration.layout.count))
    let error = #expect(throws: NetworkError.self) { try Stepper(network, streams: 1 << 16) }
    guard case .memory(let needed, _) = error?.reason else {
      Issue.record("expected a lack of memory, found \(String(describing: error))")
      return
    }
    // The logits alone.
    #expect(needed > 4 << 36)
  }
}
