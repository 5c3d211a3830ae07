import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

struct PieceBatchTests {
  static let vocabularies = VocabularyConfiguration.names

  func model(_ name: String, seed: UInt64 = 1) throws -> Model {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 2),
        seed: seed), vocabulary: vocabulary)
  }

  func pieces(_ model: Model, count: Int, _ settings: GenerationSettings) throws -> [Score] {
    let batch = try PieceBatch(
      model: model, settings: settings, seeds: (0..<count).map { UInt64($0) + 7 })
    var scores: [Int: Score] = [:]
    while let pieces = batch.next() {
      for piece in pieces { scores[piece.index] = piece.score }
    }
    return (0..<count).compactMap { scores[$0] }
  }

  @Test(arguments: vocabularies)
  func `a piece does not depend on how many are written beside it`(_ name: String) throws {
    let model = try model(name)
    var settings = GenerationSettings()
    settings.length = .tokens(60)
    settings.primer = try Score(motif: "C4 E4 G4")
    let few = try pieces(model, count: 4, settings)
    let many = try pieces(model, count: 70, settings)
    #expect(few.count == 4 && many.count == 70)
    #expect(few == Array(many.prefix(4)))
    #expect(Set(many).count > 60)
    for index in [0, 3, 69] {
      settings.seed = UInt64(index) + 7
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      #expect(generator.score == many[index])
    }
  }

  @Test(arguments: vocabularies, 1...5 as ClosedRange<UInt64>)
  func `steered music keeps to its range and key and never stops short`(
    _ name: String, _ seed: UInt64
  ) throws {
    var settings = GenerationSettings()
    settings.length = .tokens(300)
    settings.steering.scale = Scale("C-pentatonic")
    settings.steering.isScaleStrict = true
    settings.steering.pitches = 48...72
    settings.steering.density = 3
    settings.sampling.repetitionPenalty = 2
    let generator = try PieceGenerator(model: try model(name, seed: seed), settings: settings)
    while generator.next() != nil {}
    let notes = generator.score.tracks.flatMap(\.notes)
    #expect(generator.tokenCount >= 300)
    #expect(!notes.isEmpty)
    let pitches = Set(
      generator.score.tracks.filter { $0.channel != 9 }.flatMap(\.notes).map(\.pitch))
    #expect(pitches.allSatisfy { (48...72).contains($0) })
    #expect(pitches.allSatisfy { [0, 2, 4, 7, 9].contains($0 % 12) })
  }

  @Test func `a key and a range that leave no pitch are refused`() throws {
    var settings = GenerationSettings()
    settings.steering.scale = Scale("C-major")
    settings.steering.isScaleStrict = true
    settings.steering.pitches = 61...61
    let model = try model("performance")
    let error = #expect(throws: GenerationError.self) {
      try PieceGenerator(model: model, settings: settings)
    }
    #expect(error?.description.contains("leave no pitch") == true)
  }

  @Test(arguments: [
    PieceLength.seconds(31_536_000), .seconds(.nan), .seconds(0), .bars(0), .notes(-1),
    .tokens(.max),
  ])
  func `a length that is none is refused`(_ length: PieceLength) {
    var settings = GenerationSettings()
    settings.length = length
    let error = #expect(throws: GenerationError.self) { try settings.validate() }
    #expect(error?.description.hasPrefix("length") == true)
  }

  @Test func `lengths in notes and bars are kept`() throws {
    let model = try model("performance")
    var settings = GenerationSettings()
    settings.length = .notes(50)
    let notes = try pieces(model, count: 1, settings)[0].tracks.flatMap(\.notes).count
    #expect(notes == 50)
    settings.length = .bars(4)
    let score = try pieces(model, count: 1, settings)[0]
    let seconds = score.tempoMap.seconds(atTick: score.endTick)
    #expect(seconds == 8)
  }
}
