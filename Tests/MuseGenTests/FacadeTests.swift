import Foundation
import MuseGen
import TestSupport
import Testing

struct FacadeTests {
  let model: Model
  let folder = NSTemporaryDirectory() + "musegen-facade-\(UUID().uuidString)"

  init() throws {
    let vocabulary = PerformanceVocabulary()
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  private func inFolder(_ body: () async throws -> Void) async throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body()
  }

  @Test func `a piece by its seed is the generator's, and the same each time`() async throws {
    var settings = GenerationSettings()
    settings.length = .notes(40)
    settings.seed = 7
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    let piece = try await model.generate(.notes(40), seed: 7)
    #expect(piece == generator.score)
    let pieces = try await model.generate(settings, seeds: [8, 7, 7])
    #expect(pieces.count == 3 && pieces[0] != piece)
    #expect(pieces[1] == piece && pieces[2] == piece)
  }

  @Test func `a piece in a line is written as the model suggests`() async throws {
    var suggesting = model
    suggesting.provenance.suggestions = Suggestions()
    suggesting.provenance.suggestions?.temperature = 0.1
    let plain = try await model.generate(.notes(40), seed: 7)
    let suggested = try await suggesting.generate(.notes(40), seed: 7)
    var settings = GenerationSettings(length: .notes(40), seed: 7)
    let toOrder = try await suggesting.generate(settings)
    settings.sampling.temperature = 0.1
    let asked = try await model.generate(settings)
    #expect(toOrder == plain)
    #expect(suggested == asked)
    #expect(suggested != plain)
  }

  @Test func `pieces without a seed differ`() async throws {
    let first = try await model.generate(.notes(40))
    let second = try await model.generate(.notes(40))
    #expect(first != second)
  }

  @Test func `a piece that is cancelled while it is written throws`() async throws {
    let writing = Task { [model] in
      cancelThisTask()
      return try await model.generate(.notes(40))
    }
    await #expect(throws: CancellationError.self) { try await writing.value }
  }

  @Test func `what is written to a MIDI file is read from it`() async throws {
    try await inFolder {
      let piece = try await model.generate(.notes(40), seed: 1)
      try piece.write(to: "\(folder)/piece.mid")
      let notes = try Score(path: "\(folder)/piece.mid").tracks.flatMap(\.notes)
      #expect(notes == piece.tracks.flatMap(\.notes))
      #expect(notes.count >= 40)
    }
  }

  @Test func `a file of no known kind is refused by its name and not written`() async throws {
    try await inFolder {
      for name in ["a.txt", "mid", "x.mid/a"] {
        let path = "\(folder)/\(name)"
        let error = #expect(throws: MuseGenError.self) { try Score().write(to: path) }
        #expect(error?.description.hasPrefix("\(path): found no format") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
      }
    }
  }

  @Test func `a corpus of which nothing can be read is an error, not an empty corpus`() async throws
  {
    try await inFolder {
      try Data("no music".utf8).write(to: URL(filePath: "\(folder)/a.mid"))
      await #expect(throws: CorpusError.self) { try await Corpus(contentsOf: folder) }
    }
  }

  @Test func `a model that no one knows is refused with the names of those there are`() throws {
    let error = #expect(throws: MuseGenError.self) { try Model.named("nosuchmodel") }
    #expect(
      error?.reason
        == .unknownModel(
          found: "nosuchmodel", expected: ModelCatalog.standard().entries.map(\.name)))
  }

  @Test func `a corpus is found, read and encoded by its folder's name`() async throws {
    try await inFolder {
      for seed in 1...3 as ClosedRange<UInt64> {
        try await model.generate(.notes(20), seed: seed).write(to: "\(folder)/\(seed).mid")
      }
      let corpus = try await Corpus(contentsOf: folder, vocabulary: .remi())
      #expect(corpus.pieces.count == 3)
      #expect(corpus.vocabulary.configuration == .remi())
      await #expect(throws: CorpusError.self) { try await Corpus(contentsOf: "\(folder)/none") }
    }
  }
}
