import Foundation
import Testing

@testable import Training

/// What is said of a run's losses.
struct RunVerdictTests {
  private func verdict(
    training: (Double) -> Double, heldOut: ((Double) -> Double)?, every: Int = 50,
    accuracy: ((Double) -> Double)? = nil, rate: (Double) -> Double = { _ in 0.001 },
    description: RunDescription? = nil
  ) -> RunVerdict? {
    var log: [RunLogLine] = []
    for step in 1...1_000 {
      let share = Double(step) / 1_000
      let taken = TrainingStep(
        step: step, epoch: share, nats: training(share), tokens: 100, gradientNorm: 1,
        isClipped: false, learningRate: Float(rate(share)), progress: share)
      log.append(RunLogLine(.step(taken), seconds: share, peakMemory: 1))
      guard step % every == 0, let heldOut else { continue }
      var validation = Validation(
        step: step, natsPerPiece: heldOut(share), accuracy: 0, macroF1: 0, averageNats: nil,
        isBest: false)
      validation.accuracy = accuracy?(share)
      log.append(RunLogLine(.validation(validation), seconds: share, peakMemory: 1))
    }
    return RunVerdict(of: log, description: description)
  }

  /// A run of some settings, as its folder describes it.
  private func description(_ settings: TrainingSettings) throws -> RunDescription {
    let text = """
      {"schema":1,"settings":\(settings.json),"streams":4,"parameters":1,"sessions":[],"corpus":{"digest":"",\
      "pieces":2,"tokens":100000,"tokensPerEpoch":100000,"splitDigest":"","heldOut":[],"leftOut":[],"skipped":[]}}
      """
    return try JSONDecoder().decode(RunDescription.self, from: Data(text.utf8))
  }

  @Test func `a loss that falls to the end was still falling`() throws {
    let told = verdict(training: { 2 - $0 }, heldOut: { 2.5 - $0 })
    let found = try #require(told)
    #expect(found.course == .falling)
    #expect(found.bestStep == 1_000 && found.steps == 1_000)
    // From 1.75 to 1.5.
    let fall = try #require(found.fall)
    #expect(abs(fall - 0.25 / 1.75) < 0.03)
    #expect(abs(found.trainingNats - 1.05) < 0.01)
  }

  @Test func `a loss that rises while that of training falls was learned by heart`() throws {
    func curve(_ share: Double) -> Double { 2 + 2 * (share - 0.3) * (share - 0.3) }
    let told = verdict(training: { 2 - $0 }, heldOut: curve)
    let found = try #require(told)
    #expect(found.course == .learnedByHeart)
    #expect(found.bestStep == 300)
    let rise = try #require(found.rise)
    #expect(abs(rise - 0.49) < 1e-9)
  }

  @Test func `a loss that rises with that of training is unsteady`() throws {
    func curve(_ share: Double) -> Double { 2 + 2 * (share - 0.3) * (share - 0.3) }
    #expect(verdict(training: curve, heldOut: curve)?.course == .unsteady)
  }

  @Test func `a loss that lies flat has settled`() {
    let found = verdict(training: { 1 + exp(-20 * $0) }, heldOut: { 1.5 + exp(-20 * $0) })
    #expect(found?.course == .settled)
  }

  @Test
  func
    `a loss that lies flat only because the learning rate has come to nothing was still falling`()
    throws
  {
    // What is learned is as much as the rates are together: half a cosine's integral from 0.
    func cosine(_ share: Double) -> Double { 0.5 + 0.5 * cos(.pi * share) }
    func learned(_ share: Double) -> Double { share + sin(.pi * share) / .pi }
    func curve(_ share: Double) -> Double { 2 - 0.4 * learned(share) }
    let found = try #require(
      verdict(training: curve, heldOut: curve, rate: cosine))
    // In the last tenth of the steps it falls by less than 0.2 %, as if it had settled.
    #expect(curve(0.9) - curve(1) < 0.002 * curve(1))
    #expect(found.course == .falling)
    // The last quarter of the integral begins where 1 - s - sin(πs)/π is a quarter, at 0.437.
    let start = try #require(found.fallStart)
    #expect(abs(start - 437) <= 2)
    let flat = verdict(
      training: { 1 + exp(-20 * learned($0)) }, heldOut: { 1.5 + exp(-20 * learned($0)) },
      rate: cosine)
    #expect(flat?.course == .settled)
  }

  @Test func `a loss that fell because pieces are no longer transposed has settled`() throws {
    var settings = TrainingSettings()
    settings.ownKeys = 0.25
    let run = try description(settings)
    // In own keys held-out pieces are foretold better at once; else nothing more is learned.
    func settled(_ share: Double) -> Double { (share > 0.76 ? 1.9 : 2) - 0.001 * share }
    let found = try #require(
      verdict(training: settled, heldOut: settled, description: run))
    #expect(found.course == .settled)
    #expect(found.fallStart.map { $0 > 900 } == true)
    #expect(verdict(training: settled, heldOut: settled)?.course == .falling)
    func falling(_ share: Double) -> Double { share > 0.76 ? 1.9 - 0.4 * (share - 0.76) : 2 }
    #expect(
      verdict(training: falling, heldOut: falling, description: run)?.course == .falling)
    // Of one measurement in own keys nothing can be told by itself.
    let seldom = verdict(training: settled, heldOut: settled, every: 240, description: run)
    #expect(seldom?.course == .falling)
  }

  @Test func `of few measurements nothing is said`() {
    #expect(verdict(training: { 2 - $0 }, heldOut: { 2 - $0 }, every: 400)?.course == .tooSoon)
    #expect(verdict(training: { 2 - $0 }, heldOut: nil)?.course == .tooSoon)
    #expect(RunVerdict(of: [], description: nil) == nil)
  }

  @Test func `of a classifier the share of pieces told right decides, not the loss`() throws {
    func course(_ accuracy: @escaping (Double) -> Double) -> RunVerdict.Course? {
      verdict(training: { 2 - $0 }, heldOut: { 1 + $0 }, accuracy: accuracy)?.course
    }
    #expect(course { $0 } == .falling)
    #expect(course { $0 < 0.5 ? $0 : 1 - $0 } == .learnedByHeart)
    // One piece of a hundred is no difference.
    #expect(course { $0 < 0.5 ? 0.9 : 0.895 } == .settled)
  }

  @Test
  func `of measurements that tell as many pieces right the surest is the best, as it is kept`()
    throws
  {
    let told = verdict(
      training: { 2 - $0 }, heldOut: { 2 - $0 }, accuracy: { $0 < 0.3 ? $0 : 0.9 })
    let found = try #require(told)
    #expect(found.bestStep == 1_000 && found.course == .settled)
    #expect(found.heldOutNats.map { abs($0 - 1) < 1e-9 } == true)
  }
}
