@testable import Generation
import Modeling
import Recurrent
import Testing
import Tokenization

/// What counts for a piece's density.
struct DensityControlTests {
  /// A piece that aims at three notes a second, before its first token.
  private func beginning(in vocabulary: any Vocabulary) throws -> PieceState {
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.length = .tokens(100_000)
    settings.steering.density = 3
    return PieceState(settings, try PieceStart(settings, model))
  }

  @Test func `a note counts once where each frame tells it`() throws {
    let vocabulary = try PianoRollVocabulary()
    var held = try beginning(in: vocabulary)
    var (short, other) = (held, held)
    // One note in half a second of four frames: in all of them, and in the first.
    let note = try #require(vocabulary.note(60))
    for frame in 0..<4 {
      held.readAgain(note)
      held.readAgain(vocabulary.endOfFrame)
      if frame == 0 { short.readAgain(note) }
      short.readAgain(vocabulary.endOfFrame)
    }
    let logits = [Float](repeating: 0, count: vocabulary.count)
    for _ in 0..<60 {
      var (one, two) = (held, short)
      one.random = other.random
      two.random = other.random
      let (first, second) = (one.draw(logits[...], nil), two.draw(logits[...], nil))
      #expect(first == second)
      _ = other.draw(logits[...], nil)
    }
  }

  @Test func `what is read once more counts as what was drawn`() throws {
    let vocabulary = PerformanceVocabulary()
    var drawn = try beginning(in: vocabulary)
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
