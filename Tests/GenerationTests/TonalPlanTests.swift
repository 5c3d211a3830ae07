import Foundation
import Generation
import Modeling
import Music
import Recurrent
import Tensors
import Testing
import Tokenization

/// Pieces that go through the keys of a piece that was learned from.
struct TonalPlanTests {
  private static let home = Key(tonic: 0, isMinor: false)

  private func vocabulary() throws -> ConditionedVocabulary {
    var attributes = PieceAttributes()
    attributes.key = Self.home
    return try ConditionedVocabulary(
      base: try VocabularyConfiguration.remi().makeVocabulary(),
      conditions: Conditions([.key], of: [attributes]))
  }

  /// Bars of four quarter notes, so many of each key in turn: its scale and its triad.
  private func tokens(_ stretches: [(bars: Int, tonic: UInt8)]) throws -> [Token] {
    let degrees: [UInt8] = [0, 4, 7, 12, 5, 9, 12, 11, 2, 5, 7, 11, 0, 4, 7, 12]
    var notes: [Note] = []
    for stretch in stretches {
      notes += (0..<4 * stretch.bars).map { beat in
        Note(
          onset: 480 * (notes.count + beat), duration: 480,
          pitch: 60 + stretch.tonic + degrees[beat % degrees.count], velocity: 80)
      }
    }
    var attributes = PieceAttributes()
    attributes.key = Self.home
    let vocabulary = try vocabulary()
    return vocabulary.telling(
      attributes,
      before: vocabulary.base.encode(
        Score(tracks: [Track(notes: notes)], endTick: 480 * notes.count)))
  }

  private func keys(of stretches: [(bars: Int, tonic: UInt8)]) throws -> [[Int]]? {
    let profiles = try #require(
      DegreeProfiles(of: [try tokens(stretches)], in: try vocabulary()))
    #expect(profiles.isPossible)
    #expect(profiles.modulate == (stretches.count > 1))
    var random = RandomSource(seed: 1)
    let profile = profiles.draw(style: nil, isMinor: false, using: &random)
    return profile?.stretches?.map { [$0.bars, $0.tonic, $0.isMinor ? 1 : 0] }
  }

  @Test func `a piece's keys are kept in turn, with their bars above its own tonic`() throws {
    #expect(try keys(of: [(16, 0)]) == nil)
    #expect(try keys(of: [(24, 0), (16, 6), (24, 0)]) == [[24, 0, 0], [16, 6, 0], [24, 0, 0]])
    #expect(try keys(of: [(16, 0), (16, 9)]) == [[16, 0, 0], [16, 9, 0]])
  }

  /// A model of random weights, which likes all pitches about alike, with the profile of a piece of two bars in its own key
  /// and two a tritone away, both of five notes.
  private func model(beginningAway: Bool = false) throws -> Model {
    let shares = "[200,0,200,0,200,0,0,200,0,200,0,0]"
    let vocabulary = try vocabulary()
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 2),
      vocabulary: vocabulary)
    model.provenance.degreeProfiles = try JSONDecoder().decode(
      DegreeProfiles.self,
      from: Data(
        """
        {"profiles": [{"isMinor": false, "shares": \(shares), "stretches": [
          {"bars": 2, "tonic": \(beginningAway ? 6 : 0), "isMinor": false, "shares": \(shares)},
          {"bars": 2, "tonic": \(beginningAway ? 0 : 6), "isMinor": false, "shares": \(shares)}]}]}
        """.utf8))
    return model
  }

  /// Which share of each bar's notes is among the five notes of two keys, in some pieces together.
  private func shares(
    _ settings: GenerationSettings, of tonics: [Int], beginningAway: Bool = false
  ) throws -> [[Double]] {
    let model = try model(beginningAway: beginningAway)
    var counts = [Int](repeating: 0, count: 8)
    var found = [[Int]](repeating: counts, count: tonics.count)
    for seed in 1...24 as ClosedRange<UInt64> {
      var settings = settings
      settings.length = .bars(8)
      settings.longestNoteSeconds = 0.3
      settings.toldKeyStrength = 6
      settings.conditions.key = Key(tonic: 2, isMinor: false)
      settings.seed = seed
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let metre = try #require(generator.score.metreMap)
      for note in generator.score.tracks.filter({ !$0.isDrums }).flatMap(\.notes) {
        let bar = metre.bar(at: note.onset)
        guard counts.indices.contains(bar) else { continue }
        counts[bar] += 1
        for (place, tonic) in tonics.enumerated()
        where [0, 2, 4, 7, 9].contains((Int(note.pitch) + 12 - tonic) % 12) {
          found[place][bar] += 1
        }
      }
    }
    #expect(counts.allSatisfy { $0 > 40 })
    return found.map { zip($0, counts).map { Double($0) / Double(max(1, $1)) } }
  }

  // The last bar leads home, to the first of two keys of as many bars.
  @Test(arguments: [false, true])
  func `a piece goes through the keys of a learned piece, and ends in that of most bars`(
    isAsked: Bool
  ) throws {
    var settings = GenerationSettings()
    if isAsked { settings.steering.key = Key(tonic: 2, isMinor: false) }
    let shares = try shares(settings, of: [2, 8])
    for bar in 0..<8 {
      let isAway = [2, 3, 6].contains(bar)
      #expect(shares[isAway ? 1 : 0][bar] > 0.9, "bar \(bar): \(shares)")
    }
  }

  @Test(arguments: [false, true])
  func `a piece stays in one key where that is asked for, or a scale is kept to`(
    isStrict: Bool
  ) throws {
    var settings = GenerationSettings()
    settings.steering.modulates = isStrict
    if isStrict {
      settings.steering.keep(to: try #require(Scale("D-major")))
      settings.steering.isScaleStrict = true
    }
    let own = try shares(settings, of: [2])[0]
    #expect(own.allSatisfy { $0 > (isStrict ? 0.6 : 0.9) }, "\(own)")
  }

  @Test(arguments: [false, true])
  func `a piece begins in the key that is asked for, and in the learned piece's where none is`(
    isAsked: Bool
  ) throws {
    var settings = GenerationSettings()
    if isAsked { settings.steering.key = Key(tonic: 2, isMinor: false) }
    let shares = try shares(settings, of: [2, 8], beginningAway: true)
    for bar in 0..<2 { #expect(shares[isAsked ? 0 : 1][bar] > 0.9, "bar \(bar): \(shares)") }
  }

  @Test func `keys that no piece can have are refused`() throws {
    let shares = "[200,0,200,0,200,0,0,200,0,200,0,0]"
    for stretch in [
      #""bars": 0, "tonic": 0, "isMinor": false, "shares": "# + shares,
      #""bars": 9223372036854775807, "tonic": 0, "isMinor": false, "shares": "# + shares,
      #""bars": 2, "tonic": 12, "isMinor": false, "shares": "# + shares,
      #""bars": 2, "tonic": 0, "isMinor": false, "shares": [1]"#,
    ] {
      let profiles = try JSONDecoder().decode(
        DegreeProfiles.self,
        from: Data(
          """
          {"profiles": [{"isMinor": false, "shares": \(shares), "stretches": [{\(stretch)}]}]}
          """.utf8))
      #expect(!profiles.isPossible, "\(stretch)")
    }
  }
}
