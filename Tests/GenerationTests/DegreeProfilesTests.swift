import Generation
import Modeling
import Music
import Recurrent
import Tensors
import Testing
import Tokenization

/// Pieces that have the degrees of a piece that was learned from.
struct DegreeProfilesTests {
  /// A piece of quarter notes in C, or in A minor.
  private func attributes(_ style: String, isMinor: Bool) -> PieceAttributes {
    var attributes = PieceAttributes()
    attributes.style = style
    attributes.key = Key(tonic: isMinor ? 9 : 0, isMinor: isMinor)
    return attributes
  }

  private func vocabulary() throws -> ConditionedVocabulary {
    try ConditionedVocabulary(
      base: try VocabularyConfiguration.remi().makeVocabulary(),
      conditions: Conditions(
        [.style, .key],
        of: [attributes("jig", isMinor: false), attributes("reel", isMinor: true)]))
  }

  private func tokens(
    _ pitches: [UInt8], count: Int = 60, _ attributes: PieceAttributes
  ) throws -> [Token] {
    let notes = (0..<count).map { index in
      Note(onset: index * 480, duration: 480, pitch: pitches[index % pitches.count], velocity: 80)
    }
    let vocabulary = try vocabulary()
    return vocabulary.telling(
      attributes,
      before: vocabulary.base.encode(
        Score(tracks: [Track(notes: notes)], endTick: count * 480)))
  }

  @Test func `degrees count from the tonic, and are drawn of a piece of the mode and style`()
    throws
  {
    let vocabulary = try vocabulary()
    let profiles = try #require(
      DegreeProfiles(
        of: [
          try tokens([60, 67], attributes("jig", isMinor: false)),
          try tokens([60, 62, 64], attributes("reel", isMinor: false)),
          try tokens([57, 57, 60, 76], attributes("reel", isMinor: true)),
          // Too short to tell.
          try tokens([61], count: 8, attributes("jig", isMinor: true)),
        ], in: vocabulary))
    var random = RandomSource(seed: 1)
    func drawn(_ style: String?, isMinor: Bool) -> [Int: Double]? {
      profiles.draw(style: style, isMinor: isMinor, using: &random).map { profile in
        Dictionary(
          uniqueKeysWithValues: profile.degrees.enumerated().filter { $0.element > 0 }
            .map { ($0.offset, $0.element) })
      }
    }
    for _ in 0..<8 {
      #expect(drawn("jig", isMinor: false) == [0: 0.5, 7: 0.5])
      #expect(drawn("reel", isMinor: false)?.keys.sorted() == [0, 2, 4])
      // No jig is in minor.
      #expect(drawn("jig", isMinor: true) == [0: 0.5, 3: 0.25, 7: 0.25])
    }
    // A jig that stands in the dominant nearly throughout tells that and not its key.
    let wandering = try #require(
      DegreeProfiles(
        of: [
          try tokens([67, 71, 74, 66], attributes("jig", isMinor: false)),
          try tokens([60, 64, 67, 65], attributes("reel", isMinor: false)),
        ], in: vocabulary))
    for _ in 0..<8 {
      let told = wandering.draw(style: "jig", isMinor: false, using: &random)
      #expect(told?.degrees[6] == 0.25)
      let asked = wandering.draw(style: "jig", isMinor: false, tellingKey: true, using: &random)
      #expect(asked?.degrees[0] == 0.25)
    }
    let plain = vocabulary.base
    #expect(DegreeProfiles(of: [plain.encode(Score())], in: plain) == nil)
  }

  // A network of random weights likes all pitches about alike.
  @Test(arguments: [false, true])
  func `a piece that is led to its key, asked or told, has the degrees of a learned piece`(
    isAsked: Bool
  ) throws {
    let vocabulary = try vocabulary()
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 2),
      vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.length = .tokens(1_200)
    settings.longestNoteSeconds = 0.3
    settings.toldKeyStrength = 3
    settings.conditions.style = "jig"
    settings.conditions.key = Key(tonic: 2, isMinor: false)
    if isAsked { settings.steering.key = settings.conditions.key }
    /// Which share of the notes stands on the fourth and the seventh degree of D major, G and C sharp.
    func share() throws -> Double {
      var (found, all) = (0.0, 0.0)
      for seed in 1...4 as ClosedRange<UInt64> {
        settings.seed = seed
        let generator = try PieceGenerator(model: model, settings: settings)
        while generator.next() != nil {}
        let notes = generator.score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
        all += Double(notes.count)
        found += Double(notes.count { [7, 1].contains($0.pitch % 12) })
      }
      #expect(all > 200)
      return found / all
    }
    // Of keys in general a fifth.
    #expect(try share() > 0.1)
    model.provenance.degreeProfiles = DegreeProfiles(
      of: [try tokens([60, 62, 64, 67, 69], attributes("jig", isMinor: false))], in: vocabulary)
    #expect(try share() < 0.02)
    // What goes on from a primer has its own.
    let notes = (0..<16).map { Note(onset: 480 * $0, duration: 480, pitch: [67, 73][$0 % 2]) }
    settings.primer = Score(tracks: [Track(notes: notes)], endTick: 480 * 16)
    #expect(try share() > 0.1)
  }
}
