import Corpora
import FileStorage
import Foundation
import Modeling
import Music
import Recurrent
import Safetensors
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization
import Training

/// Checkpoints that hold what no run comes to.
struct HostileCheckpointTests {
  private let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.network.hiddenSize = 8
    settings.network.embeddingSize = 8
    settings.batch = 2
    settings.window = 10
    settings.length = .steps(60)
    settings.heldOut = .fraction(0.25)
    settings.averageDecay = 0.9
    return settings
  }

  private func corpus() throws -> Corpus {
    try createFolder(at: folder)
    var random = SeededGenerator(seed: 5)
    for piece in 0..<8 {
      let notes = (0..<30).map { index in
        Note(
          onset: index * 240, duration: 240, pitch: .random(in: 55...72, using: &random),
          velocity: 80)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(piece).mid")
    }
    return try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder]),
      vocabulary: try settings.vocabulary.makeVocabulary(), threads: 2)
  }

  /// The file of a run's checkpoint after some steps and a measurement, without its checksum.
  private func checkpointFile(
    _ corpus: Corpus, settings: TrainingSettings? = nil
  ) throws -> SafetensorsFile {
    let run = try TrainingRun(settings: settings ?? self.settings, corpus: corpus)
    while run.counters.step < 53 { _ = try run.next() }
    #expect(run.counters.lastValidation?.step == 27)
    let path = folder + "/checkpoint.safetensors"
    try run.checkpoint.write(to: path)
    var file = try SafetensorsFile(bytes: readFile(at: path))
    file.metadata["musegen.crc32"] = nil
    return file
  }

  @Test func `a checkpoint that holds impossible numbers is refused, and the one before it taken`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try checkpointFile(try corpus())
    let runFolder = try RunFolder.create(
      folder + "/run", start: .init(folder: "/", corpus: [folder], output: folder + "/m"))
    try writeFile(file.encoded(), at: folder + "/run/checkpoint-000000001.safetensors")
    let latest = folder + "/run/checkpoint-000000002.safetensors"

    func expectRefused(
      _ what: String, _ reason: ModelFileError.Reason?, _ change: (inout SafetensorsFile) -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      var changed = file
      change(&changed)
      let isChanged = changed != file
      #expect(isChanged, "\(what)", sourceLocation: sourceLocation)
      try writeFile(changed.encoded(), at: latest)
      let error = #expect(
        throws: ModelFileError.self, "\(what)", sourceLocation: sourceLocation
      ) { _ = try Checkpoint(path: latest).counters }
      if let reason { #expect(error?.reason == reason, "\(what)", sourceLocation: sourceLocation) }
      let taken = try RunFolder.latestCheckpoint(in: runFolder.path)
      #expect(taken.damage != nil, "\(what)", sourceLocation: sourceLocation)
      #expect(taken.checkpoint.counters.step > 0, "\(what)", sourceLocation: sourceLocation)
    }

    for name in ["step", "tokensRead", "optimizerSteps", "averageSteps", "validationsSinceBest"] {
      for value in ["\(Int.max)", "\(Int.min)"] {
        try expectRefused("\(name) \(value)", .malformedMetadata("musegen.counters")) {
          $0.set(name, to: value, in: "musegen.counters")
        }
      }
    }
    for (name, value) in [
      ("seconds", "-1"), ("seconds", "\"nan\""), ("nats", "\"inf\""), ("worse", "\(Int.max)"),
      ("reductions", "\(Int.min)"), ("seconds", "1e999"), ("best", "\"nan\""),
    ] {
      try expectRefused("\(name) \(value)", .malformedMetadata("musegen.counters")) {
        $0.set(name, to: value, in: "musegen.counters")
      }
    }
    for (name, value) in [
      ("epoch", "\(Int.max)"), ("epoch", "-1"), ("taken", "\(Int.min)"), ("index", "\(Int.min)"),
      ("lanes", "[]"),
    ] {
      try expectRefused("\(name) \(value)", .malformedMetadata("musegen.position")) {
        $0.set(name, to: value, in: "musegen.position")
      }
    }
    for (name, value) in [
      ("window", "\(Int.min)"), ("hiddenSize", "\(Int.max)"), ("layerCount", "\(Int.min)"),
      ("beta2", "1"), ("epsilon", "-1e-8"), ("hiddenSize", "9"),
      ("vocabularySize", "-1"), ("warmupSteps", "\(Int.min)"), ("floor", "1e38"),
    ] {
      try expectRefused("\(name) \(value)", nil) {
        $0.set(name, to: value, in: "musegen.settings")
      }
    }
    for name in ["parameters", "best", "average", "state", "optimizer.first_moment"] {
      for value: Float in [.nan, .infinity] {
        try expectRefused("\(name) \(value)", .notFinite(tensor: name)) { $0.set(name, to: value) }
      }
      try expectRefused("\(name) cut short", nil) { file in
        file.change(name) { $0.removeLast() }
      }
    }
    for value: Float in [.nan, -1, -.infinity] {
      let second = "optimizer.second_moment"
      try expectRefused("second moment \(value)", .negative(tensor: second)) {
        $0.set(second, to: value)
      }
    }
  }

  @Test func `a checkpoint of impossible windows, or that averages from nowhere, is refused`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = settings
    settings.averageDecay = nil
    settings.averageTrigger = 2
    settings.windowJitter = 0.1
    settings.scheduledSampling = 0.5
    let file = try checkpointFile(try corpus(), settings: settings)
    #expect(throws: Never.self) { _ = try Checkpoint(file) }
    for (part, name, value) in [
      ("counters", "begunEpoch", "-1"), ("counters", "begunEpoch", "\(Int.max)"),
      ("counters", "validations", "0"), ("counters", "validations", "\(Int.max)"),
      ("counters", "recent", "[1,2,3]"), ("counters", "recent", "[\"nan\"]"),
      ("settings", "averageTrigger", "0"), ("settings", "averageTrigger", "\(Int.min)"),
      ("settings", "windowJitter", "1"), ("settings", "windowJitter", "-0.1"),
      ("settings", "scheduledSampling", "1.5"), ("settings", "scheduledSampling", "-0.1"),
    ] {
      var changed = file
      changed.set(name, to: value, in: "musegen.\(part)")
      #expect(changed != file, "\(name)")
      #expect(throws: ModelFileError(.malformedMetadata("musegen.\(part)")), "\(name) \(value)") {
        try Checkpoint(changed)
      }
    }
    // An average that nothing has begun.
    var begun = file
    let count = try #require(file["parameters"]?.floats?.count)
    begun.tensors.append(
      Tensor(name: "average", shape: [count], floats: [Float](repeating: 0, count: count)))
    begun.metadata["musegen.counters"]?.replace(
      try Regex(",?\"averageTrigger\":\\{[^{}]*\\}"), with: "")
    let checkpoint = try Checkpoint(begun)
    #expect(
      throws: TrainingError(.foreignCheckpoint(difference: "its tensors do not fit its settings"))
    ) {
      try TrainingRun(
        settings: checkpoint.settings, corpus: try corpus(), checkpoint: checkpoint)
    }
  }

  @Test func `an average that overflows is not measured, and does not become the model`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try corpus()
    var file = try checkpointFile(corpus)
    file.change("average") { values in
      values = values.map { _ in .greatestFiniteMagnitude }
    }
    let path = folder + "/average.safetensors"
    try writeFile(file.encoded(), at: path)
    let run = try TrainingRun(
      settings: settings, corpus: corpus, checkpoint: try Checkpoint(path: path))
    _ = try run.next()
    let event = try #require(try run.next())
    guard case .validation(let validation) = event else {
      Issue.record("no measurement after step 54")
      return
    }
    #expect(validation.step == 54 && validation.nats.isFinite)
    #expect(validation.averageNats == nil)
    #expect(!RunLogLine(event, seconds: 1, peakMemory: 1).json.contains("averageNats"))
    #expect(throws: Never.self) { try Model(run.model.safetensors()) }
  }
}

extension SafetensorsFile {
  /// Puts another value for each JSON field of a name in a metadata entry.
  fileprivate mutating func set(_ name: String, to value: String, in key: String) {
    let text = metadata[key] ?? ""
    let pattern = try? Regex("\"\(name)\":(\\[[^\\]]*\\]|\\{[^{}]*\\}|[^,{}\\[\\]]+)")
    metadata[key] = pattern.map { text.replacing($0, with: "\"\(name)\":\(value)") }
  }

  /// Puts a number in the middle of a tensor.
  fileprivate mutating func set(_ name: String, to value: Float) {
    change(name) { $0[$0.count / 2] = value }
  }

  fileprivate mutating func change(_ name: String, _ body: (inout [Float]) -> Void) {
    guard let index = tensors.firstIndex(where: { $0.name == name }),
      var values = tensors[index].floats
    else { return }
    body(&values)
    tensors[index] = Tensor(name: name, shape: [values.count], floats: values)
  }
}
