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

  @Test func `this machine's speed is measured in a moment`() throws {
    var settings = TrainingSettings()
    settings.network.vocabularySize = 390
    settings.window = 16
    #expect(try settings.measureSpeed(tokensPerEpoch: 1_000) > 1e6)
  }
}
