import Recurrent
import TestSupport
import Testing

struct GradientTests {
  static let configurations: [NetworkConfiguration] = {
    var all: [NetworkConfiguration] = []
    for cell in Cell.allCases {
      let plain = NetworkConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell)
      all.append(plain)
      var full = plain
      full.embeddingSize = 5
      full.layerCount = 3
      full.layerNormalization = true
      full.tiedWeights = true
      full.residual = true
      full.learnedInitialState = true
      full.recall = Recall(lengths: [1, 2])
      all.append(full)
    }
    all.append(
      NetworkConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 1,
        recall: Recall(lengths: [1], hasGate: false)))
    all.append(
      NetworkConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 1, cell: .rnn,
        activation: .relu))
    for recall in [nil, Recall(lengths: [1])] {
      all.append(
        NetworkConfiguration(
          vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, recall: recall,
          conditionSlots: [2, 3]))
    }
    all.append(
      NetworkConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2,
        recall: Recall(lengths: [1]),
        heardGroups: HeardGroups(openers: 3..<5, members: 5..<7)))
    return all
  }()

  @Test func `label smoothing is spread over the tokens that are ever predicted`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 1)
    let network = try Network(configuration, seed: 2)
    var generator = SeededGenerator(seed: 3)
    // Of seven tokens five.
    let window = randomWindow(length: 9, streams: 3, vocabulary: 5, generator: &generator)
    func bias(_ smoothing: Float) throws -> (nats: Double, gradient: [Float]) {
      let engine = try BackpropagationThroughTime(configuration, streams: 3, windowLength: 9)
      engine.labelSmoothing = smoothing
      engine.predictableCount = 5
      var state = NetworkState(configuration, streams: 3)
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      return (loss.mean, Array(gradients[network.layout[.outputBias].range]))
    }
    let (plain, smooth) = (try bias(0), try bias(0.2))
    #expect(plain.nats == smooth.nats)
    // A target's weight becomes 0.8, and 0.04 is that of each of the five besides.
    for token in 0..<7 {
      let targets = window.targets.count { Int($0) == token }
      let share = Float(targets) / Float(window.targetCount)
      let difference = token < 5 ? 0.2 * share - 0.04 : 0
      let found = smooth.gradient[token] - plain.gradient[token]
      #expect(abs(found - difference) < 1e-6)
    }
  }

  @Test(arguments: configurations)
  func `losses and gradients equal central differences of the reference in double`(
    _ configuration: NetworkConfiguration
  ) throws {
    var generator = SeededGenerator(seed: 1)
    var network = try Network(configuration, seed: 2)
    // Biases and initial states start at zero or one; moved, so that every path counts.
    for index in network.parameters.indices {
      network.parameters[index] += Float.random(in: -0.3...0.3, using: &generator)
    }
    let window = randomWindow(length: 8, streams: 3, vocabulary: 7, generator: &generator)
    var state = NetworkState(configuration, streams: 3)
    for index in state.values.indices {
      state.values[index] = Float.random(in: -0.8...0.8, using: &generator)
    }
    let start = state
    let engine = try BackpropagationThroughTime(
      configuration, streams: 3, windowLength: 10, shards: 2)
    var gradients: [Float] = []
    let loss = engine.gradients(
      of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
    let reference = ReferenceNetwork(network)
    #expect(abs(loss.mean - reference.loss(on: window, from: start)) < 1e-5)
    for slot in network.layout.slots {
      let directions = (0..<6).map { _ in Direction(through: slot.range, using: &generator) }
      let error = relativeError(
        directions.map { $0.slope(gradients) },
        reference.slopes(along: directions, on: window, from: start))
      #expect(error < 2e-5, "\(slot.name)")
    }
  }

  @Test(arguments: Cell.allCases, [false, true])
  func `what is added to the loss has the gradient of central differences and is not told`(
    _ cell: Cell, isFull: Bool
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell,
      layerNormalization: isFull, residual: isFull)
    var generator = SeededGenerator(seed: 3)
    let network = try Network(configuration, seed: 2)
    let window = randomWindow(length: 8, streams: 3, vocabulary: 7, generator: &generator)
    let start = NetworkState(configuration, streams: 3)
    let engine = try BackpropagationThroughTime(
      configuration, streams: 3, windowLength: 10, precision: .f32, shards: 2)
    let reference = ReferenceNetwork(network)
    var plain: [Float] = []
    var state = start
    let loss = engine.gradients(
      of: network, on: window, state: &state, dropoutSeed: 0, into: &plain)
    for (activation, temporal) in [(Float(3), Float(0)), (0, 5), (2, 4)] {
      engine.activationRegularization = activation
      engine.temporalActivationRegularization = temporal
      var gradients: [Float] = []
      state = start
      let told = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      #expect(told == loss)
      #expect(relativeError(gradients, plain) > 0.02)
      let directions = (0..<24).map { _ in
        Direction(through: gradients.indices, using: &generator)
      }
      let expected = reference.slopes(
        along: directions, on: window, from: start, activation: Double(activation),
        temporal: Double(temporal))
      #expect(relativeError(directions.map { $0.slope(gradients) }, expected) < 2e-5)
    }
  }

  @Test func `the output's square is taken after dropout`() throws {
    // A rectifier over a bias of 1 puts out 1 everywhere, and 2 or 0 after dropout.
    let configuration = NetworkConfiguration(
      vocabularySize: 3, embeddingSize: 2, hiddenSize: 64, layerCount: 1, cell: .rnn,
      activation: .relu, dropout: 0.5)
    var network = try Network(configuration, seed: 1)
    network.parameters = network.parameters.map { _ in 0 }
    let bias = network.layout[.layer(0, .inputBias)].range
    for index in bias { network.parameters[index] = 1 }
    let window = Window(
      length: 16, streams: 4, inputs: Array(repeating: 0, count: 64),
      targets: Array(repeating: 1, count: 64), resets: Array(repeating: false, count: 64))
    let engine = try BackpropagationThroughTime(configuration, streams: 4, windowLength: 16)
    engine.activationRegularization = 1
    var state = NetworkState(configuration, streams: 4)
    var gradients: [Float] = []
    _ = engine.gradients(
      of: network, on: window, state: &state, dropoutSeed: 3, into: &gradients)
    // Of the mean of (2b)² over the half that survives the slope by all biases together is 4.
    let slope = gradients[bias].reduce(0, +)
    #expect(abs(slope - 4) < 0.15)
  }

  @Test(arguments: Cell.allCases)
  func `no step hands back more of a gradient than the limit for each stream`(_ cell: Cell) throws {
    var configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell)
    configuration.initialization.recurrentGain = 4
    let network = try Network(configuration, seed: 2)
    var generator = SeededGenerator(seed: 1)
    let window = randomWindow(length: 12, streams: 3, vocabulary: 7, generator: &generator)
    func run(limit: Float?) throws -> (gradients: [Float], flow: [LayerGradientFlow]) {
      let engine = try BackpropagationThroughTime(
        configuration, streams: 3, windowLength: 12, shards: 2)
      engine.stateGradientLimit = limit
      engine.recordsGradientFlow = true
      var state = NetworkState(configuration, streams: 3)
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      return (gradients, engine.gradientFlow)
    }
    let free = try run(limit: nil)
    let greatest = free.flow.flatMap(\.hidden).max() ?? 0
    #expect(greatest > 0.01)
    let wide = try run(limit: Float(greatest) * 2)
    #expect(wide.gradients == free.gradients)
    let limit = Float(greatest) / 20
    let narrow = try run(limit: limit)
    #expect(narrow.gradients != free.gradients)
    // Three streams, each at its limit.
    let most = Double(limit) * 3.0.squareRoot() * (1 + 1e-5)
    #expect(narrow.flow.flatMap(\.hidden).allSatisfy { $0 <= most })
  }
}
