import Foundation
import Music
import TestSupport
import Testing
import Tokenization

struct ConditionMixTests {
  private func told(
    _ mix: ConditionMix, _ vocabulary: ConditionedVocabulary,
    asking: PieceAttributes = PieceAttributes(), count: Int = 400
  ) -> [[String]: Int] {
    var generator = SeededGenerator(seed: 3)
    var counts: [[String]: Int] = [:]
    for _ in 0..<count {
      let opening = vocabulary.opening(telling: asking, completedFrom: mix, using: &generator)
      counts[vocabulary.told(in: opening), default: 0] += 1
    }
    return counts
  }

  private func piece(_ style: String, _ key: Key, eighths: Int) -> PieceAttributes {
    var piece = PieceAttributes()
    piece.style = style
    piece.key = key
    piece.metre = .init(numerator: eighths, denominator: 8)
    return piece
  }

  @Test func `combinations are drawn as often as pieces have them`() throws {
    let pieces = ConditionsTests.pieces()
    let vocabulary = try ConditionsTests.vocabulary([.style, .metre])
    var unknown = PieceAttributes()
    unknown.style = "reel"
    let mix = ConditionMix(of: pieces + [unknown], in: vocabulary.conditions)
    let counts = told(mix, vocabulary)
    #expect(
      Set(counts.keys) == [
        ["style jig", "metre 3/4"], ["style reel"], ["style reel", "metre 2/4"],
      ])
    // Half of 400, give or take four standard deviations.
    #expect((160...240).contains(counts[["style jig", "metre 3/4"]] ?? 0))
    var asked = PieceAttributes()
    asked.metre = .init(numerator: 2, denominator: 4)
    #expect(told(mix, vocabulary, asking: asked) == [["style reel", "metre 2/4"]: 400])
  }

  @Test func `of too many combinations those of some pieces are kept, whatever stands first`()
    throws
  {
    // Twenty-four keys and sixty metres in each of two styles.
    let pieces = (0..<6_000).map { number in
      var piece = PieceAttributes()
      piece.style = number < 3_000 ? "jig" : "reel"
      piece.key = Key(tonic: number % 12, isMinor: number / 12 % 2 == 1)
      piece.metre = .init(numerator: 1 + number / 24 % 60, denominator: 4)
      return piece
    }
    let conditions = try Conditions([.style, .key, .metre], of: pieces)
    let mix = ConditionMix(of: pieces, in: conditions)
    #expect(mix.fits(conditions))
    let style = try #require(conditions.slots.firstIndex { $0.kind == .style })
    let counts = (0..<2).map { mix.count(ofValue: $0, inSlot: style) }
    #expect(counts[0] + counts[1] > 500 && abs(counts[0] - counts[1]) < 50, "\(counts)")
  }

  @Test func `of instruments those that are asked for are told, and the rest is drawn`() throws {
    let vocabulary = try ConditionsTests.vocabulary([.style, .instruments])
    let mix = ConditionMix(of: ConditionsTests.pieces(), in: vocabulary.conditions)
    var asked = PieceAttributes()
    asked.instruments = [.strings]
    #expect(
      told(mix, vocabulary, asking: asked, count: 9)
        == [["style reel", "with strings"]: 9])
  }

  @Test
  func `who plays in any case is told beside those that are drawn, and no kind that is withheld`()
    throws
  {
    let vocabulary = try ConditionsTests.vocabulary([.style, .instruments])
    let mix = ConditionMix(of: ConditionsTests.pieces(), in: vocabulary.conditions)
    func told(
      _ asked: PieceAttributes = PieceAttributes(), with families: Set<InstrumentFamily>,
      withholding kinds: Set<ConditionKind> = []
    ) -> Set<[String]> {
      var generator = SeededGenerator(seed: 3)
      var told: Set<[String]> = []
      for _ in 0..<40 {
        let opening = vocabulary.opening(
          telling: asked, completedFrom: mix, with: families, withholding: kinds, using: &generator)
        told.insert(vocabulary.told(in: opening))
      }
      return told
    }
    // Of those who are heard the pieces are that have them.
    #expect(told(with: [.strings]) == [["style reel", "with strings"]])
    #expect(
      told(with: [.piano, .strings], withholding: [.style]) == [["with piano", "with strings"]])
    var asked = PieceAttributes()
    asked.style = "jig"
    asked.instruments = [.piano]
    #expect(told(asked, with: [.strings], withholding: [.style]) == [["style jig", "with piano"]])
  }

  @Test func `of more combinations than are kept each style keeps its share`() throws {
    var pieces: [PieceAttributes] = []
    for style in ["jig", "reel"] {
      for key in 0..<24 {
        for beats in 1...40 {
          pieces.append(
            piece(style, Key(tonic: key % 12, isMinor: key >= 12), eighths: beats))
        }
      }
    }
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.style, .key, .metre], of: pieces))
    let mix = ConditionMix(of: pieces, in: vocabulary.conditions)
    #expect(mix.fits(vocabulary.conditions))
    // No two pieces have the same, and the reels come last.
    let reels = told(mix, vocabulary).reduce(0) { $0 + ($1.key[0] == "style reel" ? $1.value : 0) }
    // Half of 400, give or take four standard deviations.
    #expect((160...240).contains(reels))
  }

  @Test func `of a style that no piece has in the key that is asked for, the rest is the style's`()
    throws
  {
    let waltzes = Array(
      repeating: piece("waltz", Key(tonic: 5, isMinor: false), eighths: 3), count: 3)
    let pieces =
      waltzes + [2, 7].map { piece("slip jig", Key(tonic: $0, isMinor: false), eighths: 9) }
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.style, .key, .metre], of: pieces))
    let mix = ConditionMix(of: pieces, in: vocabulary.conditions)
    var asked = PieceAttributes()
    asked.style = "slip jig"
    asked.key = Key(tonic: 5, isMinor: false)
    #expect(
      told(mix, vocabulary, asking: asked, count: 40)
        == [["style slip jig", "key F-major", "metre 9/8"]: 40])
    // Where a piece has both, it is one of those.
    asked.key = Key(tonic: 7, isMinor: false)
    #expect(
      told(mix, vocabulary, asking: asked, count: 40)
        == [["style slip jig", "key G-major", "metre 9/8"]: 40])
  }

  @Test func `whoever is to play, what is not asked for is drawn as the style has it`() throws {
    let key = Key(tonic: 5, isMinor: false)
    var (waltz, march) = (piece("waltz", key, eighths: 6), piece("march", key, eighths: 4))
    waltz.instruments = [.piano]
    march.instruments = [.brass, .drums]
    let conditions = try Conditions([.style, .metre, .instruments], of: [waltz, march])
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: conditions)
    var asked = PieceAttributes()
    asked.style = "waltz"
    asked.instruments = march.instruments
    let mix = ConditionMix(of: [march, march, waltz], in: conditions)
    #expect(
      told(mix, vocabulary, asking: asked, count: 40)
        == [["style waltz", "metre 6/8", "with brass", "with drums"]: 40])
    // Of two waltzes it is the one for these.
    var other = piece("waltz", key, eighths: 3)
    other.instruments = march.instruments
    let all = try Conditions([.style, .metre, .instruments], of: [waltz, march, other])
    let wider = try ConditionedVocabulary(base: PerformanceVocabulary(), conditions: all)
    let more = ConditionMix(of: [march, waltz, waltz, other], in: all)
    #expect(
      told(more, wider, asking: asked, count: 40)
        == [["style waltz", "metre 3/8", "with brass", "with drums"]: 40])
  }

  @Test func `a mix comes back from its file, and one of other conditions is known`() throws {
    let vocabulary = try ConditionsTests.vocabulary([.style, .metre])
    let mix = ConditionMix(of: ConditionsTests.pieces(), in: vocabulary.conditions)
    #expect(mix.fits(vocabulary.conditions))
    let file = try JSONEncoder().encode(mix)
    #expect(try JSONDecoder().decode(ConditionMix.self, from: file) == mix)
    #expect(!mix.fits(try ConditionsTests.vocabulary([.style]).conditions))
    for fault in [
      #"{"combinations":[]}"#, #"{"combinations":[{"values":[0,9],"count":1}]}"#,
      #"{"combinations":[{"values":[0,-2],"count":1}]}"#,
      #"{"combinations":[{"values":[0,0],"count":0}]}"#,
    ] {
      let mix = try JSONDecoder().decode(ConditionMix.self, from: Data(fault.utf8))
      #expect(!mix.fits(vocabulary.conditions), "\(fault)")
    }
  }
}
