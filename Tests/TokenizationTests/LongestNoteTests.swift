import Music
import TestSupport
import Testing
import Tokenization

struct LongestNoteTests {
  /// Writes tokens at random under the grammar and gives the longest note, in seconds.
  func longestNote(limit: Double?, seed: UInt64) -> Double {
    let vocabulary = PerformanceVocabulary()
    var random = SeededGenerator(seed: seed)
    var grammar = vocabulary.makeGrammar()
    grammar.longestNoteSeconds = limit
    var decoder = vocabulary.makeDecoder()
    for _ in 0..<2_000 {
      let allowed = grammar.allowed
      let tokens = (0..<Token(vocabulary.count)).filter { allowed[$0] }
      guard let token = tokens.randomElement(using: &random), token != vocabulary.end else { break }
      grammar.advance(token)
      decoder.consume(token)
    }
    decoder.finish()
    let score = decoder.score
    let lengths = score.tracks.flatMap(\.notes).map { note in
      score.tempoMap.seconds(atTick: note.end) - score.tempoMap.seconds(atTick: note.onset)
    }
    return lengths.max() ?? 0
  }

  @Test func `a note that has sounded too long is released`() {
    var longestUnlimited = 0.0
    for seed in 0..<8 as Range<UInt64> {
      // The longest time-shift, a second, may pass before the release.
      let longest = longestNote(limit: 2, seed: seed)
      #expect(longest <= 3.1, "seed \(seed): \(longest) s")
      longestUnlimited = max(longestUnlimited, longestNote(limit: nil, seed: seed))
    }
    #expect(longestUnlimited > 6)
  }

  @Test(arguments: [-1e308, -1, 0, 1e-308, 1e308, .nan, .infinity, -.infinity])
  func `a longest note may be any number`(limit: Double) {
    #expect(longestNote(limit: limit, seed: 1) >= 0)
  }
}
