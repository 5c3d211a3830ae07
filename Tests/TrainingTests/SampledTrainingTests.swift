import Foundation
import Modeling
import Music
import Recurrent
import Safetensors
import Settings
import TestSupport
import Testing
import Tokenization
import Training

/// Training in which a network reads in some bars what it draws itself.
struct SampledTrainingTests {
  private let runs = TrainingRunTests()

  private var settings: TrainingSettings {
    var settings = runs.settings
    settings.scheduledSampling = 0.5
    settings.shards = 2
    settings.length = .steps(25)
    return settings
  }

  private func model(of run: TrainingRun) throws -> [UInt8] {
    while try run.next() != nil {}
    return run.model.safetensors().encoded()
  }

  @Test(arguments: ["performance", "tsd", "remi", "pianoroll"])
  func `a run comes to the same bytes on any number of threads, and resumed`(
    vocabulary: String
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: runs.folder) }
    var settings = settings
    settings.vocabulary = try VocabularyConfiguration(named: vocabulary)
    let corpus = try runs.corpus(settings: settings)
    let run = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    let whole = try model(of: run)
    let parallel = try TrainingRun(settings: settings, corpus: corpus, threads: 2)
    #expect(try model(of: parallel) == whole)
    let interrupted = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    for _ in 0..<7 { _ = try interrupted.next() }
    let path = "\(runs.folder)/checkpoint.safetensors"
    try interrupted.checkpoint.write(to: path)
    let resumed = try TrainingRun(
      settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
    #expect(try model(of: resumed) == whole)
    settings.scheduledSampling = 0
    let plain = try TrainingRun(settings: settings, corpus: corpus, threads: 1)
    _ = try model(of: plain)
    #expect(plain.network.parameters != run.network.parameters)
  }

  @Test func `several ranks come to the bytes of one process`() throws {
    let folder = try RankedTrainingTests.makePieces()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var changed = RankedTrainingTests.settings
    changed.scheduledSampling = 0.5
    changed.accumulation = 2
    let settings = changed
    let alone = RankedTrainingTests.outcome(of: settings, in: folder)
    let together = ThreadTransport.run(3) {
      RankedTrainingTests.outcome(of: settings, in: folder, ranks: $0)
    }
    #expect(alone.error == nil && together[0].error == nil)
    #expect(together[0].events == alone.events)
    #expect(together[0].checkpoint == alone.checkpoint)
    #expect(together[0].model == alone.model)
  }

  @Test func `a share of 0 is nothing that files tell, and nothing is drawn`() throws {
    defer { try? FileManager.default.removeItem(atPath: runs.folder) }
    #expect(settings.json.contains("\"scheduledSampling\":0.5"))
    var plain = settings
    plain.scheduledSampling = 0
    #expect(!plain.json.contains("scheduledSampling"))
    let read = try JSONDecoder().decode(TrainingSettings.self, from: Data(plain.json.utf8))
    #expect(read.json == plain.json && read.scheduledSampling == 0)
    #expect(
      ScheduledSampling(rate: 0, of: try plain.vocabulary.makeVocabulary())?.rate == nil)
  }

  @Test(arguments: [-0.1, 1.1, Float.nan])
  func `a share out of its range is refused by its name`(share: Float) {
    var settings = settings
    settings.scheduledSampling = share
    let error = #expect(throws: TrainingError.self) { try settings.validate() }
    guard case .setting(let setting)? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(setting.key == "scheduledSampling" && setting.expected == "0 to 1")
    for share: Float in [0, 1] {
      settings.scheduledSampling = share
      #expect(throws: Never.self) { try settings.validate() }
    }
  }

  private func sampling(of vocabulary: any Vocabulary) throws -> ScheduledSampling {
    try #require(ScheduledSampling(rate: 0.5, of: vocabulary))
  }

  private func tokens(_ kind: String, of vocabulary: any Vocabulary) -> [Int32] {
    (0..<vocabulary.count).filter { vocabulary.kind(of: Token($0)) == kind }.map { Int32($0) }
  }

  @Test func `only what is of a kind stands for each other, and what frames a piece stays`() throws
  {
    var vocabularies: [any Vocabulary] = [
      try AccompaniedVocabulary(base: .remi(), part: .highest, isOptional: true)
    ]
    for name in VocabularyConfiguration.names {
      vocabularies.append(try VocabularyConfiguration(named: name).makeVocabulary())
    }
    for vocabulary in vocabularies {
      let sampling = try sampling(of: vocabulary)
      #expect(sampling.shares.count == vocabulary.count)
      // A drum kit is a kind of its own among programs.
      let kinds = Dictionary(grouping: (0..<vocabulary.count).map { Int32($0) }) { number in
        let token = Token(number)
        let isKit = vocabulary.name(of: token) == "program drums"
        return isKit ? "drum kit" : vocabulary.kind(of: token)
      }
      for (kind, tokens) in kinds {
        let stays =
          ["start", "end", "bar", "time-signature", "end-of-frame", "drum kit"].contains(kind)
          || kind.hasPrefix("given-")
        for token in tokens {
          #expect(sampling.family(of: token) == (stays ? [] : tokens), "\(kind)")
        }
      }
    }
  }

  @Test func `conditions stay, and merged tokens stand for those of the same events`() throws {
    let base = try VocabularyConfiguration.remi().makeVocabulary()
    func token(_ kind: String, _ number: Int) -> Token {
      Token(tokens(kind, of: base)[number])
    }
    let merged = try MergedVocabulary(
      base: base,
      merges: [
        .init(token("pitch", 0), token("velocity", 0)),
        .init(token("pitch", 7), token("velocity", 3)),
        .init(token("velocity", 0), token("duration", 0)),
        .init(token("bar", 0), token("position", 0)),
        .init(token("bar", 0), token("position", 1)),
      ])
    var piece = PieceAttributes()
    piece.key = Key(tonic: 2, isMinor: true)
    let vocabulary = try ConditionedVocabulary(
      base: merged, conditions: Conditions([.key], of: [piece]))
    let sampling = try sampling(of: vocabulary)
    let first = Int32(base.count)
    #expect(sampling.family(of: first) == [first, first + 1])
    for token in first + 2..<Int32(vocabulary.count) {
      #expect(sampling.family(of: token).isEmpty)
    }
    #expect(vocabulary.count > merged.count)
    #expect(sampling.shares[Int(first) + 3] == 1)
  }

  @Test func `a bar passes with its token, with as many frames, or with as much time`() throws {
    func shares(_ name: String, _ kind: String) throws -> [Double] {
      let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
      let sampling = try sampling(of: vocabulary)
      return tokens(kind, of: vocabulary).map { sampling.shares[Int($0)] }
    }
    #expect(try shares("remi", "bar") == [1])
    #expect(try shares("remi", "position").allSatisfy { $0 == 0 })
    #expect(try shares("pianoroll", "end-of-frame") == [1.0 / 16])
    // The longest shift is a second of the two that a bar takes, and 12 beats of four.
    #expect(try shares("performance", "time-shift").max() == 0.5)
    #expect(try shares("tsd", "time-shift").max() == 3)
    #expect(try shares("tsd", "duration").allSatisfy { $0 == 0 })
  }
}
