import FileStorage
import Foundation
import MuseGen
import Testing

/// The whole pipe in one process: score, tokens, training, model file, generation, score.
struct EndToEndTests {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "musegen-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Two bars of a melody with a bass, 480 ticks a quarter at 120 quarters a minute.
  let tune: Score = {
    let melody: [(UInt8, Int)] = [
      (67, 240), (64, 240), (65, 240), (67, 240), (72, 480), (71, 240), (69, 240),
      (67, 480), (65, 240), (64, 240), (62, 480), (60, 480),
    ]
    var notes: [Note] = []
    var tick = 0
    for (pitch, duration) in melody {
      notes.append(Note(onset: tick, duration: duration, pitch: pitch, velocity: 80))
      if tick % 960 == 0 {
        notes.append(Note(onset: tick, duration: 960, pitch: 48, velocity: 60))
      }
      tick += duration
    }
    notes.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
    return Score(tracks: [Track(notes: notes)], endTick: tick)
  }()

  @Test func `a network overfits a short tune and plays it back from its model file`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let midi = folder.appending(path: "tune.mid").path
    try writeFile(tune.midiFile().bytes(), at: midi)

    var settings = TrainingSettings()
    settings.network.hiddenSize = 64
    settings.network.embeddingSize = 24
    settings.network.layerCount = 1
    settings.network.dropout = 0
    settings.batch = 1
    settings.window = 80
    settings.length = .steps(800)
    settings.schedule.peak = 0.01
    settings.augmentation.semitones = 0
    settings.heldOut = .fraction(0)
    let vocabulary = try settings.vocabulary.makeVocabulary()
    let corpus = try Corpus(paths: [midi], vocabulary: vocabulary, threads: 1)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    var losses: [Double] = []
    while let event = try run.next() {
      if case .step(let step) = event { losses.append(step.nats) }
    }
    #expect(abs((losses.first ?? 0) - log(Double(vocabulary.count))) < 0.2)
    #expect((losses.last ?? 1) < 0.05)

    let file = folder.appending(path: "model.safetensors").path
    try run.model.write(to: file)
    let model = try Model(path: file)
    var generation = GenerationSettings()
    generation.sampling.temperature = 0
    generation.seconds = nil
    let generator = try PieceGenerator(model: model, settings: generation)
    while generator.tokenCount < 500, generator.next() != nil {}
    #expect(generator.score.tracks == vocabulary.quantise(tune).tracks)
  }
}
