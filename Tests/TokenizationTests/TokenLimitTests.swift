import Music
import TestSupport
import Testing
import Tokenization

struct TokenLimitTests {
  @Test(arguments: allVocabularies)
  func `a piece of as many tokens as may be is encoded, one of more is not`(_ item: VocabularyCase)
  {
    let vocabulary = item.vocabulary
    let base =
      (vocabulary.withoutConditions as? MergedVocabulary)?.base ?? vocabulary.withoutConditions
    withEvery(seed: 0..<30) { random in
      let score = randomScore(using: &random)
      let count = base.encode(score).count
      #expect(vocabulary.encode(score, limit: count) == vocabulary.encode(score))
      for less in [1, 2, count / 2, count] {
        #expect(vocabulary.encode(score, limit: count - less) == nil)
      }
    }
  }

  @Test(arguments: allVocabularies)
  func `time without end is told no further than the limit`(_ item: VocabularyCase) {
    // A day of the shortest bars, then another metre: a position there is none that a bar has.
    let day = 172_800 * 480
    let notes = (0..<88).map { Note(onset: 0, duration: day - 480, pitch: UInt8(21 + $0)) }
    let last = Note(onset: day - 480, duration: 480, pitch: 60)
    let score = Score(
      tracks: [Track(notes: notes + [last]), Track(channel: 9, notes: notes + [last])],
      timeSignatures: [
        TimeSignature(tick: 0, numerator: 1, denominator: 16),
        TimeSignature(tick: day - 960, numerator: 4, denominator: 4),
      ], endTick: day)
    #expect(item.vocabulary.encode(score, limit: 1_000) == nil)
  }
}
