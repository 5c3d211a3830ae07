import Recurrent
import TestSupport
import Testing

struct NetworkTests {
  private let plain = NetworkConfiguration(
    vocabularySize: 50, embeddingSize: 16, hiddenSize: 32, layerCount: 2)

  private func rows(_ network: Network, _ name: String, columns: Int) -> [[Float]] {
    let values = Array(network[name] ?? [])
    return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
  }

  @Test func `tensors have PyTorch's names and shapes`() {
    #expect(
      plain.layout.slots.map { "\($0.name) \($0.shape)" } == [
        "embedding.weight [50, 16]",
        "rnn.weight_ih_l0 [128, 16]", "rnn.weight_hh_l0 [128, 32]",
        "rnn.bias_ih_l0 [128]", "rnn.bias_hh_l0 [128]",
        "rnn.weight_ih_l1 [128, 32]", "rnn.weight_hh_l1 [128, 32]",
        "rnn.bias_ih_l1 [128]", "rnn.bias_hh_l1 [128]",
        "output.weight [50, 32]", "output.bias [50]",
      ])
  }

  @Test func `a tensor is found by what it holds, under PyTorch's name`() throws {
    var configuration = plain
    configuration.layerNormalization = true
    configuration.learnedInitialState = true
    let network = try Network(configuration, seed: 1)
    let names: [(Parameter, String)] = [
      (.embedding, "embedding.weight"), (.layer(0, .inputWeights), "rnn.weight_ih_l0"),
      (.layer(1, .recurrentWeights), "rnn.weight_hh_l1"), (.layer(1, .inputBias), "rnn.bias_ih_l1"),
      (.layer(0, .recurrentBias), "rnn.bias_hh_l0"), (.layer(1, .gain), "normalization.1.weight"),
      (.layer(0, .shift), "normalization.0.bias"), (.initialState(0), "initial.hidden"),
      (.initialState(1), "initial.cell"), (.outputWeights, "output.weight"),
      (.outputBias, "output.bias"),
    ]
    for (parameter, name) in names {
      #expect(network.layout[parameter].name == name)
      #expect(network[parameter] == network[name])
    }
    let decayed = network.layout.slots.filter(\.role.isMatrix).map(\.name)
    #expect(
      decayed == [
        "embedding.weight", "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.weight_ih_l1",
        "rnn.weight_hh_l1", "output.weight",
      ])
  }

  @Test func `a QRNN has an input product alone, and learns the start of its cell state`() throws {
    var configuration = plain
    configuration.cell = .qrnn
    configuration.learnedInitialState = true
    #expect(
      configuration.layout.slots.map { "\($0.name) \($0.shape)" } == [
        "embedding.weight [50, 16]", "rnn.weight_ih_l0 [96, 16]", "rnn.bias_ih_l0 [96]",
        "rnn.weight_ih_l1 [96, 32]", "rnn.bias_ih_l1 [96]", "initial.cell [2, 32]",
        "output.weight [50, 32]", "output.bias [50]",
      ])
    let network = try Network(configuration, seed: 1)
    // The forget gate stands second.
    #expect(network[.layer(0, .inputBias)].dropFirst(32).prefix(32).allSatisfy { $0 == 1 })
    #expect(configuration.operationsPerToken == Double(2 * (96 * 16 + 96 * 32 + 50 * 32)))
  }

  @Test func `an RRU has two products, keeps all shares of its memory and adds nothing at first`()
    throws
  {
    var configuration = plain
    configuration.cell = .rru
    configuration.layerCount = 1
    configuration.learnedInitialState = true
    #expect(
      configuration.layout.slots.map { "\($0.name) \($0.shape)" } == [
        "embedding.weight [50, 16]", "rnn.weight_ih_l0 [128, 16]", "rnn.weight_hh_l0 [128, 32]",
        "rnn.bias_ih_l0 [128]", "rnn.weight_co_l0 [64, 128]", "rnn.bias_co_l0 [64]",
        "rnn.retention_l0 [32]", "rnn.candidate_scale_l0 [32]", "initial.memory [1, 32]",
        "output.weight [50, 32]", "output.bias [50]",
      ])
    let network = try Network(configuration, seed: 1)
    let kept = network[.layer(0, .retention)].map { logistic(10 * $0) }
    #expect(kept.allSatisfy { (0.0099...0.9901).contains($0) })
    #expect(kept.contains { $0 < 0.2 } && kept.contains { $0 > 0.8 })
    #expect(network[.layer(0, .candidateScale)].allSatisfy { $0 == 0 })
    #expect(
      configuration.operationsPerToken
        == Double(2 * (128 * 16 + 128 * 32 + 64 * 128 + 50 * 32)))
  }

  @Test(arguments: Cell.allCases)
  func `a recurrent gain is a factor on the recurrent matrices and on nothing else`(
    _ cell: Cell
  ) throws {
    var configuration = plain
    configuration.cell = cell
    let network = try Network(configuration, seed: 1)
    configuration.initialization.recurrentGain = 3
    let larger = try Network(configuration, seed: 1)
    for slot in network.layout.slots {
      let factor: Float = slot.name.hasPrefix("rnn.weight_hh") ? 3 : 1
      #expect(
        Array(larger.parameters[slot.range]) == network.parameters[slot.range].map { factor * $0 },
        "\(slot.name)")
    }
  }

  @Test(arguments: Cell.allCases)
  func `stepping needs less memory than training or making the network`(_ cell: Cell) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 400, embeddingSize: 512, hiddenSize: 1024, layerCount: 2, cell: cell)
    let stepping = configuration.steppingMemory(streams: 1)
    #expect(stepping < 16 * configuration.layout.count)
    // Parameters, gradients and two moments beside what backpropagation itself needs.
    let training = configuration.trainingMemory(
      streams: 1, windowLength: 1, precision: .f32, shards: 1)
    #expect(stepping < (training + 4 * configuration.parameterMemory) / 2)
    // At least the weights, and 64 streams' logits.
    #expect(stepping > 4 * configuration.layout.count)
    #expect(configuration.steppingMemory(streams: 65) - stepping > 64 * 400 * 4)
  }

  @Test(arguments: Initialization.Scheme.allCases)
  func `an untrained network is as unsure as a fair die`(_ scheme: Initialization.Scheme) throws {
    var configuration = plain
    configuration.initialization.scheme = scheme
    var generator = SeededGenerator(seed: 2)
    let network = try Network(configuration, seed: 1)
    let window = randomWindow(length: 16, streams: 8, vocabulary: 50, generator: &generator)
    let engine = try BackpropagationThroughTime(configuration, streams: 8, windowLength: 16)
    var state = NetworkState(configuration, streams: 8)
    let loss = engine.loss(of: network, on: window, state: &state).mean
    #expect(abs(loss - naturalLogarithm(50.0)) < 0.02 * naturalLogarithm(50.0))
  }

  @Test func `orthogonal matrices have orthonormal rows in every gate`() throws {
    var configuration = plain
    configuration.initialization.scheme = .orthogonal
    let network = try Network(configuration, seed: 1)
    let all = rows(network, "rnn.weight_hh_l1", columns: 32)
    for gate in 0..<4 {
      for i in 0..<32 {
        for j in 0...i {
          let product = zip(all[gate * 32 + i], all[gate * 32 + j]).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(product - (i == j ? 1 : 0)) < 1e-5)
        }
      }
    }
  }

  @Test func `the identity holds a rectified state as it is`() throws {
    var configuration = plain
    configuration.cell = .rnn
    configuration.activation = .relu
    configuration.initialization.scheme = .identity
    let network = try Network(configuration, seed: 1)
    let all = rows(network, "rnn.weight_hh_l0", columns: 32)
    for i in 0..<32 {
      for j in 0..<32 { #expect(all[i][j] == (i == j ? 1 : 0)) }
    }
    #expect(network["rnn.bias_ih_l0"]?.allSatisfy { $0 == 0 } == true)
  }

  @Test func `the forget gate's two biases add up to the one asked for`() throws {
    for scheme in Initialization.Scheme.allCases {
      var configuration = plain
      configuration.initialization = Initialization(scheme: scheme, forgetBias: 1.5)
      let network = try Network(configuration, seed: 1)
      let input = Array(network["rnn.bias_ih_l1"] ?? [])
      let recurrent = Array(network["rnn.bias_hh_l1"] ?? [])
      for index in 32..<64 { #expect(input[index] + recurrent[index] == 1.5) }
    }
  }

  @Test func `a seed makes one network, another seed another`() throws {
    #expect(try Network(plain, seed: 7).parameters == Network(plain, seed: 7).parameters)
    #expect(try Network(plain, seed: 7).parameters != Network(plain, seed: 8).parameters)
  }

  @Test func `one batch is learnt by heart`() throws {
    var generator = SeededGenerator(seed: 2)
    var network = try Network(plain, seed: 1)
    let window = randomWindow(
      length: 12, streams: 4, vocabulary: 50, generator: &generator, resets: false)
    let engine = try BackpropagationThroughTime(plain, streams: 4, windowLength: 12)
    var gradients: [Float] = []
    var last = WindowLoss()
    for _ in 0..<1000 {
      var state = NetworkState(plain, streams: 4)
      last = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      for index in gradients.indices { network.parameters[index] -= gradients[index] }
    }
    #expect(last.mean < 0.05)
  }

  static let impossible: [(@Sendable (inout NetworkConfiguration) -> Void, String)] = [
    ({ $0.hiddenSize = 0 }, "hiddenSize is 0, expected 1 to 1048576"),
    ({ $0.vocabularySize = -3 }, "vocabularySize is -3, expected 1 to 1048576"),
    ({ $0.layerCount = 9 }, "layerCount is 9, expected 1 to 8"),
    ({ $0.dropout = 1 }, "dropout is 1.0, expected at least 0 and below 1"),
    ({ $0.recurrentDropout = .nan }, "recurrentDropout is nan, expected at least 0 and below 1"),
    (
      { $0.tiedWeights = true },
      "tied weights with an embedding of 16 and a hidden size of 32, expected equal sizes"
    ),
    (
      { ($0.cell, $0.recurrentDropout) = (.qrnn, 0.3) },
      "recurrent dropout 0.3 with cell qrnn, which reads no hidden state, expected 0"
    ),
    ({ $0.activation = .relu }, "activation relu with cell lstm, expected cell rnn"),
  ]

  @Test(arguments: impossible.indices)
  func `settings that make no network are refused in one line`(index: Int) {
    let (change, message) = Self.impossible[index]
    var configuration = plain
    change(&configuration)
    let error = #expect(throws: NetworkError.self) { try configuration.validate() }
    #expect(error?.description == message)
  }

  @Test func `an absurd size is refused with the memory that it would need`() {
    var configuration = plain
    configuration.hiddenSize = 1 << 20
    let error = #expect(throws: NetworkError.self) { try Network(configuration, seed: 1) }
    #expect(error?.description.hasPrefix("needs 52") == true, "\(error?.description ?? "")")
    #expect(throws: NetworkError.self) {
      try BackpropagationThroughTime(plain, streams: 1 << 20, windowLength: 1 << 20)
    }
  }

  @Test func `parameters that are too few or not finite are refused`() throws {
    var parameters = try Network(plain, seed: 1).parameters
    let error = #expect(throws: NetworkError.self) {
      try Network(plain, parameters: Array(parameters.dropLast()))
    }
    #expect(
      error?.reason == .parameterCount(found: parameters.count - 1, expected: parameters.count))
    parameters[plain.layout[.layer(1, .recurrentBias)].offset] = .nan
    #expect(throws: NetworkError(.notFinite(slot: "rnn.bias_hh_l1"))) {
      try Network(plain, parameters: parameters)
    }
  }
}
