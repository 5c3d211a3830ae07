import MuseGen
import Testing

@testable import Studio

/// What a model wrote behind a beginning that stays as it is.
struct KeptBeginningTests {
  private func model(_ configuration: VocabularyConfiguration) throws -> Model {
    let vocabulary = try configuration.makeVocabulary()
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  // Of three bars of quarter notes at 100 a minute two stay, 4.8 seconds.
  @Test(arguments: [VocabularyConfiguration.pianoroll(), .remi(), .performance()])
  func `what is written goes on in the tempo asked for, as it was heard while it was written`(
    _ configuration: VocabularyConfiguration
  ) throws {
    let notes = (0..<12).map { Note(onset: 480 * $0, duration: 480, pitch: UInt8(60 + $0 % 5)) }
    let source = Score(
      tracks: [Track(notes: notes)], tempos: [TempoChange(tick: 0, quartersPerMinute: 100)],
      endTick: 12 * 480)
    let model = try model(configuration)
    var order = PieceOrder(kind: .continuation, model: "small")
    (order.seed, order.afterBar, order.tempo) = (5, 2, 150)
    var settings = try order.settings(for: model, source: source)
    settings.length = .notes(40)
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    let beginning = try #require(KeptBeginning(of: source, bars: 2))
    let piece = beginning.joined(
      with: generator.score, primerSeconds: generator.primerSeconds, by: model,
      tempo: order.tempo)

    /// When notes are struck behind a moment, in seconds from there.
    func strikes(_ score: Score, behind start: Double) -> [Double] {
      let map = score.tempoMap
      return score.tracks.flatMap(\.notes).map { map.seconds(atTick: $0.onset) - start }
        .filter { $0 > -1e-3 }.sorted()
    }
    let kept = strikes(piece, behind: 4.8)
    let heard = strikes(generator.score, behind: generator.primerSeconds)
    #expect(kept.count == heard.count && kept.count > 10)
    let (first, firstHeard) = (try #require(kept.first), try #require(heard.first))
    // To a tick; a rest before the first of them lasts as the tempo asked for has it, which tokens may tell only behind it.
    #expect(zip(kept, heard).allSatisfy { abs(($0 - first) - ($1 - firstHeard)) < 2e-3 })
    #expect(first < firstHeard + 2e-3)
    #expect(piece.tempos.first == source.tempos.first)
    #expect(piece.tracks[0].notes.prefix(8) == source.tracks[0].notes.prefix(8))
  }
}
