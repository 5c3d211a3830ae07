import Generation
import Modeling
import Ranks
import Recurrent
import TestSupport
import Testing
import Throughput
import Tokenization

struct ThroughputTests {
  private let shape = NetworkConfiguration(
    vocabularySize: 30, embeddingSize: 8, hiddenSize: 40, layerCount: 2)

  @Test func `writing is measured without and with all filters`() throws {
    let vocabulary = try VocabularyConfiguration(named: "remi").makeVocabulary()
    var shape = shape
    shape.vocabularySize = vocabulary.count
    let model = Model(network: try Network(shape, seed: 1), vocabulary: vocabulary)
    let result = try WritingThroughput.measure(model, pieces: 3, seconds: 0.01)
    #expect(result.eventsPerSecond > 100 && result.filteredEventsPerSecond > 100)
    #expect(throws: Never.self) { try WritingThroughput.filters.validate() }
  }

  @Test func `ranks' sums are measured together`() throws {
    let results = ThreadTransport.run(3) {
      PassingThroughput.measure($0, counts: [10, 50_000], repeats: 2)
    }
    for result in results {
      let result = try #require(result)
      #expect(result.ranks == 3 && result.sums.count == 6)
      #expect(result.latency > 0 && result.bandwidth > 0)
      #expect(result.sums.allSatisfy { $0.seconds > 0 })
    }
  }

  @Test func `stepping is measured as events a second and microseconds a step`() throws {
    let result = try SteppingThroughput.measure(
      shape, streams: 3, precision: .f32, threads: 1, seconds: 0.01)
    #expect(abs(result.eventsPerSecond * result.microsecondsPerStep - 3e6) < 1)
  }

  @Test func `training is measured step by step, with the update of whoever asks`() throws {
    var updates = 0
    let result = try TrainingThroughput.measure(
      shape, streams: 4, windowLength: 8, precision: .f32, threads: 1, steps: 3
    ) { network, gradients in
      updates += 1
      #expect(gradients.count == network.parameters.count)
    }
    // One step more than is measured.
    #expect(updates == 4 && result.stepSeconds.count == 3)
    let step = result.stepSeconds.sorted()[1]
    #expect(abs(result.tokensPerSecond * step - 32) < 1e-6)
    #expect(
      abs(result.operationsPerSecond / result.tokensPerSecond - 3 * shape.operationsPerToken) < 1e-3
    )
  }
}
