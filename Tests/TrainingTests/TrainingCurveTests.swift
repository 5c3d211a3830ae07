import Foundation
import Testing
import Training

/// Losses of steps that read much and of those at an epoch's end that read little.
struct TrainingCurveTests {
  /// Steps of 2,048 tokens, of which every so many-th reads 83, and has a loss of a tenth.
  private func log(_ count: Int, thinEvery epoch: Int) -> [RunLogLine] {
    (1...count).map { step in
      let isThin = step % epoch == 0
      let taken = TrainingStep(
        step: step, epoch: Double(step) / Double(epoch), nats: isThin ? 0.1 : 2,
        tokens: isThin ? 83 : 2_048, gradientNorm: 1, isClipped: false, learningRate: 0.001,
        progress: Double(step) / Double(count))
      return RunLogLine(.step(taken), seconds: 1, peakMemory: 1)
    }
  }

  @Test(arguments: [10, 40, 299, 1_000, 2_990], [10, 13])
  func `a step of few tokens makes no dip and no end of its own`(_ count: Int, _ epoch: Int) {
    let points = TrainingCurve(of: log(count, thinEvery: epoch)).points
    #expect(!points.isEmpty && points.count <= 300)
    #expect(points.allSatisfy { $0.nats > 1.85 && $0.nats <= 2 })
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.step < $1.step })
    #expect(points.allSatisfy { 1...Double(count) ~= $0.step })
  }

  @Test func `full steps are points as they are, and what is no number is left out`() throws {
    var lines = log(9, thinEvery: 10)
    #expect(TrainingCurve(of: lines).points.map(\.step) == (1...9).map(Double.init))
    guard case .step(var step) = lines[4].event else {
      Issue.record("line 5 tells no step")
      return
    }
    step.nats = .nan
    lines[4].event = .step(step)
    #expect(TrainingCurve(of: lines).points.count == 8)
    #expect(TrainingCurve(of: []).points.isEmpty)
  }

  @Test func `the verdict's training loss is that of the tokens`() throws {
    let verdict = try #require(RunVerdict(of: log(1_000, thinEvery: 10), description: nil))
    // A mean over the steps would be 1.81.
    #expect(abs(verdict.trainingNats - 1.991) < 0.002)
  }

  @Test func `a run's loss per second of music is that of its best network`() throws {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    func line(step: Int, nats: Double, perSecond: Double, isBest: Bool) -> String {
      """
      {"kind": "validation", "schema": 2, "step": \(step), "nats": \(nats), \
      "natsPerBaseToken": \(nats), "natsPerNote": 4, "natsPerSecond": \(perSecond), \
      "isBest": \(isBest), "seconds": 1, "peakMemory": 1}

      """
    }
    let text =
      line(step: 10, nats: 1.5, perSecond: 12, isBest: true)
      + line(step: 20, nats: 1.75, perSecond: 14, isBest: false)
    try Data(text.utf8).write(to: URL(filePath: folder + "/metrics.jsonl"))
    try Data("{}".utf8).write(to: URL(filePath: folder + "/run.json"))
    let summary = try #require(RunSummary(path: folder))
    #expect(summary.bestNats == 1.5 && summary.bestNatsPerSecond == 12)
  }

  @Test func `a classifier's loss is that of the epoch that is kept, not the lowest of all`() throws
  {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let measured: [(nats: Double, accuracy: Double, isBest: Bool)] = [
      (0.5, 0.7, true), (0.625, 0.8, true), (0.75, 0.75, false),
    ]
    let text = measured.enumerated().map { place, found in
      """
      {"kind": "validation", "schema": 2, "step": \(place + 1), "nats": \(found.nats), \
      "natsPerBaseToken": 0, "natsPerNote": 0, "natsPerSecond": 0, "accuracy": \(found.accuracy), \
      "macroF1": 0.5, "isBest": \(found.isBest), "seconds": 1, "peakMemory": 1}

      """
    }.joined()
    try Data(text.utf8).write(to: URL(filePath: folder + "/metrics.jsonl"))
    try Data("{}".utf8).write(to: URL(filePath: folder + "/run.json"))
    let summary = try #require(RunSummary(path: folder))
    #expect(summary.bestNats == 0.625 && summary.bestAccuracy == 0.8 && summary.bestStep == 2)
  }

  @Test func `a run's last loss is that of a step that reads enough`() throws {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let text = log(20, thinEvery: 10).map { $0.json + "\n" }.joined()
    try Data(text.utf8).write(to: URL(filePath: folder + "/metrics.jsonl"))
    try Data("{}".utf8).write(to: URL(filePath: folder + "/run.json"))
    if let summary = RunSummary(path: folder) {
      #expect(summary.step == 20 && summary.lastNats == 2)
    } else {
      Issue.record("no run")
    }
  }
}
