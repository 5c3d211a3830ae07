import Corpora
import Evaluation
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization
import Training

struct ConditionedTrainingTests {
  let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  /// Pieces of two styles, each a scale of its own.
  func plain(_ count: Int = 12, length: Int = 24) throws -> Corpus {
    for piece in 0..<count {
      let isFirst = piece % 2 == 0
      let scale: [UInt8] = isFirst ? [60, 62, 64, 65, 67] : [61, 63, 66, 68, 70]
      let notes = (0..<length + piece).map {
        Note(onset: $0 * 240, duration: 240, pitch: scale[($0 * (piece / 2 + 1)) % 5])
      }
      let path = "\(folder)/\(isFirst ? "white" : "black")/\(piece).mid"
      try createFolder(at: FileStorage.folder(of: path))
      try writeFile(
        Score(tracks: [Track(notes: notes)], endTick: notes.count * 240).midiFile().bytes(),
        at: path)
    }
    return try Corpus(
      pieces: try MIDIFileFinder().find([folder]).pieces,
      vocabulary: try PerformanceVocabulary(.init()), threads: 2, measuringAttributes: true)
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network.hiddenSize = 16
    settings.network.embeddingSize = 8
    settings.batch = 4
    settings.window = 10
    settings.length = .steps(40)
    settings.heldOut = .fraction(0.25)
    settings.augmentation = Augmentation.Range(semitones: 3, stretch: 0.1)
    settings.network.recall = nil
    return settings
  }

  @Test func `a run with conditions that was interrupted ends with the same bytes`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain().learningConditions([.style, .key, .density])
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    while try whole.next() != nil {}
    for interruption in [3, 22] {
      let path = "\(folder)/checkpoint.safetensors"
      let first = try TrainingRun(settings: settings, corpus: corpus)
      for _ in 0..<interruption { _ = try first.next() }
      try first.checkpoint.write(to: path)
      let checkpoint = try Checkpoint(path: path)
      #expect(checkpoint.settings.vocabulary == corpus.vocabulary.configuration)
      let second = try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
      while try second.next() != nil {}
      #expect(second.model.safetensors() == whole.model.safetensors(), "after \(interruption)")
    }
  }

  @Test func `label smoothing makes no condition likelier, which is never predicted`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain().learningConditions([.style, .key, .density])
    var settings = settings
    settings.length = .steps(4)
    settings.heldOut = .fraction(0)
    settings.labelSmoothing = 0.99
    settings.optimizer = OptimizerConfiguration(kind: .sgd, momentum: 0)
    settings.schedule = LearningRateSchedule(peak: 0.1)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    while try run.next() != nil {}
    // All begin at 0, and what is never a target falls.
    let bias = Array(run.network[.outputBias])
    let conditions = bias[corpus.vocabulary.withoutConditions.count...]
    #expect(conditions.count > 24 && conditions.allSatisfy { $0 < 0 })
  }

  @Test func `a model keeps the degrees of its pieces where they are told their keys`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plain = try plain()
    for (kinds, keeps) in [([.style, .key], true), ([.style], false)] as [([ConditionKind], Bool)] {
      let corpus = try plain.learningConditions(kinds)
      var settings = settings
      settings.length = .steps(1)
      settings.heldOut = .fraction(0)
      let run = try TrainingRun(settings: settings, corpus: corpus)
      while try run.next() != nil {}
      let kept = run.model.provenance.degreeProfiles
      #expect((kept != nil) == keeps)
      #expect(kept == DegreeProfiles(of: corpus))
    }
  }

  @Test(arguments: [false, true])
  func `music is measured in its own tempo, be it told of all of it or token by token`(
    tellsTempos: Bool
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try createFolder(at: folder)
    // A note a second, at 60 quarter notes a minute.
    for piece in 0..<10 {
      let notes = (0..<32).map {
        Note(onset: $0 * 480, duration: 480, pitch: UInt8(60 + $0 * (piece + 1) % 11))
      }
      let score = Score(
        tracks: [Track(notes: notes)],
        tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 1_000_000)], endTick: 32 * 480)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    var grid = MetricalConfiguration()
    grid.tempos = tellsTempos
    let corpus = try Corpus(
      pieces: try MIDIFileFinder().find([folder]).pieces,
      vocabulary: try VocabularyConfiguration.remi(grid).makeVocabulary(), threads: 2,
      measuringAttributes: true
    ).learningConditions([.tempo])
    var settings = settings
    settings.heldOut = .fraction(0)
    settings.augmentation = Augmentation.Range()
    let run = try TrainingRun(settings: settings, corpus: corpus)
    let sound = run.description(version: "0", arguments: []).corpus.sound
    let density = try #require(sound?["noteDensity"])
    #expect(abs(density.middle - 1) < 0.1)
  }

  @Test func `degrees of many pieces are those of pieces from the first to the last`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for style in ["a", "z"] { try createFolder(at: "\(folder)/\(style)") }
    for piece in 0..<1_300 {
      // In C; the last pieces strike the seventh degree, all others the sixth.
      let isLast = piece >= 1_200
      let pitches: [UInt8] = [60, 64, 67, 60, 64, 67, 60, isLast ? 71 : 69]
      let notes = (0..<32).map { Note(onset: $0 * 240, duration: 240, pitch: pitches[$0 % 8]) }
      try writeFile(
        Score(tracks: [Track(notes: notes)], endTick: 32 * 240).midiFile().bytes(),
        at: "\(folder)/\(isLast ? "z" : "a")/\(1_000 + piece).mid")
    }
    let corpus = try Corpus(
      pieces: try MIDIFileFinder().find([folder]).pieces,
      vocabulary: try PerformanceVocabulary(.init()), threads: 2, measuringAttributes: true
    ).learningConditions([.style, .key])
    let profiles = try #require(DegreeProfiles(of: corpus))
    var random = SeededGenerator(seed: 1)
    for (style, degree, other) in [("a", 9, 11), ("z", 11, 9)] {
      let drawn = profiles.draw(style: style, isMinor: false, using: &random)
      let shares = try #require(drawn?.degrees)
      #expect(shares[degree] > 0 && shares[other] == 0)
    }
  }

  @Test func `conditions count in no loss and make no epoch longer`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plain = try plain()
    let told = try plain.learningConditions([.style, .key, .density])
    var settings = settings
    settings.length = .epochs(1)
    settings.augmentation = Augmentation.Range()
    func tokens(_ corpus: Corpus) throws -> (trained: Int, baselines: Baselines?) {
      let run = try TrainingRun(settings: settings, corpus: corpus)
      var trained = 0
      while let event = try run.next() {
        switch event {
        case .step(let step): trained += step.tokens
        // Without merges these count the same tokens.
        case .validation(let validation):
          #expect(abs(validation.nats - validation.natsPerBaseToken) < 1e-9)
        }
      }
      #expect(trained == run.tokensPerEpoch)
      return (trained, run.baselines)
    }
    let (without, with) = (try tokens(plain), try tokens(told))
    #expect(without.trained == with.trained)
    // An add-one estimate of the frequencies spreads a little over the conditions' tokens.
    let difference = (with.baselines?.unigramNats ?? 0) - (without.baselines?.unigramNats ?? 0)
    #expect(difference >= 0 && difference < 0.1)
  }

  @Test func `a network that is told a piece's style finds the piece likelier than told another`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain(16, length: 8).learningConditions([.style])
    let vocabulary = try #require(corpus.vocabulary as? ConditionedVocabulary)
    for keeps in [true, false] {
      var settings = settings
      settings.augmentation = Augmentation.Range()
      settings.heldOut = .fraction(0)
      settings.network.layerCount = 1
      settings.network.dropout = 0
      settings.window = 32
      settings.length = .steps(300)
      settings.schedule.peak = 0.02
      settings.keepsConditions = keeps
      let run = try TrainingRun(settings: settings, corpus: corpus)
      while try run.next() != nil {}
      #expect((run.network.configuration.conditionSlots == [3]) == keeps)
      let stepper = try Stepper(run.network, streams: 1, precision: .f32)
      func nats(_ piece: Int, told style: String?) -> Double {
        var told = PieceAttributes()
        told.style = style
        let body = corpus.tokensWithoutConditions(ofPiece: piece)
        let tokens = vocabulary.telling(told, before: Array(body))
        stepper.reset(stream: 0)
        var logits: [Float] = []
        var sum = 0.0
        for (token, next) in zip(tokens, tokens.dropFirst()) {
          stepper.step([Int32(token)], logits: &logits)
          if vocabulary.isCondition(next) { continue }
          let total = logits.reduce(0.0) { $0 + exp(Double($1)) }
          sum += log(total) - Double(logits[Int(next)])
        }
        return sum
      }
      for piece in [0, 1] {
        let style = corpus.pieces[piece].styles[0]
        let other = style == "white" ? "black" : "white"
        #expect(nats(piece, told: style) + 0.5 < nats(piece, told: other))
        #expect(nats(piece, told: nil) < nats(piece, told: other))
      }
    }
  }

  @Test func `a condition of one value is a caution`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain()
    let told = try corpus.learningConditions([.style, .instruments])
    let run = try TrainingRun(settings: settings, corpus: told)
    #expect(run.cautions.contains(.conditionWithoutChoice(.instruments, value: "piano")))
    #expect(
      !run.cautions.contains {
        if case .conditionWithoutChoice(.style, _) = $0 { true } else { false }
      })
  }
}
