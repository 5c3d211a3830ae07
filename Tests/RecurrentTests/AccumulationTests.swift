import Recurrent
import TestSupport
import Testing

/// Gradients of a step that reads several windows.
struct AccumulationTests {
  private func windows(_ count: Int) -> [Window] {
    var generator = SeededGenerator(seed: 11)
    return (0..<count).map { _ in
      var window = randomWindow(length: 8, streams: 6, vocabulary: 13, generator: &generator)
      for index in window.targets.indices { window.targets[index] = abs(window.targets[index]) }
      return window
    }
  }

  private func configuration(_ cell: Cell) -> NetworkConfiguration {
    var configuration = NetworkConfiguration(
      vocabularySize: 13, embeddingSize: 8, hiddenSize: 24, layerCount: 2, cell: cell,
      recall: Recall(lengths: [1, 2]))
    configuration.dropout = 0.3
    configuration.learnedInitialState = true
    return configuration
  }

  /// Two windows of as many targets halve the scale of each, which rounds nothing.
  @Test(arguments: Cell.allCases)
  func `the gradient of two windows is to the bit the mean of theirs, one after the other`(
    _ cell: Cell
  ) throws {
    let network = try Network(configuration(cell), seed: 3)
    let windows = windows(2)
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 6, windowLength: 8, shards: 1)
    var apart = NetworkState(network.configuration, streams: 6)
    var nats = 0.0
    let parts = windows.enumerated().map { number, window in
      var gradients: [Float] = []
      nats +=
        engine.gradients(
          of: network, on: window, state: &apart, dropoutSeed: UInt64(number + 4),
          into: &gradients
        ).nats
      return gradients
    }
    var together = NetworkState(network.configuration, streams: 6)
    var gradients: [Float] = []
    let loss = engine.gradients(
      of: network, on: windows, state: &together, dropoutSeeds: [4, 5], into: &gradients)
    #expect(loss == WindowLoss(nats: nats, count: 96))
    #expect(together == apart)
    let expected = zip(parts[0], parts[1]).map { $0 / 2 + $1 / 2 }
    #expect(relativeError(gradients, expected) < 1e-6)
    // What follows from the table's gradient is rounded after both were added.
    for slot in network.layout.slots
    where ![.embedding, .recall, .layer(0, .inputWeights)].contains(slot.parameter) {
      #expect(Array(gradients[slot.range]) == Array(expected[slot.range]), "\(slot.name)")
    }
  }

  @Test func `each target counts the same, in whichever window it stands`() throws {
    let network = try Network(configuration(.gru), seed: 3)
    var windows = windows(3)
    for index in windows[1].targets.indices.dropFirst(5) { windows[1].targets[index] = -1 }
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 6, windowLength: 8, shards: 2)
    engine.activationRegularization = 2
    engine.temporalActivationRegularization = 1
    func gradients(_ windows: [Window], _ state: inout NetworkState) -> ([Float], WindowLoss) {
      var gradients: [Float] = []
      let loss = engine.gradients(
        of: network, on: windows, state: &state,
        dropoutSeeds: windows.indices.map { UInt64($0) }, into: &gradients)
      return (gradients, loss)
    }
    var state = NetworkState(network.configuration, streams: 6)
    let (together, loss) = gradients(windows, &state)
    #expect(loss.count == 48 + 5 + 48)
    // One target's loss after the other's, each window's share by its targets; the penalties aside.
    engine.activationRegularization = 0
    engine.temporalActivationRegularization = 0
    state = NetworkState(network.configuration, streams: 6)
    let (plain, _) = gradients(windows, &state)
    #expect(plain != together)
    state = NetworkState(network.configuration, streams: 6)
    var sum = [Double](repeating: 0, count: plain.count)
    for (number, window) in windows.enumerated() {
      var own: [Float] = []
      let part = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: UInt64(number), into: &own)
      for index in sum.indices { sum[index] += Double(own[index]) * Double(part.count) / 101 }
    }
    #expect(relativeError(plain, sum) < 1e-5)
  }

  @Test(arguments: [1, 2, 3])
  func `threads change no bit of the gradient of several windows`(threads: Int) throws {
    var configuration = configuration(.lstm)
    configuration.weightDrop = 0.2
    configuration.embeddingDropout = 0.2
    let network = try Network(configuration, seed: 3)
    func gradients(_ threads: Int) throws -> [Float] {
      let engine = try BackpropagationThroughTime(
        configuration, streams: 6, windowLength: 8, threads: threads, shards: 3)
      var state = NetworkState(configuration, streams: 6)
      var gradients: [Float] = []
      _ = engine.gradients(
        of: network, on: windows(3), state: &state, dropoutSeeds: [1, 2, 3], into: &gradients)
      return gradients
    }
    #expect(try gradients(threads) == gradients(1))
  }
}
