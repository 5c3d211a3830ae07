import Music
import TestSupport
import Testing
import Tokenization

struct BarsWrittenTests {
  @Test(arguments: allVocabularies)
  func `a decoder has written as many bars as its score has, whatever tokens came`(
    _ each: VocabularyCase
  ) throws {
    try withEvery(seed: 0..<20) { generator in
      var decoder = each.vocabulary.makeDecoder()
      for _ in 0..<300 {
        decoder.consume(Token.random(in: 0..<Token(each.vocabulary.count), using: &generator))
        let score = decoder.score
        let bars = try #require(score.metreMap?.barsPassed(at: score.endTick))
        try #require(decoder.barsWritten == bars)
      }
    }
  }
}
