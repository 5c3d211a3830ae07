import Corpora
import Evaluation
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import Safetensors
import Settings
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization
import Training

struct TrainingRunTests {
  let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  /// Twelve small pieces.
  func corpus(settings: TrainingSettings) throws -> Corpus {
    try createFolder(at: folder)
    var random = SeededGenerator(seed: 5)
    for piece in 0..<12 {
      let notes = (0..<Int.random(in: 10...40, using: &random)).map { index in
        Note(
          onset: index * 240, duration: 240, pitch: .random(in: 55...72, using: &random),
          velocity: .random(in: 40...100, using: &random))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    return try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2)
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network.hiddenSize = 16
    settings.network.embeddingSize = 8
    settings.batch = 4
    settings.window = 10
    settings.length = .steps(60)
    settings.heldOut = .fraction(0.25)
    settings.averageDecay = 0.9
    settings.labelSmoothing = 0.05
    settings.network.recall = Recall(lengths: [1, 4], dropout: 0.2)
    settings.network.weightDrop = 0.2
    settings.network.embeddingDropout = 0.1
    settings.windowJitter = 0.2
    settings.activationRegularization = 2
    settings.temporalActivationRegularization = 1
    return settings
  }

  @Test func `a run ends where a piece is lost, in its volume and in its file`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let names = try corpus(settings: settings).pieces.map(\.path)
    var cache = CorpusCache(folder: folder + "/cache")
    cache.mostLoaded = 0
    let corpus = try Corpus(
      paths: names, vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2, cache: cache)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    #expect(try run.next() != nil)
    let library = cache.folder + "/volumes/" + (try listFolder(at: cache.folder + "/volumes")[0])
    for name in try listFolder(at: library) where name.hasSuffix(".volume") {
      let handle = try FileHandle(forWritingTo: URL(filePath: library + "/" + name))
      try handle.truncate(atOffset: 64)
      try handle.close()
    }
    for name in names { try writeFile(Array("no music any more".utf8), at: name) }
    let error = #expect(throws: TrainingError.self) { while try run.next() != nil {} }
    guard case .lostPiece = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `an epoch reads every prediction once, the same for the same seed`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .epochs(3)
    let corpus = try corpus(settings: settings)
    func train() throws -> TrainingRun {
      let run = try TrainingRun(settings: settings, corpus: corpus)
      while try run.next() != nil {}
      return run
    }
    let first = try train()
    #expect(first.counters.tokensRead == 3 * first.tokensPerEpoch)
    #expect(
      first.tokensPerEpoch
        == first.trainingPieces.reduce(0) { $0 + corpus.pieces[$1].tokens.count - 1 })
    #expect(try train().network.parameters == first.network.parameters)
    settings.seed = 2
    #expect(try train().network.parameters != first.network.parameters)
  }

  @Test func `a step's learning rate is as much smaller as its window is shorter`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.schedule = LearningRateSchedule(peak: 0.01)
    settings.length = .steps(40)
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    var lengths: [Int] = []
    while let event = try run.next() {
      guard case .step(let step) = event else { continue }
      // No stream falls idle: pieces are read for ever.
      #expect(abs(step.learningRate / 0.01 - Float(step.tokens) / (4 * 10)) < 1e-5)
      lengths.append(step.tokens / 4)
    }
    #expect(Set(lengths).count > 5)
    #expect(lengths.min() ?? 0 >= 1 && lengths.max() ?? 0 <= 14)
  }

  @Test func `however short the time, a step is taken`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .seconds(1e-9)
    let run = try TrainingRun(settings: settings, corpus: corpus(settings: settings), threads: 1)
    guard case .step(let step)? = try run.next() else { return #expect(Bool(false), "no step") }
    #expect(step.tokens > 0)
    // At its end it is only when that is measured.
    #expect(run.progress == 1 && !run.isMeasured)
    while case .step? = try run.next() { Issue.record("a second step") }
    #expect(run.isMeasured)
  }

  @Test func `a time has to do for the measurement at its end, too`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .seconds(1_000)
    let corpus = try corpus(settings: settings)
    func check(_ run: TrainingRun) {
      let closing = run.closingSeconds
      let before = run.elapsedSeconds
      let progress = run.progress
      let after = run.elapsedSeconds
      #expect(progress >= 0.999 * before / (1_000 - closing))
      #expect(progress <= 1.001 * after / (1_000 - closing))
    }
    let run = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
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
    let unmeasured = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    for _ in 0..<3 { _ = try unmeasured.next() }
    #expect(unmeasured.closingSeconds == 0)
    check(unmeasured)
  }

  @Test func `the best network is the one with the lowest validation loss`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    var lowest = Double.infinity
    while let event = try run.next() {
      guard case .validation(let validation) = event else { continue }
      #expect(validation.isBest == (validation.nats < lowest))
      lowest = min(lowest, validation.nats)
      #expect(run.counters.best?.nats == lowest)
    }
    #expect(lowest.isFinite)
    #expect(run.model.provenance.validationNats == lowest)
  }

  @Test func `how often passages come in a row is counted with recall and without`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    let corpus = try corpus(settings: settings)
    let recalling = try TrainingRun(settings: settings, corpus: corpus).model.provenance
    settings.network.recall = nil
    let plain = try TrainingRun(settings: settings, corpus: corpus).model.provenance
    #expect(plain.repeats != nil && plain.repeats == recalling.repeats)
    #expect(plain.quoted == nil && recalling.quoted != nil)
  }

  @Test func `a model tells the pitches that it learned from, as far as they were transposed`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .steps(2)
    settings.heldOut = .fraction(0)
    for semitones in [0, 3] {
      settings.augmentation.semitones = semitones
      let corpus = try corpus(settings: settings)
      let struck = corpus.pieces.indices.flatMap { piece in
        corpus.vocabulary.decode(corpus.tokens(ofPiece: piece)).tracks.flatMap(\.notes)
          .map { Int($0.pitch) }
      }
      let run = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
      while try run.next() != nil {}
      let pitches = try #require(run.model.provenance.pitches?.range)
      #expect(Int(pitches.lowerBound) == struck.min()! - semitones)
      #expect(Int(pitches.upperBound) == struck.max()! + semitones)
      let read = try Model(run.model.safetensors())
      #expect(read.provenance.pitches == .within(pitches))
    }
    // What would lead beyond the vocabulary's pitches is not made.
    var narrow = PerformanceVocabulary.Configuration()
    (narrow.lowestPitch, narrow.highestPitch) = (54, 73)
    settings.vocabulary = .performance(narrow)
    let run = try TrainingRun(
      settings: settings, corpus: try corpus(settings: settings), threads: 1)
    while try run.next() != nil {}
    #expect(run.model.provenance.pitches == .within(54...73))
  }

  @Test func `a measurement tells how far it is, of the network and of its average`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try TrainingRun(settings: settings, corpus: corpus(settings: settings), threads: 1)
    var shares: [Double] = []
    var measurements = 0
    run.measuring = { shares.append($0) }
    while let event = try run.next() {
      guard case .validation = event else {
        #expect(shares.isEmpty)
        continue
      }
      measurements += 1
      #expect(shares.count > 2 && shares == shares.sorted())
      #expect(shares.contains(0.5) && shares.last == 1)
      shares = []
    }
    #expect(measurements > 0)
  }

  @Test(arguments: [false, true])
  func `a model that learned from drums alone tells that it knows no pitch`(
    strikesDrumsAsPitches: Bool
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try createFolder(at: folder)
    for piece in 0..<4 {
      let notes = (0..<20).map { index in
        Note(onset: index * 240, duration: 120, pitch: UInt8(36 + (index * (piece + 2)) % 10))
      }
      let score = Score(tracks: [Track(channel: 9, notes: notes)], endTick: 20 * 240)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    var settings = settings
    var performance = PerformanceVocabulary.Configuration()
    performance.programs = true
    settings.vocabulary = strikesDrumsAsPitches ? .performance(performance) : .tsd()
    settings.length = .steps(1)
    settings.heldOut = .fraction(0)
    let corpus = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 1)
    let run = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    while try run.next() != nil {}
    #expect(run.model.provenance.pitches == .drumsOnly)
    #expect(try Model(run.model.safetensors()).provenance.pitches == .drumsOnly)
  }

  @Test(arguments: [0, 0.5])
  func `progress reaches one at the last step and not before`(stretch: Double) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try createFolder(at: folder)
    // Notes of one to three seconds: at another tempo they need more or fewer shifts.
    for piece in 0..<4 {
      let notes = (0..<25).map { index in
        let length = 960 + 480 * ((index + piece) % 5)
        return Note(onset: index * 2_880, duration: length, pitch: 60 + UInt8(piece), velocity: 80)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: 25 * 2_880)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    var settings = settings
    settings.heldOut = .fraction(0)
    settings.length = .epochs(6)
    settings.augmentation.stretch = stretch
    let corpus = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    var steps: [TrainingStep] = []
    while let event = try run.next() {
      if case .step(let step) = event { steps.append(step) }
      if steps.count == 30 {
        let resumed = try TrainingRun(
          settings: settings, corpus: corpus, checkpoint: run.checkpoint)
        #expect(resumed.progress == run.progress)
      }
    }
    let isTold = zip(steps, steps.dropFirst()).allSatisfy { $0.progress < $1.progress }
    #expect(isTold)
    #expect(steps.last?.progress == 1)
    #expect(steps.last?.epoch == 6)
    let tokens = run.counters.tokensRead
    #expect((tokens == 6 * run.tokensPerEpoch) == (stretch == 0))
  }

  @Test func `patience ends a run that no longer gets better`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.schedule.peak = 1e-12
    settings.length = .steps(10_000)
    settings.patience = 2
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    while try run.next() != nil {}
    #expect(run.counters.step < 1_000)
  }

  @Test func `patience is not lost before a mean that the validations begin is measured`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.averageDecay = nil
    settings.averageTrigger = 1
    settings.patience = 2
    settings.length = .steps(600)
    // A rate at which the held-out loss goes up and down.
    settings.schedule = LearningRateSchedule(peak: 0.05)
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    while try run.next() != nil {}
    #expect(run.counters.lastValidation?.averageNats != nil)
  }

  @Test func `a loss that breaks names its step`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.schedule.peak = .greatestFiniteMagnitude
    settings.schedule.warmupSteps = 0
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    let error = #expect(throws: TrainingError.self) {
      while try run.next() != nil {}
    }
    #expect(error?.description.hasPrefix("step 2: ") == true)
  }

  @Test func `the corpus' vocabulary is the model's, whatever the settings say`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var other = settings
    other.vocabulary = .tsd()
    let corpus = try corpus(settings: other)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    _ = try run.next()
    #expect(run.settings.vocabulary == .tsd())
    #expect(run.model.vocabulary.configuration == .tsd())
    #expect(run.network.configuration.vocabularySize == run.model.vocabulary.count)
  }

  @Test func `what a run measures on held-out pieces is what evaluation measures on them`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.precision = .f32
    settings.averageDecay = nil
    let corpus = try corpus(settings: settings)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    var validation: Validation?
    while validation == nil, let event = try run.next() {
      if case .validation(let found) = event { validation = found }
    }
    let found = try #require(validation)
    let vocabulary = try settings.vocabulary.makeVocabulary()
    let heldOut = try Corpus(
      paths: run.validationPieces.map { corpus.pieces[$0].path }, vocabulary: vocabulary,
      threads: 1)
    #expect(heldOut.pieces.count > 1)
    let likelihood = try Likelihood(
      of: Model(network: run.network, vocabulary: vocabulary), on: heldOut)
    // Other streams and other windows: sums of floats in another order.
    func expectEqual(_ nats: Double, per unit: Likelihood.Unit) throws {
      let mean = try #require(likelihood.mean(per: unit)).value
      #expect(abs(nats / mean - 1) < 1e-5, "per \(unit)")
    }
    try expectEqual(found.nats, per: .token)
    try expectEqual(found.natsPerNote, per: .note)
    try expectEqual(found.natsPerSecond, per: .second)
    #expect(abs(likelihood.total.mean / found.nats - 1) < 1e-5)
  }

  @Test func `a loop over a run is told the same events as one who asks for them`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(settings: settings)
    var asked: [TrainingEvent] = []
    let first = try TrainingRun(settings: settings, corpus: corpus)
    while let event = try first.next() { asked.append(event) }
    var told: [TrainingEvent] = []
    for try await event in try TrainingRun(settings: settings, corpus: corpus) {
      told.append(event)
    }
    #expect(told == asked)
  }

  @Test func `cancelling ends the loop after a step, and the run goes on as if never left`()
    async throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(settings: settings)
    let settings = settings
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    while try whole.next() != nil {}
    let cancelled = Task {
      let run = try TrainingRun(settings: settings, corpus: corpus)
      var count = 0
      for try await _ in run {
        count += 1
        if count == 25 { cancelThisTask() }
      }
      return (count: count, checkpoint: run.checkpoint)
    }
    let (count, checkpoint) = try await cancelled.value
    #expect(count == 25)
    let resumed = try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
    while try resumed.next() != nil {}
    #expect(resumed.network.parameters == whole.network.parameters)
  }

  @Test func `the library's errors know no command line`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let reasons: [TrainingError.Reason] = [
      .setting(SettingError("learningRate", found: -1, expected: "more than 0")), .emptyCorpus,
      .diverged(step: 3, tensor: "embedding.weight"), .noCheckpoint(path: "runs/a"),
      .runExists(path: "runs/a"), .foreignFile(path: "runs/a/run.json"), .locked(path: "runs/a"),
      .malformedRun(path: "runs/a"),
      .foreignCheckpoint(difference: "its corpus has changed since"),
    ]
    for reason in reasons {
      let text = TrainingError(reason).description
      #expect(!text.contains("--") && !text.contains("musegen"), "\(text)")
    }
  }

  @Test(arguments: ["metrics.jsonl", "run.json", "model.json", "finished.json", "diverged.json"])
  func `a run writes over nothing that is no run's`(name: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let start = RunFolder.Start(folder: "/", corpus: [folder], output: folder + "/m.safetensors")
    let path = folder + "/mine"
    try createFolder(at: path)
    try writeFile(Array("my own\n".utf8), at: path + "/" + name)
    try writeFile([1], at: path + "/.step-by-step")
    #expect(throws: TrainingError(.foreignFile(path: path + "/" + name))) {
      _ = try RunFolder.create(path, start: start)
    }
    #expect(try readFile(at: path + "/" + name) == Array("my own\n".utf8))
    #expect(fileKind(at: path + "/.step-by-step") == .file)
    // Beside other files a run may stand, also one that was killed before its first checkpoint.
    try removeFile(at: path + "/" + name)
    for _ in 0..<2 { _ = try RunFolder.create(path, start: start) }
  }

  @Test func `a log line of numbers beyond counting is written and read back`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    guard case .step(var step)? = try run.next() else {
      Issue.record("no first step")
      return
    }
    step.nats = .nan
    step.gradientNorm = .infinity
    let line = RunLogLine(.step(step), seconds: 1, peakMemory: 1)
    try writeFile(Array((line.json + "\n").utf8), at: folder + "/metrics.jsonl")
    guard case .step(let read)? = try RunLogLine.all(in: folder).first?.event else {
      Issue.record("the line is not read")
      return
    }
    #expect(line.json.contains("\"gradientNorm\":null") && line.json.contains("\"nats\":null"))
    #expect(read.nats.isNaN)
    #expect(read.gradientNorm.isNaN)
    #expect(read.step == step.step)
  }

  @Test func `a run says beforehand what will not go well`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(settings: settings)
    #expect(try TrainingRun(settings: settings, corpus: corpus).cautions.isEmpty)
    var wide = settings
    wide.window = 1_000
    let run = try TrainingRun(settings: wide, corpus: corpus)
    #expect(
      run.cautions == [
        .stepBeyondCorpus(tokensPerStep: 4_000, tokensPerEpoch: run.tokensPerEpoch)
      ])
    wide.accumulation = 3
    #expect(
      try TrainingRun(settings: wide, corpus: corpus).cautions == [
        .stepBeyondCorpus(tokensPerStep: 12_000, tokensPerEpoch: run.tokensPerEpoch)
      ])
    var averaged = settings
    averaged.averageDecay = nil
    averaged.averageTrigger = 5
    let short = try TrainingRun(settings: averaged, corpus: corpus)
    let told = short.cautions
    var measurements = 0
    while let event = try short.next() {
      if case .validation = event { measurements += 1 }
    }
    #expect(told == [.tooFewForAverage(measurements: measurements, least: 8)])
    averaged.averageTrigger = 1
    averaged.length = .steps(1_000)
    averaged.patience = 2
    #expect(try TrainingRun(settings: averaged, corpus: corpus).cautions.isEmpty)
    averaged.patience = 1
    #expect(
      try TrainingRun(settings: averaged, corpus: corpus).cautions == [
        .patienceBeforeAverage(patience: 1, validations: 1)
      ])
    let alone = try Corpus(
      paths: [corpus.pieces[0].path], vocabulary: try settings.vocabulary.makeVocabulary(),
      threads: 1)
    #expect(
      try TrainingRun(settings: settings, corpus: alone).cautions.contains(
        .nothingToHoldOut(pieces: 1)))
  }

  @Test func `of very much that a share holds out some two million tokens are measured on`() throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try createFolder(at: folder)
    var random = SeededGenerator(seed: 9)
    for piece in 0..<48 {
      let notes = (0..<16_000).map { index in
        Note(onset: index * 240, duration: 120, pitch: .random(in: 40...80, using: &random))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    var settings = settings
    settings.network.recall = nil
    settings.heldOut = .fraction(0.97)
    let corpus = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2)
    func tokens(_ pieces: [Int]) -> Int { pieces.reduce(0) { $0 + corpus.pieces[$1].tokens.count } }
    let run = try TrainingRun(settings: settings, corpus: corpus)
    #expect(tokens(run.validationPieces) > 2_500_000)
    #expect((1_900_000...2_100_000).contains(tokens(run.measuredPieces)))
    #expect(Set(run.measuredPieces).isSubset(of: run.validationPieces))
    // What somebody names is measured on as a whole.
    settings.heldOut = .named(run.validationPieces.map { corpus.pieces[$0].path })
    let named = try TrainingRun(settings: settings, corpus: corpus)
    #expect(named.measuredPieces == named.validationPieces)
    #expect(named.validationPieces == run.validationPieces)
  }
}
