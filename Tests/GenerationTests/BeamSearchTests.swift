import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

struct BeamSearchTests {
  let model: Model
  var settings = GenerationSettings()

  init() throws {
    let vocabulary = try VocabularyConfiguration(named: "pianoroll").makeVocabulary()
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1),
        seed: 3), vocabulary: vocabulary)
    settings.length = .tokens(60)
  }

  func search(_ width: Int) throws -> PieceBatch.Piece {
    let search = try BeamSearch(model: model, settings: settings, width: width)
    while search.advance() {}
    return try #require(search.piece)
  }

  @Test func `a beam of one always takes the likeliest event`() throws {
    let beam = try search(1)
    var greedy = settings
    greedy.sampling.temperature = 0
    let generator = try PieceGenerator(model: model, settings: greedy)
    while generator.next() != nil {}
    #expect(beam.score == generator.score)
  }

  @Test func `a wider beam finds a likelier piece than chance and than the likeliest events`()
    throws
  {
    let wide = try search(32)
    #expect(wide.logLikelihoodPerToken > (try search(1)).logLikelihoodPerToken)
    let batch = try PieceBatch(
      model: model, settings: settings, seeds: Array(1...32), measuresLikelihood: true)
    while let pieces = batch.next() {
      for piece in pieces { #expect(wide.logLikelihoodPerToken > piece.logLikelihoodPerToken) }
    }
    #expect(try search(32).score == wide.score)
  }

  @Test(arguments: [0, 65])
  func `a width out of its range is named`(_ width: Int) {
    let error = #expect(throws: GenerationError.self) {
      try BeamSearch(model: model, settings: settings, width: width)
    }
    #expect(error?.description.hasPrefix("beam") == true)
  }
}
