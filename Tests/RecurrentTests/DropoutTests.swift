import Recurrent
import TestSupport
import Testing

struct DropoutTests {
  @Test(arguments: Cell.allCases)
  func `gradients go through the masks that the loss went through`(_ cell: Cell) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 6, hiddenSize: 16, layerCount: 2, cell: cell,
      dropout: 0.4, recurrentDropout: cell.readsHiddenState ? 0.3 : 0,
      weightDrop: cell.hasRecurrentMatrix ? 0.3 : 0, embeddingDropout: 0.3,
      layerNormalization: true, residual: true,
      learnedInitialState: true)
    var generator = SeededGenerator(seed: 4)
    var network = try Network(configuration, seed: 8)
    let window = randomWindow(length: 6, streams: 4, vocabulary: 9, generator: &generator)
    let engine = try BackpropagationThroughTime(configuration, streams: 4, windowLength: 6)
    let start = NetworkState(configuration, streams: 4)
    var gradients: [Float] = []
    func loss(_ network: Network, into gradients: inout [Float]) -> Double {
      var state = start
      return engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 77, into: &gradients
      ).mean
    }
    _ = loss(network, into: &gradients)
    // Along the gradient the loss changes by its square.
    let square = gradients.reduce(0) { $0 + Double($1) * Double($1) }
    let size = Float(2e-3 / square.squareRoot())
    let parameters = network.parameters
    var unused: [Float] = []
    network.parameters = zip(parameters, gradients).map { $0 + size * $1 }
    let above = loss(network, into: &unused)
    network.parameters = zip(parameters, gradients).map { $0 - size * $1 }
    let below = loss(network, into: &unused)
    let slope = (above - below) / (2 * Double(size))
    #expect(abs(slope - square) < 3e-3 * square)
  }

  @Test func `another seed drops something else, and evaluation drops nothing`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 6, hiddenSize: 16, layerCount: 2, dropout: 0.5,
      weightDrop: 0.5, embeddingDropout: 0.5)
    var plain = configuration
    plain.dropout = 0
    plain.weightDrop = 0
    plain.embeddingDropout = 0
    var generator = SeededGenerator(seed: 6)
    let network = try Network(configuration, seed: 1)
    let window = randomWindow(length: 6, streams: 4, vocabulary: 9, generator: &generator)
    let engine = try BackpropagationThroughTime(configuration, streams: 4, windowLength: 6)
    func loss(seed: UInt64) -> Double {
      var state = NetworkState(configuration, streams: 4)
      var gradients: [Float] = []
      return engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: seed, into: &gradients
      ).nats
    }
    #expect(loss(seed: 1) == loss(seed: 1))
    #expect(loss(seed: 1) != loss(seed: 2))
    var state = NetworkState(configuration, streams: 4)
    let evaluated = engine.loss(of: network, on: window, state: &state)
    let undropped = try BackpropagationThroughTime(plain, streams: 4, windowLength: 6)
    state = NetworkState(plain, streams: 4)
    let expected = undropped.loss(
      of: try Network(plain, parameters: network.parameters), on: window, state: &state)
    #expect(abs(evaluated.nats - expected.nats) < 1e-5)
  }

  @Test(arguments: Cell.allCases.filter(\.hasRecurrentMatrix))
  func `a window drops weights as if the matrices had zeros and the rest were larger`(
    _ cell: Cell
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 6, hiddenSize: 24, layerCount: 2, cell: cell,
      weightDrop: 0.25)
    var plain = configuration
    plain.weightDrop = 0
    var generator = SeededGenerator(seed: 2)
    let network = try Network(configuration, seed: 1)
    let window = randomWindow(
      length: 12, streams: 8, vocabulary: 9, generator: &generator, resets: false)
    func run(
      _ configuration: NetworkConfiguration, _ parameters: [Float], seed: UInt64
    ) throws -> (nats: Double, gradients: [Float]) {
      let engine = try BackpropagationThroughTime(
        configuration, streams: 8, windowLength: 12, precision: .f32)
      var state = NetworkState(configuration, streams: 8)
      for index in state.values.indices { state.values[index] = 0.1 }
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: try Network(configuration, parameters: parameters), on: window, state: &state,
        dropoutSeed: seed, into: &gradients)
      return (loss.nats, gradients)
    }
    var masks: [[Bool]] = []
    for seed: UInt64 in [5, 6] {
      let dropped = try run(configuration, network.parameters, seed: seed)
      // What is dropped has no gradient.
      var parameters = network.parameters
      var mask: [Bool] = []
      for slot in network.layout.slots where slot.role == .recurrentMatrix {
        for index in slot.range {
          mask.append(dropped.gradients[index] == 0)
          parameters[index] = dropped.gradients[index] == 0 ? 0 : parameters[index] / 0.75
        }
      }
      let share = Double(mask.count { $0 }) / Double(mask.count)
      #expect(abs(share - 0.25) < 0.03)
      masks.append(mask)
      let expected = try run(plain, parameters, seed: seed)
      #expect(abs(dropped.nats / expected.nats - 1) < 1e-6)
      for slot in network.layout.slots where slot.role == .recurrentMatrix {
        let survivors = slot.range.filter { dropped.gradients[$0] != 0 }
        let error = relativeError(
          survivors.map { dropped.gradients[$0] * 0.75 }, survivors.map { expected.gradients[$0] })
        #expect(error < 1e-5, "\(slot.name)")
      }
    }
    #expect(masks[0] != masks[1])
  }

  @Test(arguments: [Precision.f32, .bf16], [false, true])
  func `a window drops tokens as if their vectors were zero and the others larger`(
    _ precision: Precision, isTied: Bool
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 200, embeddingSize: 8, hiddenSize: 8, layerCount: 1,
      embeddingDropout: 0.25, tiedWeights: isTied, recall: Recall(lengths: [1, 2]))
    var plain = configuration
    plain.embeddingDropout = 0
    var generator = SeededGenerator(seed: 2)
    let network = try Network(configuration, seed: 1)
    var window = randomWindow(length: 60, streams: 20, vocabulary: 200, generator: &generator)
    for index in window.targets.indices { window.targets[index] = max(0, window.targets[index]) }
    func run(
      _ configuration: NetworkConfiguration, _ parameters: [Float]
    ) throws -> (losses: [Float], gradients: [Float]) {
      let engine = try BackpropagationThroughTime(
        configuration, streams: 20, windowLength: 60, precision: precision, shards: 2)
      var state = NetworkState(configuration, streams: 20)
      var gradients: [Float] = []
      _ = engine.gradients(
        of: try Network(configuration, parameters: parameters), on: window, state: &state,
        dropoutSeed: 5, into: &gradients)
      return (engine.tokenLosses, gradients)
    }
    // A dropped token's vector has no gradient; but as a row of the output matrix it has one, so the mask
    // is found where that is another.
    var untied = configuration
    untied.tiedWeights = false
    let start = try Network(untied, seed: 1)
    let heard = try run(untied, start.parameters).gradients
    let rows = start.layout[.embedding].range
    let dropped = (0..<200).filter { token in
      heard[rows][rows.lowerBound + token * 8..<rows.lowerBound + token * 8 + 8]
        .allSatisfy { $0 == 0 }
    }
    #expect(Set(window.inputs).count == 200)
    #expect((35...65).contains(dropped.count))
    let found = try run(configuration, network.parameters)
    guard !isTied else {
      // The output matrix is whole: dropped tokens are still learnt as targets.
      let gradients = found.gradients[network.layout[.embedding].range]
      #expect(gradients.count { $0 == 0 } == 0)
      return
    }
    #expect(found.gradients == heard)
    var parameters = network.parameters
    for token in 0..<200 {
      for index in rows.lowerBound + token * 8..<rows.lowerBound + token * 8 + 8 {
        parameters[index] = dropped.contains(token) ? 0 : parameters[index] / 0.75
      }
    }
    let expected = try run(plain, parameters)
    #expect(relativeError(found.losses, expected.losses) < (precision == .f32 ? 1e-6 : 1e-3))
    let input = network.layout[.layer(0, .inputWeights)].range
    #expect(
      relativeError(Array(found.gradients[input]), Array(expected.gradients[input])) < 1e-2)
  }

  @Test func `weights of a cell without a recurrent matrix are not dropped but refused`() {
    let configuration = NetworkConfiguration(
      vocabularySize: 9, embeddingSize: 6, hiddenSize: 16, layerCount: 2, cell: .qrnn,
      weightDrop: 0.5)
    #expect(
      throws: NetworkError(
        .contradiction(
          "weight drop 0.5 with cell qrnn, which has no recurrent matrix, expected 0"))
    ) { try configuration.validate() }
  }
}
