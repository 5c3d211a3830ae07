import Corpora
import Foundation
import Modeling
import Recurrent
import Settings
import Testing
import Tokenization
import Training

/// Training that goes on from a model.
struct FineTuningTests {
  private let runs = TrainingRunTests()

  private func remove() { try? FileManager.default.removeItem(atPath: runs.folder) }

  private var settings: TrainingSettings {
    var settings = runs.settings
    settings.network.layerCount = 3
    settings.network.layerNormalization = true
    settings.network.learnedInitialState = true
    settings.length = .steps(25)
    return settings
  }

  /// A model that nobody trained; some of its zeros are negative, which sums do not keep.
  private func base(_ settings: TrainingSettings) throws -> Model {
    let vocabulary = try settings.vocabulary.makeVocabulary()
    var configuration = settings.network
    configuration.vocabularySize = vocabulary.count
    var network = try Network(configuration, seed: 99)
    for slot in network.layout.slots { network.parameters[slot.offset] = -0.0 }
    var provenance = Provenance()
    provenance.title = "folk songs"
    provenance.licence = "CC0"
    provenance.corpusDigest = "0123456789abcdef"
    provenance.pitches = .within(30...40)
    return Model(network: network, vocabulary: vocabulary, provenance: provenance)
  }

  /// The places of the embedding and the lowest layers.
  private func frozen(_ layers: Int, in network: Network) -> Set<Int> {
    var places: Set<Int> = []
    for slot in network.layout.slots {
      let isBelow = (0..<layers).contains { layer in
        slot.name.hasSuffix("_l\(layer)") || slot.name.hasPrefix("normalization.\(layer).")
      }
      let isRead = ["embedding.weight", "recall.weight"].contains(slot.name)
      if isRead || isBelow { places.formUnion(slot.range) }
      // The first rows are the lowest layers'.
      if slot.name.hasPrefix("initial.") {
        places.formUnion(slot.range.prefix(layers * network.configuration.hiddenSize))
      }
    }
    return places
  }

  @Test(arguments: [0, 1, 3], [OptimizerConfiguration.Kind.sgd, .adam, .adamw])
  func `frozen layers stay as they were to the bit, all others move`(
    layers: Int, optimizer: OptimizerConfiguration.Kind
  ) throws {
    defer { remove() }
    var settings = settings
    settings.optimizer.kind = optimizer
    settings.optimizer.weightDecay = 0.5
    settings.frozenLayers = layers
    let base = try base(settings)
    let run = try TrainingRun(
      settings: settings, corpus: try runs.corpus(settings: settings), base: base)
    while try run.next() != nil {}
    #expect(run.counters.step == 25)
    let places = frozen(layers, in: base.network)
    let averaged = try #require(run.checkpoint.average)
    for network in [run.network.parameters, run.result.parameters, averaged] {
      #expect(
        places.allSatisfy {
          network[$0].bitPattern == base.network.parameters[$0].bitPattern
        })
    }
    for slot in base.network.layout.slots {
      let trained = slot.range.filter { !places.contains($0) }
      let isMoved = trained.contains { run.network.parameters[$0] != base.network.parameters[$0] }
      #expect(isMoved == !trained.isEmpty, "\(slot.name)")
    }
  }

  @Test func `the gradient's norm and its clipping count only what is trained`() throws {
    defer { remove() }
    var settings = settings
    settings.optimizer = OptimizerConfiguration(kind: .sgd, momentum: 0, weightDecay: 0)
    settings.schedule = LearningRateSchedule(peak: 1)
    settings.averageDecay = nil
    settings.windowJitter = 0
    settings.frozenLayers = 2
    settings.heldOut = .fraction(0)
    let corpus = try runs.corpus(settings: settings)
    // How far one step of plain descent goes is the norm that it was clipped to.
    func step(clippedTo limit: Float) throws -> (norm: Float, distance: Float) {
      settings.clipping = .globalNorm(limit)
      let base = try base(settings)
      let run = try TrainingRun(settings: settings, corpus: corpus, base: base)
      guard case .step(let step) = try run.next() else { return (0, 0) }
      let moved = zip(run.network.parameters, base.network.parameters).map { $0 - $1 }
      return (step.gradientNorm, GradientClipping.norm(moved))
    }
    let free = try step(clippedTo: 1000)
    #expect(free.norm > 0.01)
    #expect(abs(free.distance / free.norm - 1) < 1e-4)
    let clipped = try step(clippedTo: free.norm / 2)
    #expect(clipped.norm == free.norm)
    #expect(abs(clipped.distance / free.norm - 0.5) < 1e-4)
  }

  @Test func `what the base knows is measured first, and the model tells of its base`() throws {
    defer { remove() }
    let base = try base(settings)
    let run = try TrainingRun(
      settings: settings, corpus: try runs.corpus(settings: settings), base: base)
    guard case .validation(let first) = try run.next() else {
      Issue.record("no measurement before the first step")
      return
    }
    #expect(first.step == 0 && first.isBest)
    #expect(run.result.parameters == base.network.parameters)
    while try run.next() != nil {}
    let provenance = run.model.provenance
    #expect(provenance.base == BaseModel(base))
    #expect(provenance.base?.parameterDigest == base.network.parameterDigest)
    #expect(provenance.base?.corpusDigest == "0123456789abcdef")
    #expect(provenance.licence == "CC0")
    #expect(run.model.network.parameterDigest != base.network.parameterDigest)
  }

  @Test func `a model that goes on from another knows the pitches of both`() throws {
    defer { remove() }
    var settings = settings
    settings.length = .steps(1)
    settings.heldOut = .fraction(0)
    let corpus = try runs.corpus(settings: settings)
    func learned(after pitches: LearnedPitches?) throws -> LearnedPitches? {
      var model = try base(settings)
      model.provenance.pitches = pitches
      let run = try TrainingRun(settings: settings, corpus: corpus, base: model, threads: 1)
      while try run.next() != nil {}
      return run.model.provenance.pitches
    }
    let own = try #require(try learned(after: .drumsOnly)?.range)
    try #require(own.lowerBound > 30 && own.upperBound < 110)
    #expect(try learned(after: .within(30...40)) == .within(30...own.upperBound))
    #expect(try learned(after: .within(60...110)) == .within(own.lowerBound...110))
    #expect(try learned(after: nil) == nil)
  }

  @Test func `resumed without its base, a run ends with the same bytes`() throws {
    defer { remove() }
    var settings = settings
    settings.frozenLayers = 1
    let corpus = try runs.corpus(settings: settings)
    let base = try base(settings)
    let whole = try TrainingRun(settings: settings, corpus: corpus, base: base)
    while try whole.next() != nil {}
    for interruption in [1, 2, 13] {
      let path = "\(runs.folder)/checkpoint.safetensors"
      let first = try TrainingRun(settings: settings, corpus: corpus, base: base)
      for _ in 0..<interruption { _ = try first.next() }
      try first.checkpoint.write(to: path)
      let checkpoint = try Checkpoint(path: path)
      let second = try TrainingRun(
        settings: checkpoint.settings, corpus: corpus, checkpoint: checkpoint)
      while try second.next() != nil {}
      #expect(second.model.safetensors() == whole.model.safetensors(), "after \(interruption)")
    }
  }

  @Test func `a base of another vocabulary and layers that are not there are refused`() throws {
    defer { remove() }
    let corpus = try runs.corpus(settings: settings)
    var other = settings
    other.vocabulary = .tsd()
    let foreign = try base(other)
    #expect(
      throws: TrainingError(
        .setting(
          SettingError(
            "vocabulary", found: "performance",
            expected: "the vocabulary of the model to start from, tsd")))
    ) { try TrainingRun(settings: settings, corpus: corpus, base: foreign) }
    var deep = settings
    deep.frozenLayers = 4
    #expect(
      throws: TrainingError(
        .setting(
          SettingError("frozenLayers", found: 4, expected: "0 to the network's 3 layers")))
    ) { try TrainingRun(settings: deep, corpus: corpus, base: base(deep)) }
  }

  @Test func `a checkpoint of an earlier format is refused in words`() throws {
    defer { remove() }
    let path = "\(runs.folder)/checkpoint.safetensors"
    let run = try TrainingRun(settings: settings, corpus: try runs.corpus(settings: settings))
    _ = try run.next()
    try run.checkpoint.write(to: path)
    let text = Array("checkpoint 4".utf8)
    var bytes = try Data(contentsOf: URL(filePath: path))
    let place = try #require(bytes.range(of: Data(text)))
    bytes[place.upperBound - 1] = UInt8(ascii: "1")
    try bytes.write(to: URL(filePath: path))
    let error = #expect(throws: ModelFileError.self) { try Checkpoint(path: path) }
    #expect(
      error?.description == "format 1, expected 2; use the musegen that wrote it")
  }
}
