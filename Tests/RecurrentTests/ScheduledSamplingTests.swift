import Tensors
import TestSupport
import Testing

@testable import Recurrent

/// What a network reads where it draws some passages itself: two families of fifty tokens, and bar lines.
struct ScheduledSamplingTests {
  private static let (streams, length, bar) = (16, 40, Int32(100))

  private let configuration = NetworkConfiguration(
    vocabularySize: 101, embeddingSize: 8, hiddenSize: 16, layerCount: 2, dropout: 0.3,
    recurrentDropout: 0.2)

  private func sampling(_ rate: Float) -> ScheduledSampling {
    ScheduledSampling(
      rate: rate, families: [Array(0..<50), Array(50..<100), [Self.bar]],
      shares: (0..<101).map { $0 == 100 ? 1 : 0 })
  }

  /// Bars of ten tokens, the first of five; in the third stream another piece begins within the third.
  private func window() -> Window {
    var generator = SeededGenerator(seed: 3)
    var window = randomWindow(
      length: Self.length, streams: Self.streams, vocabulary: 100, generator: &generator,
      resets: false)
    for step in 0..<Self.length where step % 10 == 5 {
      for stream in 0..<Self.streams { window.inputs[step * Self.streams + stream] = Self.bar }
    }
    window.resets[20 * Self.streams + 2] = true
    return window
  }

  /// The tokens that are read in the place of a window's.
  private func read(
    _ window: Window, _ sampling: ScheduledSampling, by network: Network, seed: UInt64 = 5
  ) -> [Int32] {
    let weights = NetworkWeights<Float>(
      configuration, table: ProductTable<Float>(configuration))
    let shard = Shard(
      configuration, weights: weights, rows: Self.streams, firstStream: 0, streams: Self.streams,
      length: Self.length)
    let team = WorkerTeam(members: 1)
    weights.load(network, forBackward: false, team: team)
    shard.load(window, lookups: [window.inputs], dropoutSeed: seed)
    shard.load(NetworkState(configuration, streams: Self.streams))
    team.perform(on: [shard]) { $0.sampleInputs(sampling) }
    return shard.window.lookups[0].elements
  }

  @Test func `only tokens of chosen bars are others, of their own family`() throws {
    let network = try Network(configuration, seed: 1)
    let window = window()
    let drawn = read(window, sampling(0.5), by: network)
    #expect(read(window, sampling(0.5), by: network) == drawn)
    #expect(read(window, sampling(0.5), by: network, seed: 6) != drawn)
    var (chosen, left) = (0, 0)
    for stream in 0..<Self.streams {
      var bars: [[Bool]] = []
      for step in 0..<Self.length {
        let index = step * Self.streams + stream
        let (token, other) = (window.inputs[index], drawn[index])
        let stays = token == Self.bar || step == 0 || window.resets[index]
        if stays { bars.append([]) }
        if stays {
          #expect(other == token)
        } else {
          #expect(other < Self.bar)
          #expect((other < 50) == (token < 50))
          bars[bars.count - 1].append(other != token)
        }
      }
      #expect(bars.count == (stream == 2 ? 6 : 5))
      for bar in bars {
        let changed = bar.count { $0 }
        // One in fifty is drawn as it was.
        #expect(changed == 0 || changed >= bar.count - 3)
        if changed > 0 { chosen += 1 } else { left += 1 }
      }
    }
    #expect(chosen > 24 && left > 24)
    for (rate, share) in [(Float(0), 0.0), (Float(1), 1.0)] {
      let all = read(window, sampling(rate), by: network)
      let changed = zip(all, window.inputs).count { $0 != $1 }
      // All but five in forty places of each stream, and the first of another piece.
      #expect(abs(Double(changed) / Double(35 * Self.streams - 1) - share) < 0.05)
    }
  }

  @Test func `what is drawn is what the network says before it`() throws {
    var network = try Network(configuration, seed: 1)
    network.parameters = network.parameters.map { 4 * $0 }
    var window = window()
    let drawn = read(window, sampling(1), by: network)
    // What stands in the last step has no part in what is drawn there; what stands before it has.
    let last = (Self.length - 1) * Self.streams
    for index in window.inputs.indices.suffix(Self.streams) {
      window.inputs[index] = window.inputs[index] / 50 * 50 + (window.inputs[index] + 7) % 50
    }
    #expect(read(window, sampling(1), by: network) == drawn)
    for index in last - Self.streams..<last {
      window.inputs[index] = window.inputs[index] / 50 * 50 + (window.inputs[index] + 7) % 50
    }
    let other = read(window, sampling(1), by: network)
    #expect(other[..<last] == drawn[..<last])
    #expect(other[last...] != drawn[last...])
    let likely = network.layout[.outputBias].offset + 3
    network.parameters[likely] = 200
    let clear = read(window, sampling(1), by: network)
    for (index, token) in window.inputs.enumerated() where index >= Self.streams && token < 50 {
      #expect(clear[index] == (window.resets[index] ? token : 3))
    }
  }

  @Test func `gradients are those of a window of what was drawn, its targets the piece's`() throws {
    let network = try Network(configuration, seed: 1)
    let window = window()
    let engine = try BackpropagationThroughTime(
      configuration, streams: Self.streams, windowLength: Self.length, precision: .f32, threads: 1,
      shards: 1)
    func run(
      on window: Window, _ sampling: ScheduledSampling?
    ) -> (loss: WindowLoss, gradients: [Float], state: NetworkState) {
      engine.scheduledSampling = sampling
      var state = NetworkState(configuration, streams: Self.streams)
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 5, into: &gradients)
      return (loss, gradients, state)
    }
    let found = run(on: window, sampling(0.5))
    var drawn = window
    drawn.inputs = read(window, sampling(0.5), by: network)
    let expected = run(on: drawn, nil)
    #expect(found.loss == expected.loss)
    #expect(found.gradients == expected.gradients)
    #expect(found.state == expected.state)
    let plain = run(on: window, nil)
    #expect(found.gradients != plain.gradients)
    // Where nothing is chosen, nothing is another number.
    let unchosen = run(on: window, sampling(0))
    #expect(unchosen.loss == plain.loss && unchosen.gradients == plain.gradients)
  }

  @Test(arguments: Cell.allCases, [Precision.f32, .bf16])
  func `what is recalled stays the piece's, whatever is drawn`(
    cell: Cell, precision: Precision
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 101, embeddingSize: 8, hiddenSize: 16, layerCount: 2, cell: cell,
      dropout: 0.3, recall: Recall(lengths: [1, 3]))
    let network = try Network(configuration, seed: 1)
    let engine = try BackpropagationThroughTime(
      configuration, streams: Self.streams, windowLength: Self.length, precision: precision)
    var states: [NetworkState] = []
    for rate: Float in [0, 1] {
      engine.scheduledSampling = sampling(rate)
      var state = NetworkState(configuration, streams: Self.streams)
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: network, on: window(), state: &state, dropoutSeed: 5, into: &gradients)
      #expect(loss.nats.isFinite && gradients.allSatisfy { $0.isFinite })
      states.append(state)
    }
    #expect(states[0].memories == states[1].memories)
    #expect(states[0].values != states[1].values)
  }
}
