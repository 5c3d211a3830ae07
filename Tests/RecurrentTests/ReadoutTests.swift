import Foundation
import Recurrent
import TestSupport
import Testing

/// Networks whose answer is a label.
struct ReadoutTests {
  static let configurations: [NetworkConfiguration] = Cell.allCases.flatMap { cell in
    Pooling.allCases.map { pooling in
      NetworkConfiguration(
        vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell,
        readout: Readout(labelCount: 4, pooling: pooling))
    }
  }

  private func window(generator: inout some RandomNumberGenerator) -> Window {
    var window = randomWindow(length: 9, streams: 3, vocabulary: 4, generator: &generator)
    for stream in 0..<3 { window.resets[stream] = true }
    // A stream that holds two excerpts for sure, one of them idle at its end.
    for step in 0..<9 {
      window.resets[step * 3] = step == 0 || step == 4
      window.targets[step * 3] = step < 7 ? 1 : -1
    }
    return window
  }

  @Test(arguments: configurations)
  func `losses and gradients equal central differences of the reference in double`(
    _ configuration: NetworkConfiguration
  ) throws {
    var generator = SeededGenerator(seed: 3)
    var network = try Network(configuration, seed: 2)
    for index in network.parameters.indices {
      network.parameters[index] += Float.random(in: -0.3...0.3, using: &generator)
    }
    let window = window(generator: &generator)
    var state = NetworkState(configuration, streams: 3)
    let start = state
    let engine = try BackpropagationThroughTime(
      configuration, streams: 3, windowLength: 11, shards: 2)
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

  @Test(arguments: 0..<6) func `logits and gradients equal PyTorch's`(case index: Int) throws {
    let fixture = try ReadoutFixture()
    let network = try fixture.network(index)
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: fixture.streams, windowLength: fixture.length, shards: 2)
    var state = NetworkState(network.configuration, streams: fixture.streams)
    var gradients: [Float] = []
    _ = engine.gradients(
      of: network, on: fixture.window, state: &state, dropoutSeed: 0, into: &gradients)
    let logits = engine.excerpts.flatMap(\.logits)
    #expect(relativeError(logits, fixture.values(index, "logits")) < 1e-6)
    for slot in network.layout.slots {
      let error = relativeError(
        Array(gradients[slot.range]), fixture.values(index, "gradient \(slot.name)"))
      #expect(error < 1e-5, "\(slot.name)")
    }
  }

  @Test(arguments: Pooling.allCases)
  func `an excerpt's answer does not depend on what stands beside it or on the shards`(
    _ pooling: Pooling
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 16, layerCount: 1,
      readout: Readout(labelCount: 3, pooling: pooling))
    let network = try Network(configuration, seed: 5)
    let tokens: [Int32] = [1, 4, 2, 6, 0, 3]
    func answer(streams: Int, stream: Int, first: Int, shards: Int) throws -> [Double] {
      let count = 12 * streams
      var window = Window(
        length: 12, streams: streams,
        inputs: (0..<count).map { Int32($0 % 7) },
        targets: Array(repeating: 2, count: count),
        resets: (0..<count).map { $0 < streams })
      for (step, token) in tokens.enumerated() {
        window.inputs[(first + step) * streams + stream] = token
      }
      window.resets[first * streams + stream] = true
      if first + tokens.count < 12 {
        window.resets[(first + tokens.count) * streams + stream] = true
      }
      let engine = try BackpropagationThroughTime(
        configuration, streams: streams, windowLength: 12, precision: .f32, shards: shards)
      var state = NetworkState(configuration, streams: streams)
      _ = engine.loss(of: network, on: window, state: &state)
      let excerpt = try #require(
        engine.excerpts.first { $0.stream == stream && $0.steps.lowerBound == first })
      #expect(excerpt.steps.count == tokens.count)
      return excerpt.logits
    }
    let alone = try answer(streams: 1, stream: 0, first: 0, shards: 1)
    #expect(relativeError(try answer(streams: 5, stream: 3, first: 4, shards: 2), alone) < 1e-6)
    #expect(
      try answer(streams: 5, stream: 3, first: 4, shards: 2)
        == answer(streams: 5, stream: 3, first: 4, shards: 2))
  }

  @Test func `what an untrained network is unsure of it learns by heart`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 12, layerCount: 1,
      readout: Readout(labelCount: 3, pooling: .attention))
    var network = try Network(configuration, seed: 1)
    var generator = SeededGenerator(seed: 4)
    var window = randomWindow(
      length: 8, streams: 3, vocabulary: 7, generator: &generator, resets: false)
    for step in 0..<8 {
      for stream in 0..<3 {
        window.targets[step * 3 + stream] = Int32(stream)
        window.resets[step * 3 + stream] = step == 0
      }
    }
    let engine = try BackpropagationThroughTime(configuration, streams: 3, windowLength: 8)
    var gradients: [Float] = []
    var losses: [Double] = []
    for _ in 0..<200 {
      var state = NetworkState(configuration, streams: 3)
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      losses.append(loss.mean)
      for index in gradients.indices { network.parameters[index] -= gradients[index] }
    }
    #expect(abs(losses[0] - 1.0986) < 0.15)
    #expect(losses[199] < 0.05)
  }

  @Test func `label smoothing moves gradients and no loss`() throws {
    let configuration = Self.configurations[1]
    let network = try Network(configuration, seed: 2)
    var generator = SeededGenerator(seed: 3)
    let window = window(generator: &generator)
    func run(_ smoothing: Float) throws -> (nats: Double, bias: [Float]) {
      let engine = try BackpropagationThroughTime(configuration, streams: 3, windowLength: 9)
      engine.labelSmoothing = smoothing
      var state = NetworkState(configuration, streams: 3)
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      return (loss.mean, Array(gradients[network.layout[.outputBias].range]))
    }
    let (plain, smooth) = (try run(0), try run(0.2))
    #expect(plain.nats == smooth.nats)
    #expect(relativeError(smooth.bias, plain.bias) > 0.01)
    #expect(abs(smooth.bias.reduce(0, +)) < 1e-6)
  }

  @Test
  func `a readout has as many outputs as labels, one more for attention, and no tied weights`()
    throws
  {
    var configuration = Self.configurations[0]
    #expect(configuration.layout[.outputWeights].shape == [4, 5])
    configuration.readout?.pooling = .attention
    #expect(configuration.layout[.outputWeights].shape == [5, 5])
    #expect(configuration.layout[.outputBias].shape == [5])
    configuration.embeddingSize = 5
    configuration.tiedWeights = true
    #expect(throws: NetworkError.self) { try configuration.validate() }
    configuration.tiedWeights = false
    for count in [-1, 0, 1, 1 << 20] {
      configuration.readout?.labelCount = count
      #expect(throws: NetworkError.self) { try configuration.validate() }
    }
  }
}

/// The fixture file: a line of JSON, then floats.
private struct ReadoutFixture {
  private struct Header: Decodable {
    struct Sizes: Decodable { var vocabulary, embedding, hidden, labels, length, streams: Int }
    struct Case: Decodable {
      var cell: Cell
      var pooling: Pooling
      var places: [String: [Int]]
    }
    var sizes: Sizes
    var excerpts: [[Int]]
    var cases: [Case]
  }

  private let header: Header
  private let floats: [Float]
  var length: Int { header.sizes.length }
  var streams: Int { header.sizes.streams }

  init() throws {
    (header, floats) = try TorchNumbers.read("readout_torch")
  }

  func values(_ index: Int, _ name: String) -> [Float] {
    guard let place = header.cases[index].places[name] else { return [] }
    return Array(floats[place[0]..<place[0] + place[1]])
  }

  func network(_ index: Int) throws -> Network {
    let (sizes, item) = (header.sizes, header.cases[index])
    let configuration = NetworkConfiguration(
      vocabularySize: sizes.vocabulary, embeddingSize: sizes.embedding, hiddenSize: sizes.hidden,
      layerCount: 2, cell: item.cell,
      readout: Readout(labelCount: sizes.labels, pooling: item.pooling))
    let parameters = (0..<configuration.layout.count).map {
      Float((TorchNumbers.noise($0) - 0.5) * 0.6)
    }
    return try Network(configuration, parameters: parameters)
  }

  var window: Window {
    let count = length * streams
    var window = Window(
      length: length, streams: streams, inputs: Array(repeating: 0, count: count),
      targets: Array(repeating: -1, count: count), resets: Array(repeating: true, count: count))
    for excerpt in header.excerpts {
      let (stream, first, steps, label) = (excerpt[0], excerpt[1], excerpt[2], excerpt[3])
      for step in 0..<steps {
        let place = (first + step) * streams + stream
        window.inputs[place] = Int32(
          TorchNumbers.noise(7919 + 31 * ((first + step) * streams + stream))
            * Double(header.sizes.vocabulary))
        window.targets[place] = Int32(label)
        window.resets[place] = step == 0
      }
    }
    return window
  }
}
