import Foundation
import Recurrent
import Testing

/// Losses, gradients, states and logits against PyTorch's, made by
/// Tools/fixtures/recurrent_torch.py.
struct TorchParityTests {
  @Test(arguments: 0..<18)
  func `losses, gradients and states equal PyTorch's over two windows with resets`(
    case index: Int
  ) throws {
    let fixture = try TorchFixture()
    let network = try fixture.network(index)
    let configuration = network.configuration
    let engine = try BackpropagationThroughTime(
      configuration, streams: fixture.streams, windowLength: fixture.length, shards: 2)
    var state = NetworkState(configuration, streams: fixture.streams)
    var gradients: [Float] = []
    for number in 0..<2 {
      let window = fixture.window(number)
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      let expected = fixture.values(index, "losses\(number)")
      #expect(relativeError(engine.tokenLosses, expected) < 1e-6)
      #expect(abs(loss.nats - expected.reduce(0) { $0 + Double($1) }) < 1e-4)
      for slot in network.layout.slots {
        let error = relativeError(
          Array(gradients[slot.range]), fixture.values(index, "gradient\(number) \(slot.name)"))
        #expect(error < 1e-5, "window \(number), \(slot.name)")
      }
      #expect(relativeError(state.values, fixture.values(index, "state\(number)")) < 1e-6)
    }
  }

  @Test(arguments: 0..<18)
  func `products of bfloat16 give nearly PyTorch's losses and gradients`(case index: Int) throws {
    let fixture = try TorchFixture()
    let network = try fixture.network(index)
    let configuration = network.configuration
    let engine = try BackpropagationThroughTime(
      configuration, streams: fixture.streams, windowLength: fixture.length, precision: .bf16,
      shards: 2)
    var state = NetworkState(configuration, streams: fixture.streams)
    var gradients: [Float] = []
    // Eight bits of significand. A rectifier's slope jumps where rounding carries a sum past zero: one of these few is
    // a twentieth of the gradient.
    let isRectified = configuration.cell == .rru || configuration.activation == .relu
    for number in 0..<2 {
      let window = fixture.window(number)
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
      let losses = fixture.values(index, "losses\(number)")
      #expect(relativeError(engine.tokenLosses, losses) < 0.02)
      var (found, expected): ([Float], [Float]) = ([], [])
      for slot in network.layout.slots {
        found += gradients[slot.range]
        expected += fixture.values(index, "gradient\(number) \(slot.name)")
      }
      let error = relativeError(found, expected)
      // Floats are a thousand times as near.
      let bound = isRectified ? 0.25 : 0.05
      #expect(error < bound && error > 1e-4, "window \(number)")
    }
  }

  @Test(arguments: 0..<18, [SteppingPrecision.f32, .bf16])
  func `stepping token by token gives PyTorch's last logits`(
    case index: Int, _ precision: SteppingPrecision
  ) throws {
    let fixture = try TorchFixture()
    let network = try fixture.network(index)
    let stepper = try Stepper(network, streams: fixture.streams, precision: precision)
    var logits: [Float] = []
    for number in 0..<2 {
      let window = fixture.window(number)
      for step in 0..<window.length {
        let row = step * window.streams..<(step + 1) * window.streams
        for stream in 0..<window.streams where window.resets[row.lowerBound + stream] {
          stepper.reset(stream: stream)
        }
        stepper.step(Array(window.inputs[row]), logits: &logits)
      }
    }
    let error = relativeError(logits, fixture.values(index, "logits"))
    #expect(error < (precision == .f32 ? 1e-6 : 0.05))
  }
}

/// The fixture file: a line of JSON, then floats.
struct TorchFixture {
  private struct Header: Decodable {
    struct Sizes: Decodable { var vocabulary, embedding, hidden, length, streams: Int }
    struct Case: Decodable {
      var cell: Cell
      var activation: Activation
      var layers: Int
      var places: [String: [Int]]
    }
    var sizes: Sizes
    var cases: [Case]
  }

  private let header: Header
  private let floats: [Float]
  var length: Int { header.sizes.length }
  var streams: Int { header.sizes.streams }

  init() throws {
    (header, floats) = try TorchNumbers.read("recurrent_torch")
  }

  func values(_ index: Int, _ name: String) -> [Float] {
    guard let place = header.cases[index].places[name] else { return [] }
    return Array(floats[place[0]..<place[0] + place[1]])
  }

  func network(_ index: Int) throws -> Network {
    let (sizes, item) = (header.sizes, header.cases[index])
    let configuration = NetworkConfiguration(
      vocabularySize: sizes.vocabulary, embeddingSize: sizes.embedding, hiddenSize: sizes.hidden,
      layerCount: item.layers, cell: item.cell, activation: item.activation)
    let parameters = (0..<configuration.layout.count).map {
      Float((TorchNumbers.noise($0) - 0.5) * 0.6)
    }
    return try Network(configuration, parameters: parameters)
  }

  func window(_ number: Int) -> Window {
    func at(_ index: Int, _ salt: Int) -> Double {
      TorchNumbers.noise(7919 * (number + 1) + 31 * index + salt)
    }
    let count = length * streams
    let vocabulary = Double(header.sizes.vocabulary)
    return Window(
      length: length, streams: streams,
      inputs: (0..<count).map { Int32(at($0, 1) * vocabulary) },
      targets: (0..<count).map { at($0, 4) < 0.15 ? -1 : Int32(at($0, 2) * vocabulary) },
      resets: (0..<count).map { at($0, 3) < 0.2 })
  }
}
