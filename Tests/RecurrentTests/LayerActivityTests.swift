import Ranks
import Recurrent
import TestSupport
import Testing

/// What the engine tells of its gates, against the equations of Documentation/LSTM.md.
struct LayerActivityTests {
  private let length = 12

  // The activity of the second of three streams, which starts anew at step 5.
  private func activity(_ cell: Cell) throws -> [LayerActivity] {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 5, layerCount: 2, cell: cell)
    let network = try Network(configuration, seed: 3)
    let engine = try BackpropagationThroughTime(
      configuration, streams: 3, windowLength: length, shards: 2)
    let count = length * 3
    let window = Window(
      length: length, streams: 3, inputs: (0..<count).map { Int32(($0 * 5 + $0 / 3) % 7) },
      targets: [Int32](repeating: -1, count: count),
      resets: (0..<count).map { $0 < 3 || $0 == 5 * 3 + 1 })
    var state = NetworkState(configuration, streams: 3)
    _ = engine.loss(of: network, on: window, state: &state)
    return engine.activity(ofStream: 1)
  }

  private func values(_ layer: LayerActivity, _ gate: Gate) throws -> [Float] {
    try #require(layer.gates.first { $0.gate == gate }).values
  }

  private func before(_ layer: LayerActivity, _ index: Int) -> Float {
    let step = index / 5
    return step == 0 || step == 5 ? 0 : layer.state[index - 5]
  }

  @Test func `an LSTM's cell state is what its gates keep and store`() throws {
    for layer in try activity(.lstm) {
      let (input, forget) = (try values(layer, .input), try values(layer, .forget))
      let candidate = try values(layer, .candidate)
      #expect(layer.state.count == length * 5 && layer.gates.count == 4)
      for index in layer.state.indices {
        let expected = forget[index] * before(layer, index) + input[index] * candidate[index]
        #expect(abs(layer.state[index] - expected) < 1e-5)
      }
    }
  }

  @Test func `a GRU's hidden state is a mean of the one before and the candidate`() throws {
    for layer in try activity(.gru) {
      let (update, candidate) = (try values(layer, .update), try values(layer, .candidate))
      for index in layer.state.indices {
        let expected =
          update[index] * before(layer, index) + (1 - update[index]) * candidate[index]
        #expect(abs(layer.state[index] - expected) < 1e-5)
      }
    }
  }

  @Test func `a QRNN's cell state is a mean of the one before and the candidate`() throws {
    for layer in try activity(.qrnn) {
      let (forget, candidate) = (try values(layer, .forget), try values(layer, .candidate))
      for index in layer.state.indices {
        let expected =
          forget[index] * before(layer, index) + (1 - forget[index]) * candidate[index]
        #expect(abs(layer.state[index] - expected) < 1e-5)
      }
    }
  }

  @Test(arguments: [Cell.rnn, .rru])
  func `cells without gates tell their states`(cell: Cell) throws {
    for layer in try activity(cell) {
      #expect(layer.gates.isEmpty && layer.state.count == length * 5)
      // An untrained RRU adds nothing to its memory.
      #expect(layer.state.contains { $0 != 0 } == (cell == .rnn))
    }
  }

  @Test func `a rank tells of the streams that it reads, and of no other`() throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 7, embeddingSize: 4, hiddenSize: 5, layerCount: 2, cell: .lstm)
    let network = try Network(configuration, seed: 3)
    let (length, streams) = (length, 5)
    let window = Window(
      length: length, streams: streams,
      inputs: (0..<length * streams).map { Int32(($0 * 5 + $0 / 3) % 7) },
      targets: [Int32](repeating: -1, count: length * streams),
      resets: (0..<length * streams).map { $0 < streams })
    @Sendable func activities(_ ranks: RankGroup?) -> [[LayerActivity]] {
      // Three shards of two streams, the last of one.
      let engine = try? BackpropagationThroughTime(
        configuration, streams: streams, windowLength: length, threads: 1, shards: 3, ranks: ranks)
      var state = NetworkState(configuration, streams: streams)
      _ = engine?.loss(of: network, on: window, state: &state)
      return (0..<streams).map { engine?.activity(ofStream: $0) ?? [] }
    }
    let whole = activities(nil)
    let ranked = ThreadTransport.run(2) { activities($0) }
    for stream in 0..<streams {
      #expect(!whole[stream].isEmpty)
      #expect(ranked.map { $0[stream] }.filter { !$0.isEmpty } == [whole[stream]])
    }
    #expect(ranked.map { $0.count { !$0.isEmpty } }.reduce(0, +) == streams)
  }
}
