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

  @Test func `a stream's messages are the generator's`() async throws {
    let generator = try PieceGenerator(model: model, settings: settings)
    var expected: [TimedMessage] = []
    while generator.next() != nil { expected += generator.takeMessages() }
    expected += generator.takeMessages()
    let stream = try PieceStream(model: model, settings: settings)
    var found: [TimedMessage] = []
    var settled = 0.0
    for await passage in stream {
      #expect(passage.messages.allSatisfy { $0.seconds >= settled })
      settled = passage.settledSeconds
      found += passage.messages
    }
    #expect(found.map { "\($0)" } == expected.map { "\($0)" })
    #expect(found.count > 100)
    #expect(settled == generator.settledSeconds)
  }

  @Test func `a stream nobody takes from writes nothing ahead`() async throws {
    let stream = try PieceStream(model: model, settings: settings)
    let first = try #require(await stream.makeAsyncIterator().next())
    for _ in 0..<10_000 { await Task.yield() }
    #expect(await stream.settledSeconds == first.settledSeconds)
  }

  @Test func `a stream ends where the task that takes from it is cancelled`() async throws {
    var settings = settings
    settings.length = nil
    let stream = try PieceStream(model: model, settings: settings)
    let listener = Task {
      var count = 0
      for await _ in stream { count += 1 }
      return count
    }
    while await stream.settledSeconds < 1 { await Task.yield() }
    listener.cancel()
    #expect(await listener.value > 0)
    let written = await stream.settledSeconds
    for _ in 0..<10_000 { await Task.yield() }
    #expect(await stream.settledSeconds == written)
  }

  @Test(arguments: [0.5, 2.0])
  func `as many notes a second are written as are asked for on the way`(_ factor: Double)
    async throws
  {
    var settings = settings
    settings.length = .seconds(90)
    let stream = try PieceStream(model: model, settings: settings)
    let iterator = stream.makeAsyncIterator()
    while await stream.settledSeconds < 30, await iterator.next() != nil {}
    func strikes(_ range: Range<Double>) async -> Double {
      let score = await stream.score
      let map = score.tempoMap
      let onsets = score.tracks.flatMap(\.notes).map { map.seconds(atTick: $0.onset) }
      return Double(onsets.count { range.contains($0) }) / (range.upperBound - range.lowerBound)
    }
    let asked = await strikes(0..<30) * factor
    try await stream.change(.density(asked))
    while await stream.settledSeconds < 80, await iterator.next() != nil {}
    // At once, and in the long run.
    #expect(abs(await strikes(30..<36) / asked - 1) < 0.35)
    #expect(abs(await strikes(40..<80) / asked - 1) < 0.2)
    await #expect(throws: GenerationError.self) { try await stream.change(.density(.nan)) }
    #expect(await stream.density == asked)
  }

  @Test func `what was changed on the way writes the piece again, whole or beside others`()
    async throws
  {
    let stream = try PieceStream(model: model, settings: settings)
    let iterator = stream.makeAsyncIterator()
    let wishes: [(Double, SamplingChange.Kind)] = [
      (3, .temperature(0.6)), (8, .density(9)), (12, .temperature(1.3)), (15, .density(nil)),
    ]
    for (seconds, wish) in wishes {
      while await stream.settledSeconds < seconds, await iterator.next() != nil {}
      try await stream.change(wish)
      // Asked for again it is no change.
      try await stream.change(wish)
    }
    while await iterator.next() != nil {}
    let changes = await stream.changes
    #expect(changes.map(\.kind) == wishes.map(\.1))
    #expect(changes.map(\.event) == changes.map(\.event).sorted() && changes[0].event > 0)
    var again = settings
    again.changes = changes
    let written = await stream.score
    let generator = try PieceGenerator(model: model, settings: again)
    // What is yet to be changed is told from the start.
    #expect(generator.changes == changes)
    while generator.next() != nil {}
    #expect(generator.score == written)
    #expect(generator.changes == changes)
    let batch = try PieceBatch(model: model, settings: again, seeds: [5, settings.seed, 9])
    var scores: [Int: Score] = [:]
    while let pieces = batch.next() { for piece in pieces { scores[piece.index] = piece.score } }
    #expect(scores[1] == written)
    again.changes = []
    let plain = try PieceGenerator(model: model, settings: again)
    while plain.next() != nil {}
    #expect(plain.score != written)
  }

  @Test
  func `of what is changed between two events the last alone is noted, and writes the piece again`()
    async throws
  {
    let stream = try PieceStream(model: model, settings: settings)
    let iterator = stream.makeAsyncIterator()
    while await stream.settledSeconds < 3, await iterator.next() != nil {}
    for step in 0..<3_000 {
      try await stream.change(.temperature(step % 2 == 0 ? 0.6 : 0.7))
      try await stream.change(.density(Double(1 + step % 5)))
    }
    let changes = await stream.changes
    #expect(changes.map(\.kind) == [.temperature(0.7), .density(5)])
    while await iterator.next() != nil {}
    var again = settings
    again.changes = changes
    let generator = try PieceGenerator(model: model, settings: again)
    while generator.next() != nil {}
    let written = await stream.score
    #expect(generator.score == written)
  }

  @Test func `a change while it runs holds for what comes, and a bad one changes nothing`()
    async throws
  {
    let stream = try PieceStream(model: model, settings: settings)
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
}
