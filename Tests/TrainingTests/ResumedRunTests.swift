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

// How a run goes on from a checkpoint.
extension TrainingRunTests {
  @Test func `a checkpoint is of the oldest version that goes on as it says`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var plain = settings
    plain.network.weightDrop = 0
    plain.network.embeddingDropout = 0
    plain.windowJitter = 0
    plain.activationRegularization = 0
    plain.temporalActivationRegularization = 0
    let corpus = try corpus(settings: plain)
    func version(_ change: (inout TrainingSettings) -> Void) throws -> String? {
      var settings = plain
      change(&settings)
      let path = folder + "/checkpoint"
      try TrainingRun(settings: settings, corpus: corpus).checkpoint.write(to: path)
      return try SafetensorsFile(bytes: readFile(at: path)).metadata["musegen.format"]
    }
    #expect(try version { $0.network.recall = nil } == "checkpoint 2")
    #expect(try version { _ in } == "checkpoint 3")
    #expect(try version { $0.network.weightDrop = 0.5 } == "checkpoint 4")
    #expect(try version { $0.network.embeddingDropout = 0.5 } == "checkpoint 4")
    #expect(try version { $0.windowJitter = 0.1 } == "checkpoint 4")
    #expect(try version { $0.activationRegularization = 1 } == "checkpoint 4")
    let isTriggered = try version {
      $0.averageDecay = nil
      $0.averageTrigger = 5
    }
    #expect(isTriggered == "checkpoint 4")
    #expect(try version { $0.temporalActivationRegularization = 1 } == "checkpoint 4")
    #expect(try version { $0.accumulation = 2 } == "checkpoint 5")
    #expect(try version { $0.localSteps = 2 } == "checkpoint 5")
    #expect(try version { $0.scheduledSampling = 0.1 } == "checkpoint 5")
    #expect(try version { $0.ownKeys = 0.1 } == "checkpoint 6")
  }

  @Test func `steps of several windows read them all, and are resumed to the bit`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .epochs(4)
    let corpus = try corpus(settings: settings)
    func steps(_ run: TrainingRun) throws -> [TrainingStep] {
      var steps: [TrainingStep] = []
      while let event = try run.next() { if case .step(let step) = event { steps.append(step) } }
      return steps
    }
    settings.windowJitter = 0
    let single = try steps(TrainingRun(settings: settings, corpus: corpus))
    settings.accumulation = 4
    let several = try steps(TrainingRun(settings: settings, corpus: corpus))
    #expect(several.count == (single.count + 3) / 4)
    #expect(several.reduce(0) { $0 + $1.tokens } == single.reduce(0) { $0 + $1.tokens })
    settings.windowJitter = 0.2
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    _ = try steps(whole)
    for interruption in [1, 4, 9] {
      let path = "\(folder)/several.safetensors"
      let first = try TrainingRun(settings: settings, corpus: corpus)
      for _ in 0..<interruption { _ = try first.next() }
      try first.checkpoint.write(to: path)
      let second = try TrainingRun(
        settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
      _ = try steps(second)
      #expect(second.network.parameters == whole.network.parameters, "after \(interruption)")
      #expect(second.model.safetensors() == whole.model.safetensors(), "after \(interruption)")
    }
    for (name, change) in [
      ("accumulation", { (settings: inout TrainingSettings) in settings.accumulation = 0 }),
      ("localSteps", { $0.localSteps = -1 }), ("accumulation", { $0.accumulation = 1 << 20 }),
    ] {
      var settings = settings
      change(&settings)
      let error = #expect(throws: TrainingError.self) { try settings.validate() }
      guard case .setting(let setting)? = error?.reason else {
        Issue.record("no word of \(name)")
        continue
      }
      #expect(setting.key == name)
    }
  }

  @Test func `pieces in files that are mapped train the same model as pieces in memory`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .steps(25)
    let loaded = try corpus(settings: settings)
    var cache = CorpusCache(folder: folder + "/cache")
    cache.mostLoaded = 0
    let names = loaded.pieces.map(\.path)
    for merges in [0, 12] {
      let models = try [nil, cache, cache].map { cache in
        let corpus = try Corpus(
          paths: names, vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2,
          cache: cache)
        let run = try TrainingRun(
          settings: settings,
          corpus: merges > 0 ? corpus.learningMerges(merges, threads: 2) : corpus)
        while try run.next() != nil {}
        return run.model.safetensors()
      }
      #expect(models[1] == models[0] && models[2] == models[0])
    }
    #expect(try listFolder(at: cache.folder + "/volumes").count == 1)
  }

  @Test func `a run that was interrupted and resumed ends with the same bytes`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(settings: settings)
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    var events: [TrainingEvent] = []
    while let event = try whole.next() { events.append(event) }
    #expect(whole.counters.step == 60)
    #expect(whole.bestNetwork != nil)

    for interruption in [1, 7, 20, 21, 43] {
      let path = "\(folder)/checkpoint.safetensors"
      let first = try TrainingRun(settings: settings, corpus: corpus)
      var resumedEvents: [TrainingEvent] = []
      for _ in 0..<interruption {
        if let event = try first.next() { resumedEvents.append(event) }
      }
      try first.checkpoint.write(to: path)
      let second = try TrainingRun(
        settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
      while let event = try second.next() { resumedEvents.append(event) }
      #expect(second.network.parameters == whole.network.parameters, "after \(interruption)")
      #expect(resumedEvents == events, "after \(interruption)")
      #expect(second.model.safetensors() == whole.model.safetensors(), "after \(interruption)")
    }
  }

  @Test func `a run with an earlier end than it has come to takes no further step`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .epochs(6)
    let corpus = try corpus(settings: settings)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    var epoch = 0.0
    while epoch < 4.2, let event = try run.next() {
      if case .step(let step) = event { epoch = step.epoch }
    }
    let checkpoint = run.checkpoint
    let ends: [TrainingSettings.Length] = [.epochs(2), .epochs(3), .steps(1), .seconds(1e-9)]
    for end in ends {
      settings.length = end
      let resumed = try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
      while let event = try resumed.next() {
        if case .step = event { Issue.record("\(end): a step") }
      }
      #expect(resumed.counters.step == checkpoint.counters.step && resumed.progress == 1)
      #expect(resumed.counters.lastValidation?.step == checkpoint.counters.step)
    }
  }

  @Test func `a run goes on in as many shards as it began in, whatever the machine would choose`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.length = .steps(25)
    let corpus = try corpus(settings: settings)
    // Four streams are one shard where nobody says another, and four at most.
    for (asked, made) in [(2, 2), (64, 4)] {
      settings.shards = asked
      let whole = try TrainingRun(settings: settings, corpus: corpus)
      for _ in 0..<5 { _ = try whole.next() }
      let checkpoint = whole.checkpoint
      while try whole.next() != nil {}
      for shards in [nil, asked] {
        settings.shards = shards
        let second = try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
        #expect(second.settings.shards == made)
        while try second.next() != nil {}
        #expect(second.model.safetensors() == whole.model.safetensors())
      }
      settings.shards = 3
      #expect(throws: TrainingError.self) {
        try TrainingRun(settings: settings, corpus: corpus, checkpoint: checkpoint)
      }
    }
  }

  @Test func `a mean that the validations begin is that of the steps since, resumed to the bit`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.averageDecay = nil
    settings.averageTrigger = 1
    settings.length = .steps(600)
    // A rate at which the held-out loss goes up and down.
    settings.schedule = LearningRateSchedule(peak: 0.05)
    let corpus = try corpus(settings: settings)
    let whole = try TrainingRun(settings: settings, corpus: corpus)
    var events: [TrainingEvent] = []
    var isBegun = false
    var sums = [Double](repeating: 0, count: whole.network.parameters.count)
    var count = 0.0
    var checkpoints: [Checkpoint] = []
    while let event = try whole.next() {
      events.append(event)
      switch event {
      case .step:
        guard isBegun else { continue }
        count += 1
        for (index, value) in whole.network.parameters.enumerated() { sums[index] += Double(value) }
        if checkpoints.count < 2 { checkpoints.append(whole.checkpoint) }
      case .validation(let validation):
        #expect((validation.averageNats == validation.nats) == isBegun)
        if let average = whole.checkpoint.average {
          if !isBegun { checkpoints.append(whole.checkpoint) }
          isBegun = true
          let isMean = zip(average, sums).allSatisfy {
            count == 0 || abs(Double($0) - $1 / count) < 1e-4
          }
          #expect(isMean)
        }
      }
    }
    #expect(isBegun && count > 20)
    for checkpoint in checkpoints {
      let path = "\(folder)/checkpoint.safetensors"
      try checkpoint.write(to: path)
      let second = try TrainingRun(
        settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
      var resumed: [TrainingEvent] = []
      while let event = try second.next() { resumed.append(event) }
      #expect(resumed == events.suffix(resumed.count))
      #expect(resumed.count > 20)
      #expect(second.model.safetensors() == whole.model.safetensors())
    }
  }

  @Test func `a run begun before near-duplicates were told goes on with the split it had`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // What such a run's checkpoint says of its settings has no word of likeness.
    var text = settings.json
    #expect(text.contains(#""likeness":"near","#))
    text.replace(#""likeness":"near","#, with: "")
    let old = try JSONDecoder().decode(TrainingSettings.self, from: Data(text.utf8))
    #expect(old.likeness == nil)
    #expect(old.json == text)
    var random = SeededGenerator(seed: 6)
    try createFolder(at: folder)
    for piece in 0..<10 {
      var notes = (0..<40).map { index in
        Note(onset: index * 240, duration: 240, pitch: .random(in: 55...72, using: &random))
      }
      for copy in 0..<2 {
        let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
        try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece)-\(copy).mid")
        notes[20].pitch ^= 1
      }
    }
    let corpus = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2)
    let exact = try corpus.split(settings.heldOut, keepingTogether: .exact)
    #expect(exact.valid != (try corpus.split(settings.heldOut).valid))
    let run = try TrainingRun(settings: old, corpus: corpus)
    for _ in 0..<5 { _ = try run.next() }
    let path = "\(folder)/checkpoint.safetensors"
    try run.checkpoint.write(to: path)
    let resumed = try TrainingRun(
      settings: try Checkpoint(path: path).settings, corpus: corpus,
      checkpoint: try Checkpoint(path: path))
    #expect(resumed.validationPieces == exact.valid)
    while try run.next() != nil {}
    while try resumed.next() != nil {}
    #expect(resumed.model.safetensors() == run.model.safetensors())
    #expect(run.model.provenance.settings?.contains("likeness") == false)
  }

  @Test func `a run that was killed after a measurement logs it once`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    var lines: [RunLogLine] = []
    var before: Checkpoint.Counters?
    while lines.count < 60, let event = try run.next() {
      if case .validation(let validation) = event, validation.step == run.counters.step {
        before = before ?? run.checkpoint.counters
      }
      lines.append(RunLogLine(event, seconds: 1, peakMemory: 1))
    }
    let measured = try #require(before)
    let path = folder + "/run"
    var runFolder = try RunFolder.create(
      path, start: .init(folder: "/", corpus: [folder], output: folder + "/model.safetensors"))
    for line in lines { try runFolder.log(line) }
    // The checkpoint after the measurement knows of it, the one before does not.
    try runFolder.truncateLog(to: measured)
    #expect(try RunLogLine.all(in: path).count == measured.step + 1)
    var unmeasured = measured
    unmeasured.lastValidation = nil
    try runFolder.truncateLog(to: unmeasured)
    #expect(try RunLogLine.all(in: path).count == measured.step)
    try runFolder.truncateLog(to: nil)
    #expect(try RunLogLine.all(in: path).isEmpty)
  }

  @Test func `a checkpoint of another run is refused`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus(settings: settings)
    let run = try TrainingRun(settings: settings, corpus: corpus)
    _ = try run.next()
    var other = settings
    other.seed = 2
    #expect(
      throws: TrainingError(.foreignCheckpoint(difference: "it was trained with other settings"))
    ) { try TrainingRun(settings: other, corpus: corpus, checkpoint: run.checkpoint) }
    var longer = settings
    longer.length = .steps(70)
    #expect(throws: Never.self) {
      try TrainingRun(settings: longer, corpus: corpus, checkpoint: run.checkpoint)
    }
    try removeFile(at: corpus.pieces[0].path)
    let smaller = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 1)
    #expect(
      throws: TrainingError(.foreignCheckpoint(difference: "its corpus has changed since"))
    ) { try TrainingRun(settings: settings, corpus: smaller, checkpoint: run.checkpoint) }
  }

  @Test func `a run's folder keeps two checkpoints and falls back on the older`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try TrainingRun(settings: settings, corpus: try corpus(settings: settings))
    let path = folder + "/run"
    let start = RunFolder.Start(
      folder: "/", corpus: [folder], output: folder + "/model.safetensors")
    do {
      let runFolder = try RunFolder.create(path, start: start)
      #expect(throws: TrainingError(.locked(path: path))) { _ = try RunFolder.open(path) }
      for _ in 0..<4 {
        _ = try run.next()
        try runFolder.save(run.checkpoint)
      }
    }
    let runFolder = try RunFolder.open(path)
    #expect(runFolder.start == start)
    let names = try listFolder(at: path).filter { $0.hasPrefix("checkpoint") }
    #expect(names == ["checkpoint-000000003.safetensors", "checkpoint-000000004.safetensors"])
    #expect(try RunFolder.latestCheckpoint(in: path).checkpoint.counters.step == 4)
    #expect(try RunFolder.latestCheckpoint(in: path).damage == nil)
    var bytes = try readFile(at: path + "/" + names[1])
    bytes[bytes.count / 2] ^= 1
    try writeFile(bytes, at: path + "/" + names[1])
    #expect(try RunFolder.latestCheckpoint(in: path).checkpoint.counters.step == 3)
    #expect(try RunFolder.latestCheckpoint(in: path).damage != nil)
    try writeFile([1, 2, 3], at: path + "/" + names[0])
    #expect(throws: TrainingError.self) { _ = try RunFolder.latestCheckpoint(in: path) }
  }
}
