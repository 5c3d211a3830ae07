@testable import Generation
import Modeling
import Recurrent
import Testing
import Tokenization

/// What counts for a piece's density.
struct DensityControlTests {
  @Test func `what is read once more counts as what was drawn`() throws {
    let vocabulary = PerformanceVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.length = .tokens(100_000)
    settings.steering.density = 3
    var drawn = PieceState(settings, try PieceStart(settings, model))
    var read = drawn
    let logits = [Float](repeating: 0, count: vocabulary.count)
    for _ in 0..<300 {
      let token = drawn.draw(logits[...], nil)
      read.readAgain(try #require(token))
    }
    read.random = drawn.random
    for _ in 0..<100 {
      let (next, other) = (drawn.draw(logits[...], nil), read.draw(logits[...], nil))
      #expect(next == other)
    }
  }
}
