import Recurrent
import TestSupport
import Testing

struct DivergenceTests {
  @Test(arguments: [("rnn.weight_hh_l0", 0), ("rnn.bias_ih_l1", 1), ("output.bias", 2)])
  func `a loss that is not a number is traced to its layer`(_ name: String, _ layer: Int) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 8, layerCount: 2)
    var network = try Network(configuration, seed: 1)
    var generator = SeededGenerator(seed: 1)
    let window = randomWindow(length: 5, streams: 2, vocabulary: 7, generator: &generator)
    let engine = try BackpropagationThroughTime(configuration, streams: 2, windowLength: 5)
    var state = NetworkState(configuration, streams: 2)
    #expect(engine.loss(of: network, on: window, state: &state).nats.isFinite)
    #expect(engine.firstNonFiniteLayer == nil)
    let slot = try #require(network.layout[name])
    network.parameters[slot.offset] = .nan
    state = NetworkState(configuration, streams: 2)
    #expect(!engine.loss(of: network, on: window, state: &state).nats.isFinite)
    #expect(engine.firstNonFiniteLayer == layer)
    #expect(network.layout.firstNonFinite(in: network.parameters)?.name == name)
    // The buffers hold no trace of it afterwards.
    let sound = try Network(configuration, seed: 1)
    state = NetworkState(configuration, streams: 2)
    var gradients: [Float] = []
    _ = engine.gradients(
      of: sound, on: window, state: &state, dropoutSeed: 0, into: &gradients)
    #expect(gradients.allSatisfy { $0.isFinite })
  }
}
