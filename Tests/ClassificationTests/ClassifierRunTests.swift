import Batching
import Classification
import Corpora
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import Safetensors
import StandardMIDIFile
import Settings
import TestSupport
import Testing
import Tokenization
import Training

/// Pieces of two kinds that a few notes tell apart: one rises, one falls.
struct ClassifierRunTests {
  private let corpus: LabelledCorpus

  init() throws {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var random = SeededGenerator(seed: 5)
    for piece in 0..<24 {
      let name = piece % 2 == 0 ? "up" : "down"
      try createFolder(at: "\(folder)/\(name)")
      var pitch = 60
      let notes = (0..<Int.random(in: 20...50, using: &random)).map { index in
        let step = Int.random(in: 1...5, using: &random)
        pitch += piece % 2 == 0 ? step : -step
        if !(40...80).contains(pitch) { pitch = 60 }
        return Note(
          onset: index * 240, duration: 240, pitch: UInt8(pitch),
          velocity: .random(in: 40...100, using: &random))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(name)/\(100 + piece).mid")
    }
    let found = try MIDIFileFinder().find([folder])
    corpus = try LabelledCorpus(
      Corpus(
        pieces: found.pieces,
        vocabulary: try VocabularyConfiguration(named: "tsd").makeVocabulary(), threads: 2),
      PieceLabels(foldersOf: found.pieces))
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network = NetworkConfiguration(
      vocabularySize: 1, embeddingSize: 8, hiddenSize: 16, layerCount: 1, dropout: 0.1,
      readout: Readout(labelCount: 2, pooling: .mean))
    settings.batch = 4
    settings.window = 40
    settings.length = .epochs(12)
    settings.schedule.peak = 0.01
    settings.heldOut = .fraction(0.25)
    settings.shards = 1
    return settings
  }

  private func finish(_ run: ClassifierRun) throws -> [TrainingEvent] {
    var events: [TrainingEvent] = []
    while let event = try run.next() { events.append(event) }
    return events
  }

  @Test(arguments: Pooling.allCases) func `what rises is told from what falls`(_ pooling: Pooling)
    throws
  {
    var settings = settings
    settings.network.readout?.pooling = pooling
    settings.length = .epochs(25)
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    let best = try finish(run).compactMap { event -> Validation? in
      if case .validation(let validation) = event { validation } else { nil }
    }
    #expect(best.last?.accuracy != nil)
    let classifier = run.classifier
    #expect(classifier.labels == ["down", "up"])
    #expect(try #require(classifier.provenance.heldOut).accuracy >= 0.8)
    // The best by accuracy, of equals by loss.
    let top = try #require(best.map { ($0.accuracy ?? 0, -$0.nats) }.max { $0 < $1 })
    #expect(classifier.provenance.heldOut?.accuracy == top.0)
    #expect(classifier.provenance.heldOut?.natsPerPiece == -top.1)
    // The file gives the very answers.
    let pieces = run.split.valid.map(corpus.corpus.tokens(ofPiece:))
    let read = try Classifier(SafetensorsFile(bytes: classifier.safetensors().encoded()))
    let answers = try read.probabilities(of: pieces)
    #expect(answers == (try classifier.probabilities(of: pieces)))
    let report = ClassificationReport(
      labels: read.labels, truth: run.split.valid.map { corpus.truth[$0] }, probabilities: answers)
    #expect(report.accuracy == classifier.provenance.heldOut?.accuracy)
    #expect(answers.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-12 })
  }

  @Test func `a run that was interrupted and resumed ends with the same bytes`() throws {
    var settings = settings
    settings.averageDecay = 0.9
    settings.network.recall = Recall(lengths: [2], dropout: 0.2)
    let whole = try ClassifierRun(settings: settings, corpus: corpus)
    let events = try finish(whole)
    let path = NSTemporaryDirectory() + "musegen-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    for interruption in [1, 5, 6, 7, 20] {
      let first = try ClassifierRun(settings: settings, corpus: corpus)
      var resumed: [TrainingEvent] = []
      for _ in 0..<interruption {
        if let event = try first.next() { resumed.append(event) }
      }
      try first.checkpoint.write(to: path)
      let second = try ClassifierRun(
        settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
      resumed += try finish(second)
      #expect(resumed == events, "after \(interruption)")
      #expect(second.classifier.safetensors() == whole.classifier.safetensors())
    }
  }

  @Test func `a run with an earlier end than it has come to takes no further step`() throws {
    var settings = settings
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    var epoch = 0.0
    while epoch < 4.2, let event = try run.next() {
      if case .step(let step) = event { epoch = step.epoch }
    }
    let checkpoint = run.checkpoint
    settings.length = .epochs(2)
    let resumed = try ClassifierRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    for event in try finish(resumed) {
      if case .step = event { Issue.record("a step") }
    }
    #expect(resumed.counters.step == checkpoint.counters.step && resumed.progress == 1)
  }

  @Test func `a run goes on in as many shards as it began in, whatever the machine would choose`()
    throws
  {
    var settings = settings
    settings.length = .epochs(2)
    settings.shards = 2
    let whole = try ClassifierRun(settings: settings, corpus: corpus)
    _ = try whole.next()
    let checkpoint = whole.checkpoint
    _ = try finish(whole)
    settings.shards = nil
    let second = try ClassifierRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    #expect(second.settings.shards == 2)
    _ = try finish(second)
    #expect(second.classifier.safetensors() == whole.classifier.safetensors())
  }

  @Test func `a checkpoint of other settings, labels or streams is refused`() throws {
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    _ = try run.next()
    func isRefused(_ change: (inout Checkpoint, inout TrainingSettings) -> Void) -> Bool {
      var (checkpoint, settings) = (run.checkpoint, settings)
      change(&checkpoint, &settings)
      do {
        _ = try ClassifierRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
        return false
      } catch { return true }
    }
    #expect(!isRefused { _, _ in })
    #expect(isRefused { $1.window = 20 })
    #expect(isRefused { $1.network.readout?.pooling = .last })
    #expect(isRefused { checkpoint, _ in checkpoint.corpusDigest = "0" })
    #expect(isRefused { checkpoint, _ in checkpoint.position.taken = 1 << 20 })
    #expect(isRefused { checkpoint, _ in checkpoint.position.lanes[0].piece = 1 })
    #expect(isRefused { checkpoint, _ in checkpoint.parameters.removeLast() })
  }

  @Test func `patience ends a run, and nothing held out is measured by nobody`() throws {
    var patient = settings
    patient.patience = 1
    patient.schedule.peak = 1e-8
    let run = try ClassifierRun(settings: patient, corpus: corpus)
    _ = try finish(run)
    #expect(run.progress < 1)
    var blind = settings
    blind.heldOut = .fraction(0)
    blind.length = .steps(3)
    let other = try ClassifierRun(settings: blind, corpus: corpus)
    #expect(try finish(other).count == 3)
    #expect(other.classifier.provenance.heldOut == nil)
  }

  @Test func `however short the time, a step is taken and measured`() throws {
    var settings = settings
    settings.length = .seconds(1e-9)
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    let events = try finish(run)
    #expect(run.counters.step == 1)
    guard events.count == 2, case .step = events[0], case .validation = events[1] else {
      Issue.record("\(events)")
      return
    }
    #expect(run.bestNetwork != nil)
  }

  @Test func `a time has to do for the measurement at its end, too`() throws {
    var settings = settings
    settings.length = .seconds(1_000)
    func check(_ run: ClassifierRun) {
      let closing = run.closingSeconds
      let before = run.elapsedSeconds
      let progress = run.progress
      let after = run.elapsedSeconds
      #expect(progress >= 0.999 * before / (1_000 - closing))
      #expect(progress <= 1.001 * after / (1_000 - closing))
    }
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    #expect(run.closingSeconds == 0)
    _ = try run.next()
    // Before the first measurement the pace of the steps tells.
    #expect(run.closingSeconds > 0)
    check(run)
    var isMeasured = false
    while !isMeasured {
      let before = run.elapsedSeconds
      if case .validation? = try run.next() {
        isMeasured = true
        #expect(run.closingSeconds > 0 && run.closingSeconds <= run.elapsedSeconds - before)
      }
    }
    check(run)
    settings.heldOut = .fraction(0)
    let unmeasured = try ClassifierRun(settings: settings, corpus: corpus)
    for _ in 0..<3 { _ = try unmeasured.next() }
    #expect(unmeasured.closingSeconds == 0)
    check(unmeasured)
  }

  @Test func `settings that a classifier has no use for are refused by their names`() throws {
    func refused(_ change: (inout TrainingSettings) -> Void) -> String? {
      var settings = settings
      change(&settings)
      do throws(TrainingError) {
        _ = try ClassifierRun(settings: settings, corpus: corpus)
        return nil
      } catch {
        if case .setting(let error) = error.reason { return error.key }
        return "\(error)"
      }
    }
    #expect(refused { $0.averageTrigger = 3 } == "averageTrigger")
    #expect(refused { $0.accumulation = 2 } == "accumulation")
    #expect(refused { $0.localSteps = 4 } == "localSteps")
    #expect(refused { $0.windowJitter = 0.1 } == "windowJitter")
    #expect(refused { $0.scheduledSampling = 0.1 } == "scheduledSampling")
    #expect(refused { $0.ownKeys = 0.1 } == "ownKeys")
    #expect(refused { $0.accumulation = 1 } == nil)
  }

  @Test func `n-grams tell pieces apart that their tokens tell`() {
    let pieces: [[Token]] = [
      [1, 2, 3, 1, 2, 3], [3, 2, 1, 3, 2, 1], [1, 2, 3, 1, 2], [2, 1, 3, 2, 1],
    ]
    let ngrams = NgramClassifier(
      of: pieces.prefix(2).map { $0[...] }, truth: [0, 1], labels: ["a", "b"])
    let answers = ngrams.probabilities(of: pieces.map { $0[...] })
    #expect(answers.map { $0[0] > 0.5 } == [true, false, true, false])
    #expect(answers.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-12 })
  }

  @Test func `a file that is no classifier, or not whole, is refused with its reason`() throws {
    let run = try ClassifierRun(settings: settings, corpus: corpus)
    _ = try finish(run)
    let whole = run.classifier.safetensors()
    func refused(
      _ reason: ModelFileError.Reason, _ location: SourceLocation = #_sourceLocation,
      _ change: (inout SafetensorsFile) -> Void
    ) {
      var file = whole
      file.metadata["musegen.crc32"] = nil
      change(&file)
      #expect(throws: ModelFileError(reason), sourceLocation: location) { try Classifier(file) }
    }
    refused(.wrongKind(expected: .classifier, found: .model)) {
      $0.metadata["musegen.format"] = "model 1"
    }
    refused(.laterVersion(found: "2", supported: 1)) {
      $0.metadata["musegen.format"] = "classifier 2"
    }
    for text in ["[\"a\"]", "[\"a\",\"a\"]", "3", "[]"] {
      refused(.malformedMetadata("musegen.labels")) { $0.metadata["musegen.labels"] = text }
    }
    refused(.missingTensor("ngrams.log_shares")) { file in
      file.tensors.removeAll { $0.name == "ngrams.log_shares" }
    }
    refused(.shape(tensor: "ngrams.log_priors", found: [1], expected: [2])) { file in
      file.tensors.removeAll { $0.name == "ngrams.log_priors" }
      file.tensors.append(Tensor(name: "ngrams.log_priors", shape: [1], floats: [0]))
    }
    for (field, value) in [
      ("trainingPieces", "[1]"), ("trainingPieces", "[-1,2]"), ("window", "0"), ("steps", "-1"),
      ("window", "100000000"),
    ] {
      refused(.malformedMetadata("musegen.provenance")) { file in
        var object =
          (try? JSONSerialization.jsonObject(
            with: Data((file.metadata["musegen.provenance"] ?? "").utf8))) as? [String: Any] ?? [:]
        object[field] = try? JSONSerialization.jsonObject(
          with: Data(value.utf8), options: .fragmentsAllowed)
        let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        file.metadata["musegen.provenance"] = String(decoding: data, as: UTF8.self)
      }
    }
    // A model that writes music and one that tells labels are not taken for each other.
    #expect(throws: ModelFileError(.wrongKind(expected: .model, found: .classifier))) {
      try Model(whole)
    }
    var disguised = whole
    disguised.metadata["musegen.crc32"] = nil
    disguised.metadata["musegen.format"] = "model 2"
    disguised.metadata["musegen.provenance"] = "{}"
    #expect(throws: ModelFileError(.wrongKind(expected: .model, found: .classifier))) {
      try Model(disguised)
    }
  }
}
