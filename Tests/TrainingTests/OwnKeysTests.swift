import Foundation
import Modeling
import Recurrent
import Safetensors
import Settings
import TestSupport
import Testing
import Tokenization
import Training

/// Training that reads pieces in their own keys at its end.
struct OwnKeysTests {
  private let runs = TrainingRunTests()

  private var settings: TrainingSettings {
    var settings = runs.settings
    settings.windowJitter = 0
    settings.shards = 2
    settings.length = .steps(20)
    settings.ownKeys = 0.5
    return settings
  }

  private func steps(_ run: TrainingRun) throws -> [TrainingStep] {
    var steps: [TrainingStep] = []
    while let event = try run.next() { if case .step(let step) = event { steps.append(step) } }
    return steps
  }

  @Test func `a cosine begins again at half its peak where pieces are read in their own keys`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: runs.folder) }
    var settings = settings
    settings.schedule = LearningRateSchedule(
      peak: 0.004, warmupSteps: 0, shape: .cosine(steps: 0, floor: 0))
    let corpus = try runs.corpus(settings: settings)
    let rates = try steps(TrainingRun(settings: settings, corpus: corpus)).map(\.learningRate)
    try #require(rates.count == 20)
    for step in 0..<10 {
      let share = 0.5 + 0.5 * cos(Double.pi * Double(step) / 10)
      #expect(abs(Double(rates[step]) - 0.004 * share) < 1e-7, "\(step)")
      #expect(abs(Double(rates[step + 10]) - 0.002 * share) < 1e-7, "\(step)")
    }
    // Where nothing is transposed there is nothing to come back from.
    settings.augmentation.semitones = 0
    let plain = try steps(TrainingRun(settings: settings, corpus: corpus)).map(\.learningRate)
    #expect(abs(Double(plain[10]) - 0.002) < 1e-7)
  }

  @Test(arguments: [TrainingSettings.Length.steps(30), .epochs(3)])
  func `a run comes to the same bytes on any number of threads, and resumed on either side`(
    length: TrainingSettings.Length
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: runs.folder) }
    var settings = settings
    settings.length = length
    let corpus = try runs.corpus(settings: settings)
    func model(of run: TrainingRun) throws -> [UInt8] {
      while try run.next() != nil {}
      return run.model.safetensors().encoded()
    }
    let whole = try model(of: TrainingRun(settings: settings, corpus: corpus, threads: 1))
    #expect(
      try model(of: TrainingRun(settings: settings, corpus: corpus, threads: 2)) == whole)
    for progress in [0.2, 0.7] {
      let interrupted = try TrainingRun(settings: settings, corpus: corpus)
      while interrupted.progress < progress { _ = try interrupted.next() }
      let path = "\(runs.folder)/checkpoint.safetensors"
      try interrupted.checkpoint.write(to: path)
      let resumed = try TrainingRun(
        settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
      #expect(try model(of: resumed) == whole, "\(progress)")
    }
    settings.ownKeys = 0
    #expect(try model(of: TrainingRun(settings: settings, corpus: corpus)) != whole)
  }

  @Test func `a share of 0 is nothing that files tell`() throws {
    #expect(settings.json.contains("\"ownKeys\":0.5"))
    var plain = settings
    plain.ownKeys = 0
    #expect(!plain.json.contains("ownKeys"))
    let read = try JSONDecoder().decode(TrainingSettings.self, from: Data(plain.json.utf8))
    #expect(read == plain)
  }

  @Test(arguments: [-0.1, 1, Float.nan])
  func `a share out of its range is refused by its name`(share: Float) {
    var settings = settings
    settings.ownKeys = share
    let error = #expect(throws: TrainingError.self) { try settings.validate() }
    guard case .setting(let setting)? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(setting.key == "ownKeys")
  }
}
