import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

struct PieceStreamTests {
  let model: Model
  var settings = GenerationSettings()

  init() throws {
    let vocabulary = PerformanceVocabulary()
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    settings.seconds = 30
  }

  @Test(arguments: [0, 4, 3_600])
  func `a stream's messages are the generator's, however far it writes ahead`(
    lookahead: Double
  ) async throws {
    let generator = try PieceGenerator(model: model, settings: settings)
    var expected: [TimedMessage] = []
    while generator.next() != nil { expected += generator.takeMessages() }
    expected += generator.takeMessages()
    let stream = try PieceStream(model: model, settings: settings, lookaheadSeconds: lookahead)
    var found: [TimedMessage] = []
    for await message in stream { found.append(message) }
    #expect(found.map { "\($0)" } == expected.map { "\($0)" })
    #expect(found.count > 100)
  }

  @Test func `a stream nobody takes from writes no further than its look-ahead`() async throws {
    let stream = try PieceStream(model: model, settings: settings, lookaheadSeconds: 2)
    let first = try #require(await stream.makeAsyncIterator().next())
    for _ in 0..<10_000 { await Task.yield() }
    // The token that passes the limit may last for a second.
    #expect(await stream.settledSeconds <= first.seconds + 3.01)
    #expect(await stream.settledSeconds >= first.seconds)
  }

  @Test func `a change while it runs holds for what comes, and a bad one changes nothing`()
    async throws
  {
    let stream = try PieceStream(model: model, settings: settings, lookaheadSeconds: 0)
    let iterator = stream.makeAsyncIterator()
    _ = await iterator.next()
    var sampling = await stream.sampling
    sampling.topP = .nan
    var isRefused = false
    do {
      try await stream.change(sampling)
    } catch {
      isRefused = true
    }
    #expect(isRefused)
    #expect(await stream.sampling.topP == 1)
    sampling.topP = 0.5
    try await stream.change(sampling)
    while await iterator.next() != nil {}
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    #expect(await stream.score != generator.score)
  }

  @Test(arguments: [-1, .nan, .infinity, 1e9])
  func `a look-ahead out of range is refused`(lookahead: Double) {
    #expect(throws: GenerationError.self) {
      try PieceStream(model: model, settings: settings, lookaheadSeconds: lookahead)
    }
  }
}
