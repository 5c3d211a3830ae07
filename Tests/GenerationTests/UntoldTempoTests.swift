import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// A tempo that is asked for of a vocabulary that tells none.
struct UntoldTempoTests {
  private func model(_ name: String) throws -> Model {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1),
        seed: 3), vocabulary: vocabulary)
  }

  private func settings(_ length: PieceLength, tempo: Double?) -> GenerationSettings {
    var settings = GenerationSettings()
    settings.length = length
    settings.steering.tempo = tempo
    // How long it may rest is counted in heard seconds, and would change what is written.
    settings.longestRestSeconds = nil
    return settings
  }

  private func piece(_ name: String, _ settings: GenerationSettings) throws -> PieceGenerator {
    let generator = try PieceGenerator(model: model(name), settings: settings)
    while generator.next() != nil {}
    return generator
  }

  @Test(arguments: ["pianoroll", "performance"], [60.0, 96.0, 200.0])
  func `the piece is the same in another tempo`(name: String, tempo: Double) throws {
    let own = try piece(name, settings(.tokens(200), tempo: nil)).score
    let asked = try piece(name, settings(.tokens(200), tempo: tempo)).score
    #expect(
      asked.tempos == [TempoChange(tick: 0, microsecondsPerQuarter: Int((60e6 / tempo).rounded()))])
    #expect(asked.tracks == own.tracks && !asked.tracks.isEmpty)
  }

  @Test(arguments: [48.0, 97, 144])
  func `a piece in beats goes on in the tempo of its primer`(tempo: Double) throws {
    var asked = settings(.tokens(50), tempo: nil)
    var primer = try Score(motif: "C4 E4 G4 C5")
    primer.tempos = [TempoChange(tick: 0, quartersPerMinute: tempo)]
    asked.primer = primer
    #expect(try piece("pianoroll", asked).score.tempos == primer.tempos)
    asked.steering.tempo = 100
    #expect(
      try piece("pianoroll", asked).score.tempos == [
        TempoChange(tick: 0, microsecondsPerQuarter: 600_000)
      ])
  }

  @Test(arguments: ["pianoroll", "performance"])
  func `what is heard is what is in the file`(name: String) throws {
    let generator = try PieceGenerator(
      model: model(name), settings: settings(.seconds(20), tempo: 75))
    var heard: [TimedMessage] = []
    while generator.next() != nil {
      let settled = generator.settledSeconds
      heard += generator.takeMessages()
      #expect(heard.last?.seconds ?? 0 <= settled)
    }
    heard += generator.takeMessages()
    let strikes = { (messages: [TimedMessage]) in
      messages.filter { timed in
        if case .noteOn(_, _, let velocity)? = timed.message { velocity > 0 } else { false }
      }
      .map(\.seconds).sorted()
    }
    let written = strikes(Performance(generator.score).messages)
    let live = strikes(heard)
    #expect(written.count == live.count && live.count > 10)
    #expect(zip(written, live).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test(arguments: ["pianoroll", "performance"], [50.0, 240.0])
  func `a length in seconds is that of the music as it is heard`(name: String, tempo: Double) throws
  {
    let score = try piece(name, settings(.seconds(20), tempo: tempo)).score
    #expect((17.5...22.5).contains(score.duration), "\(score.duration)")
  }
}
