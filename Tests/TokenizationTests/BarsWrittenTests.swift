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

  @Test func `a metre that is told and taken back ever again costs no look at those before`() throws
  {
    let vocabulary = try MetricalVocabulary(.tsd)
    func token(_ name: String) throws -> Token {
      try #require(
        (0..<Token(vocabulary.count)).first { vocabulary.name(of: $0) == name }, "\(name)")
    }
    let metres = [try token("time-signature 3/4"), try token("time-signature 4/4")]
    let shift = try token("time-shift 1.0.8")
    var decoder = vocabulary.makeDecoder()
    for index in 0..<40_000 {
      decoder.consume(metres[index % 2])
      decoder.consume(shift)
    }
    // With a look at each of the 40,000 changes for each of these it would be some 10^9.
    for index in 0..<40_000 { decoder.consume(metres[index % 2]) }
    let score = decoder.score
    #expect(decoder.barsWritten == score.metreMap?.barsPassed(at: score.endTick))
    #expect(score.timeSignatures.count == 40_000)
  }
}
