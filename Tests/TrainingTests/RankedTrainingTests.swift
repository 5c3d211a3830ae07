import Corpora
import FileStorage
import Foundation
import Modeling
import Music
import Ranks
import Recurrent
import Safetensors
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization
import Training

/// Runs of several ranks, which are threads of this process, against a process alone.
struct RankedTrainingTests {
  /// The path of twelve small pieces, which the caller removes.
  static func makePieces() throws -> String {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
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
    return folder
  }

  static func corpus(in folder: String, _ settings: TrainingSettings) throws -> Corpus {
    try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 1)
  }

  static var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network.hiddenSize = 16
    settings.network.embeddingSize = 8
    settings.network.recall = Recall(lengths: [1, 4], dropout: 0.2)
    settings.network.weightDrop = 0.2
    settings.network.embeddingDropout = 0.1
    settings.network.recurrentDropout = 0.1
    settings.network.learnedInitialState = true
    settings.batch = 12
    settings.shards = 6
    settings.window = 10
    settings.length = .steps(25)
    settings.heldOut = .fraction(0.25)
    settings.averageDecay = 0.9
    settings.activationRegularization = 2
    settings.precision = .f32
    return settings
  }

  /// What a run leaves behind, but for the seconds that it took.
  struct Outcome: Sendable {
    var events: [String] = []
    var checkpoint: [UInt8] = []
    var model: [UInt8] = []
    var error: String?
  }

  static func outcome(
    of settings: TrainingSettings, in folder: String, ranks group: RankGroup? = nil,
    checkpoint: Checkpoint? = nil
  ) -> Outcome {
    var outcome = Outcome()
    do {
      let run = try TrainingRun(
        settings: settings, corpus: try corpus(in: folder, settings), checkpoint: checkpoint,
        threads: 1, ranks: group)
      if let group, !group.leads {
        _ = try run.follow()
        group.end(code: 0)
        return outcome
      }
      while let event = try run.next() { outcome.events.append("\(event)") }
      var last = try run.gatheredCheckpoint()
      last.counters.seconds = 0
      outcome.checkpoint = last.file().encoded()
      outcome.model = run.model.safetensors(precision: .f32).encoded()
      group?.end(code: 0)
    } catch {
      outcome.error = "\(error)"
      group?.end(code: 70, message: "\(error)")
    }
    return outcome
  }

  @Test(arguments: [2, 3, 4], [Precision.f32, .bf16])
  func `any number of ranks comes to the bytes of one process`(
    count: Int, precision: Precision
  ) throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.settings
    changed.precision = precision
    let settings = changed
    let alone = Self.outcome(of: settings, in: folder)
    #expect(alone.error == nil && alone.events.count == 27)
    let together = ThreadTransport.run(count) {
      Self.outcome(of: settings, in: folder, ranks: $0)
    }
    #expect(together.count == count)
    for other in together { #expect(other.error == nil) }
    #expect(together[0].events == alone.events)
    #expect(together[0].checkpoint == alone.checkpoint)
    #expect(together[0].model == alone.model)
  }

  @Test func `a size is chosen for the speed of all processes together`() throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var timed = Self.settings
    timed.length = .seconds(60)
    let settings = timed
    let corpus = try Self.corpus(in: folder, settings)
    func speed(_ ranks: RankGroup?) throws -> Double {
      var chosen = settings
      let choice = try chosen.chooseSize(for: corpus, threads: 1, ranks: ranks)
      return try #require(choice).tokensPerSecond
    }
    let alone = try speed(nil)
    let together = try speed(RankGroup(ThreadTransport.connected(32)[0]))
    // A machine that others use may sway a measurement, though not so far.
    #expect(together > 4 * alone)
  }

  /// Each kind of tensor passes through the ranks with its layer.
  @Test(arguments: Cell.allCases)
  func `networks of every kind come to the bytes of one process`(cell: Cell) throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.settings
    changed.network.cell = cell
    changed.network.layerCount = 3
    changed.network.dropout = 0.1
    if !cell.hasRecurrentMatrix { changed.network.weightDrop = 0 }
    if !cell.readsHiddenState { changed.network.recurrentDropout = 0 }
    changed.network.residual = true
    changed.network.layerNormalization = true
    changed.network.recall?.hasGate = true
    changed.length = .steps(6)
    for isTied in [false, true] {
      changed.network.tiedWeights = isTied
      if isTied { changed.network.embeddingSize = changed.network.hiddenSize }
      let settings = changed
      let alone = Self.outcome(of: settings, in: folder)
      let together = ThreadTransport.run(2) {
        Self.outcome(of: settings, in: folder, ranks: $0)
      }
      #expect(alone.error == nil && together[0].error == nil)
      #expect(together[0].events == alone.events)
      #expect(together[0].checkpoint == alone.checkpoint)
    }
  }

  @Test(arguments: [2, 3])
  func `steps of several windows come to the bytes of one process`(count: Int) throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.settings
    changed.accumulation = 3
    changed.windowJitter = 0.2
    // The last step of the last epoch reads fewer.
    changed.length = .epochs(3)
    let settings = changed
    let alone = Self.outcome(of: settings, in: folder)
    let together = ThreadTransport.run(count) {
      Self.outcome(of: settings, in: folder, ranks: $0)
    }
    #expect(alone.error == nil && alone.events.count > 3)
    for other in together { #expect(other.error == nil) }
    #expect(together[0].events == alone.events)
    #expect(together[0].checkpoint == alone.checkpoint)
    #expect(together[0].model == alone.model)
  }

  /// Settings of steps that ranks take by themselves.
  static var apart: TrainingSettings {
    var settings = Self.settings
    settings.localSteps = 4
    settings.frozenLayers = 1
    settings.length = .steps(46)
    return settings
  }

  @Test func `ranks that step by themselves come to the same weights each time, resumed too`()
    throws
  {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = Self.apart
    let whole = ThreadTransport.run(3) { Self.outcome(of: settings, in: folder, ranks: $0) }
    for other in whole { #expect(other.error == nil) }
    // Eleven rounds of four, one of two; measured after 20, 40 and at the end.
    #expect(whole[0].events.count == 12 + 3)
    let again = ThreadTransport.run(3) { Self.outcome(of: settings, in: folder, ranks: $0) }
    #expect(again[0].checkpoint == whole[0].checkpoint)
    let two = ThreadTransport.run(2) { Self.outcome(of: settings, in: folder, ranks: $0) }
    #expect(two[0].error == nil && two[0].checkpoint != whole[0].checkpoint)

    for events in [1, 5, 9] {
      let path = folder + "/begun.safetensors"
      let begun = ThreadTransport.run(3) { group -> [UInt8] in
        guard
          let run = try? TrainingRun(
            settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1,
            ranks: group)
        else { return [] }
        guard group.leads else {
          _ = try? run.follow()
          group.end(code: 0)
          return []
        }
        for _ in 0..<events { _ = try? run.next() }
        let bytes = (try? run.gatheredCheckpoint().file().encoded()) ?? []
        group.end(code: 0)
        return bytes
      }
      try writeFile(begun[0], at: path, replacement: .always)
      let checkpoint = try Checkpoint(path: path)
      let resumed = ThreadTransport.run(3) {
        Self.outcome(of: settings, in: folder, ranks: $0, checkpoint: checkpoint)
      }
      #expect(resumed[0].error == nil && resumed[0].checkpoint == whole[0].checkpoint)
      try removeFile(at: path)
    }
  }

  @Test func `steps by oneself change no weight in a process alone`() throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = Self.apart
    let corpus = try Self.corpus(in: folder, settings)
    let apart = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    var steps: [Int] = []
    while let event = try apart.next() {
      if case .step(let step) = event { steps.append(step.step) }
    }
    #expect(steps == Array(stride(from: 4, through: 44, by: 4)) + [46])
    settings.localSteps = nil
    let plain = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    while try plain.next() != nil {}
    #expect(plain.network.parameters == apart.network.parameters)
  }

  @Test func `a process alone is stopped after the step in hand, however many it takes by itself`()
    async throws
  {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.apart
    changed.localSteps = 100_000
    changed.length = .steps(100_000)
    let settings = changed
    let corpus = try Self.corpus(in: folder, settings)
    let begun = DispatchSemaphore(value: 0)
    let stopped = Task {
      let run = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
      begun.signal()
      while try run.next() != nil {}
      return run.counters.step
    }
    // On a thread of its own: among other tests a task's turn may come after all steps.
    Thread {
      begun.wait()
      usleep(100_000)
      stopped.cancel()
    }.start()
    let steps = try await stopped.value
    #expect(steps < 100_000)
  }

  @Test func `weights averaged after each plain step come near those of a common step`() throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.settings
    changed.optimizer = OptimizerConfiguration(kind: .sgd, momentum: 0.9)
    changed.schedule.peak = 0.05
    changed.clipping = .globalNorm(1e6)
    changed.activationRegularization = 0
    changed.length = .steps(12)
    let common = changed
    changed.localSteps = 1
    let apart = changed
    func parameters(_ settings: TrainingSettings) -> [Float] {
      ThreadTransport.run(2) { group -> [Float] in
        guard
          let run = try? TrainingRun(
            settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1,
            ranks: group)
        else { return [] }
        if group.leads {
          while (try? run.next()) ?? nil != nil {}
        } else {
          _ = try? run.follow()
        }
        group.end(code: 0)
        return run.network.parameters
      }[0]
    }
    let (one, other) = (parameters(common), parameters(apart))
    let start = try TrainingRun(
      settings: common, corpus: try Self.corpus(in: folder, common), threads: 1
    ).network.parameters
    func distance(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
    }
    // A stream between two pieces has a target less: the means of both ranks are no mean of all.
    #expect(one.count == start.count && distance(one, start) > 0.05)
    #expect(distance(one, other) < 0.05 * distance(one, start))
  }

  @Test func `a loss that breaks on one rank ends all after the steps that they take alone`() throws
  {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = Self.apart
    changed.optimizer = OptimizerConfiguration(kind: .sgd)
    changed.schedule = LearningRateSchedule(peak: 1e38, warmupSteps: 0, shape: .constant)
    changed.clipping = .globalNorm(1e30)
    let settings = changed
    let results = ThreadTransport.run(3) { Self.outcome(of: settings, in: folder, ranks: $0) }
    #expect(results.count == 3)
    #expect(results[0].error?.isEmpty == false)
  }

  @Test func `a run's description tells how many ranks trained it`() throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = Self.apart
    let told = ThreadTransport.run(3) { group -> Int? in
      guard
        let run = try? TrainingRun(
          settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1,
          ranks: group)
      else { return nil }
      if !group.leads { _ = try? run.follow() }
      group.end(code: 0)
      return run.description(version: "0", arguments: []).sessions.first?.processes
    }
    #expect(told == [3, 3, 3])
    let alone = try TrainingRun(
      settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1)
    let session = try #require(alone.description(version: "0", arguments: []).sessions.first)
    #expect(session.processes == nil)
  }

  @Test func `weights are not averaged in bfloat16`() {
    var settings = Self.apart
    settings.reduction = .bf16
    #expect(throws: TrainingError.self) { try settings.validate() }
    settings.reduction = .fast
    #expect(throws: Never.self) { try settings.validate() }
  }

  @Test func `a run goes on to the same bytes on another number of ranks`() throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = Self.settings
    var first = settings
    first.length = .steps(9)
    let half = first
    let begun = ThreadTransport.run(3) { Self.outcome(of: half, in: folder, ranks: $0) }
    let path = folder + "/half.safetensors"
    try writeFile(begun[0].checkpoint, at: path)
    // The schedule of a run that was to end sooner was another: a process alone goes the same way.
    let alone = Self.outcome(of: settings, in: folder, checkpoint: try Checkpoint(path: path))
    #expect(alone.error == nil)
    let checkpoint = try Checkpoint(path: path)
    let together = ThreadTransport.run(2) {
      Self.outcome(of: settings, in: folder, ranks: $0, checkpoint: checkpoint)
    }
    #expect(together[0].error == nil && together[0].checkpoint == alone.checkpoint)
  }

  @Test(arguments: [RankSum.fast, .bf16])
  func `sums for speed come near`(sum: RankSum) throws {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let exact = Self.settings
    var other = exact
    other.reduction = sum
    let settings = other
    let one = try TrainingRun(
      settings: exact, corpus: try Self.corpus(in: folder, exact), threads: 1)
    while try one.next() != nil {}
    let nats = ThreadTransport.run(3) { group -> Double? in
      guard
        let run = try? TrainingRun(
          settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1,
          ranks: group)
      else { return nil }
      if group.leads {
        while (try? run.next()) ?? nil != nil {}
        group.end(code: 0)
      } else {
        _ = try? run.follow()
        group.end(code: 0)
      }
      return run.counters.lastValidation?.nats
    }
    let expected = try #require(one.counters.lastValidation?.nats)
    for value in nats { #expect(abs(try #require(value) - expected) < 0.02) }
  }

  @Test func `ranks with other music, and more ranks than there is work for, are refused`() throws {
    let folders = [try Self.makePieces(), try Self.makePieces()]
    defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
    let settings = Self.settings
    try removeFile(at: folders[1] + "/3.mid")
    let outcomes = ThreadTransport.run(2) { group in
      Self.outcome(of: settings, in: folders[group.rank], ranks: group)
    }
    for outcome in outcomes {
      #expect(outcome.error?.hasPrefix("rank 1 (thread1): found music of digest") == true)
    }
    var few = settings
    few.shards = 2
    let narrow = few
    let crowded = ThreadTransport.run(3) { group in
      Self.outcome(of: narrow, in: folders[0], ranks: group)
    }
    #expect(
      crowded[0].error == "found 3 ranks and 2 shards of streams, expected at least one for each")
    var all = settings
    all.heldOut = .fraction(0)
    let whole = all
    let more = ThreadTransport.run(13) { group in
      Self.outcome(of: whole, in: folders[0], ranks: group)
    }
    #expect(
      more[0].error == "found 13 ranks and 12 pieces to train on, expected at least one for each")
  }

  @Test func `where a rank goes without a word the others end, and the last checkpoint is whole`()
    throws
  {
    let folder = try Self.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = Self.settings
    let alone = Self.outcome(of: settings, in: folder)
    for step in [0, 3, 11] {
      let results = ThreadTransport.run(3) { group -> (error: String?, saved: [UInt8]) in
        group.patience = .milliseconds(400)
        var saved: [UInt8] = []
        do {
          let run = try TrainingRun(
            settings: settings, corpus: try Self.corpus(in: folder, settings), threads: 1,
            ranks: group)
          if group.rank == 1 {
            // Gone after some steps: nobody hears of it.
            for _ in 0..<step { _ = try run.followOnce() }
            return (nil, [])
          }
          guard group.leads else {
            _ = try run.follow()
            return (nil, [])
          }
          while try run.next() != nil { saved = try run.gatheredCheckpoint().file().encoded() }
          return (nil, saved)
        } catch {
          return ("\(error)", saved)
        }
      }
      #expect(results[0].error == "rank 1 did not answer for 0 s")
      guard !results[0].saved.isEmpty else { continue }
      let path = folder + "/last.safetensors"
      try writeFile(results[0].saved, at: path)
      let resumed = Self.outcome(
        of: settings, in: folder, checkpoint: try Checkpoint(path: path))
      #expect(resumed.checkpoint == alone.checkpoint)
      try removeFile(at: path)
    }
  }
}
