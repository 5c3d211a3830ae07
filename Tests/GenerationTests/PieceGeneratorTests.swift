import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

struct PieceGeneratorTests {
  let model: Model

  init() throws {
    let vocabulary = PerformanceVocabulary()
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1),
      vocabulary: vocabulary)
  }

  func settings(seconds: Double?, seed: UInt64 = 1) -> GenerationSettings {
    var settings = GenerationSettings()
    settings.seconds = seconds
    settings.seed = seed
    return settings
  }

  @Test(arguments: [0.5, 3, 20])
  func `a piece is as long as asked and nothing sounds beyond its end`(seconds: Double) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let generator = try PieceGenerator(
        model: model, settings: settings(seconds: seconds, seed: seed))
      while generator.next() != nil {}
      let score = generator.score
      let end = score.tempoMap.seconds(atTick: score.endTick)
      #expect(end <= seconds + min(5, seconds / 10) + 1e-6)
      #expect(generator.settledSeconds >= seconds - min(2.5, seconds / 20))
      #expect(score.tracks.flatMap(\.notes).allSatisfy { $0.end <= score.endTick })
    }
  }

  @Test func `near the end nothing more is struck until the piece has come to rest`() throws {
    for seed in 1...8 as ClosedRange<UInt64> {
      let generator = try PieceGenerator(model: model, settings: settings(seconds: 30, seed: seed))
      while generator.next() != nil {}
      let score = generator.score
      let last = try #require(score.tracks.flatMap(\.notes).map(\.onset).max())
      // A twentieth of 30 s later nothing is struck, but for what a time-shift of a second leads to.
      #expect(score.tempoMap.seconds(atTick: last) <= 32.51)
    }
  }

  @Test func `the messages taken on the way are the performance of the score`() throws {
    let generator = try PieceGenerator(model: model, settings: settings(seconds: 10))
    var messages: [TimedMessage] = []
    while generator.next() != nil { messages += generator.takeMessages() }
    messages += generator.takeMessages()
    let performance = Performance(generator.score)
    func strikes(_ messages: [TimedMessage]) -> [String] {
      messages.compactMap { message in
        guard case .noteOn(_, let pitch, let velocity) = message.message, velocity > 0 else {
          return nil
        }
        return "\((message.seconds * 1000).rounded()) \(pitch) \(velocity)"
      }
    }
    #expect(strikes(messages).sorted() == strikes(performance.messages).sorted())
    #expect(strikes(messages).count > 10)
    #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
  }

  @Test func `the same seed writes the same piece and another seed another`() throws {
    func piece(seed: UInt64) throws -> Score {
      let generator = try PieceGenerator(model: model, settings: settings(seconds: 5, seed: seed))
      while generator.next() != nil {}
      return generator.score
    }
    #expect(try piece(seed: 1) == piece(seed: 1))
    #expect(try piece(seed: 1) != piece(seed: 2))
  }

  @Test func `a primer without notes is refused`() {
    var settings = settings(seconds: 5)
    settings.primer = Score()
    #expect(throws: GenerationError(.emptyPrimer)) {
      try PieceGenerator(model: model, settings: settings)
    }
  }

  @Test func `a piece opens with its primer and goes on for the asked length`() throws {
    var settings = settings(seconds: 4)
    let notes = (0..<8).map { Note(onset: $0 * 480, duration: 480, pitch: UInt8(60 + $0)) }
    settings.primer = Score(tracks: [Track(notes: notes)], endTick: 8 * 480)
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    #expect(Array(generator.score.tracks[0].notes.map(\.pitch).prefix(8)) == Array(60...67))
    #expect(generator.settledSeconds >= 7.5)
  }
}
