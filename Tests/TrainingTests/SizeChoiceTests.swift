import Recurrent
import Testing
import Training

struct SizeChoiceTests {
  private func choice(
    minutes: Double, tokens: Int, gigaflops: Double = 100
  ) -> SizeChoice {
    var settings = TrainingSettings()
    settings.network.vocabularySize = 390
    return SizeChoice(
      settings, seconds: minutes * 60, tokensPerEpoch: tokens,
      operationsPerSecond: gigaflops * 1e9)
  }

  private func parameters(_ choice: SizeChoice) -> Int {
    NetworkConfiguration(
      vocabularySize: 390, embeddingSize: choice.embeddingSize, hiddenSize: choice.hiddenSize,
      layerCount: choice.layerCount
    ).layout.count
  }

  @Test func `more time and a faster machine never make a smaller network`() {
    for tokens in [1_000, 50_000, 1_000_000, 50_000_000] {
      var last = 0
      for minutes in [0.1, 1, 5, 20, 60, 600, 6_000] {
        let size = parameters(choice(minutes: minutes, tokens: tokens))
        #expect(size >= last)
        #expect(
          parameters(choice(minutes: minutes, tokens: tokens, gigaflops: 400)) >= size)
        last = size
      }
    }
  }

  @Test func `an hour makes a larger network of a corpus than a minute does`() {
    let minute = choice(minutes: 1, tokens: 1_000_000)
    let hour = choice(minutes: 60, tokens: 1_000_000)
    #expect(parameters(hour) > 4 * parameters(minute))
    #expect(hour.epochs >= 12)
    #expect(hour.seconds == 3_600)
  }

  @Test func `weights are averaged over steps of the optimiser, however many windows each reads`() {
    func hour(_ windows: Int) -> SizeChoice {
      var settings = TrainingSettings()
      settings.network.vocabularySize = 390
      settings.batch = 16
      settings.accumulation = windows
      return SizeChoice(
        settings, seconds: 3_600, tokensPerEpoch: 1_000_000, operationsPerSecond: 1e11)
    }
    // Of 16 streams of 128 tokens each a window has 2,048.
    let windows = hour(1).epochs * 1e6 / 2_048
    #expect(windows > 2_000 && hour(1).averageDecay == 0.999)
    #expect(windows / 64 < 2_000 && hour(64).averageDecay == nil)
  }

  @Test func `a small corpus gets a small network and not all of a long time`() {
    let small = choice(minutes: 600, tokens: 10_000)
    #expect(parameters(small) <= 160_000)
    #expect(small.seconds < 36_000)
    #expect(abs(small.epochs - 300) < 1e-6)
  }

  @Test func `a large corpus in a short time still gets a network`() {
    let large = choice(minutes: 0.1, tokens: 100_000_000)
    #expect(large.layerCount == 1)
    #expect(large.epochs < 1)
    #expect(large.averageDecay == nil)
  }

  @Test func `this machine's speed is that of its training, within what a machine may sway`() throws
  {
    var settings = TrainingSettings()
    settings.network.vocabularySize = 390
    settings.network.layerCount = 2
    settings.network.hiddenSize = 256
    settings.network.embeddingSize = 128
    settings.window = 16
    let measured = try settings.measureSpeed(tokensPerEpoch: 1_000)
    // The same steps, counted and timed by hand.
    let streams = settings.streams(tokensPerEpoch: 1_000)
    let network = try Network(settings.network, seed: 1)
    let engine = try BackpropagationThroughTime(
      settings.network, streams: streams, windowLength: 16, precision: settings.precision)
    let count = 16 * streams
    let window = Window(
      length: 16, streams: streams, inputs: Array(repeating: 1, count: count),
      targets: Array(repeating: 2, count: count), resets: Array(repeating: false, count: count))
    var state = NetworkState(settings.network, streams: streams)
    var gradients: [Float] = []
    var shortest = Double.infinity
    for _ in 0..<5 {
      let start = ContinuousClock.now
      _ = engine.gradients(
        of: network, on: window, state: &state, dropoutSeed: 1, into: &gradients)
      shortest = min(shortest, (ContinuousClock.now - start) / .seconds(1))
    }
    let expected = 3 * settings.network.operationsPerToken * Double(count) / shortest
    #expect(measured < 4 * expected && measured > expected / 40)
  }
}
