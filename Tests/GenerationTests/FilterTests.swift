import Foundation
import TestSupport
import Testing
import Tokenization

@testable import Generation

/// All filters at once, against their definitions written down with sorting.
struct FilterTests {
  static func random(_ seed: UInt64) -> (logits: [Float], settings: SamplingSettings) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...300, using: &random)
    let spread = Float.random(in: 0...6, using: &random)
    let logits = (0..<count).map { _ in Float.random(in: -spread...spread, using: &random) }
    var settings = SamplingSettings()
    settings.temperature = Float.random(in: 0.3...1.5, using: &random)
    if Bool.random(using: &random) { settings.topK = Int.random(in: 1...count, using: &random) }
    if Bool.random(using: &random) { settings.typicalP = Float.random(in: 0.1..<1, using: &random) }
    if Bool.random(using: &random) { settings.topP = Float.random(in: 0.1..<1, using: &random) }
    if Bool.random(using: &random) { settings.minP = Float.random(in: 0...0.3, using: &random) }
    return (logits, settings)
  }

  /// The distribution after the settings' filters, by their definitions.
  static func expected(_ logits: [Float], _ settings: SamplingSettings) -> [Double] {
    var values = logits.map { exp(Double($0) / Double(settings.temperature)) }
    func keep(_ tokens: some Sequence<Int>) {
      let kept = Set(tokens)
      for token in values.indices where !kept.contains(token) { values[token] = 0 }
      let sum = values.reduce(0, +)
      values = values.map { $0 / sum }
    }
    func leading(_ order: [Int], mass: Float) -> [Int] {
      var sum = 0.0
      return Array(
        order.prefix { token in
          defer { sum += values[token] }
          return sum < Double(mass) - 1e-6
        })
    }
    func byProbability() -> [Int] {
      values.indices.filter { values[$0] > 0 }
        .sorted { (values[$1], $0) < (values[$0], $1) }
    }
    keep(values.indices)
    if let topK = settings.topK { keep(byProbability().prefix(topK)) }
    if settings.typicalP < 1 {
      let present = values.indices.filter { values[$0] > 0 }
      let entropy = present.reduce(0) { $0 - values[$1] * log(values[$1]) }
      let order = present.sorted {
        (abs(-log(values[$0]) - entropy), $0) < (abs(-log(values[$1]) - entropy), $1)
      }
      keep(leading(order, mass: settings.typicalP))
    }
    if settings.topP < 1 { keep(leading(byProbability(), mass: settings.topP)) }
    let threshold = Double(settings.minP) * (values.max() ?? 0)
    keep(values.indices.filter { values[$0] >= threshold && values[$0] > 0 })
    return values
  }

  @Test func `filters together give what their definitions say`() {
    var agreeing = 0
    for seed in 1...400 as ClosedRange<UInt64> {
      let (logits, settings) = Self.random(seed)
      let expected = Self.expected(logits, settings)
      let found = Sampler(settings).distribution(
        logits: logits[...], allowed: TokenMask(count: logits.count, all: true))
      #expect(found.count == expected.count)
      if zip(found, expected).allSatisfy({ abs(Double($0) - $1) < 1e-4 }) { agreeing += 1 }
    }
    // Rounding decides now and then whether one more token is within the mass.
    #expect(agreeing >= 396, "\(agreeing) of 400")
  }

  @Test func `draws through all filters follow the filtered distribution`() {
    var settings = SamplingSettings()
    settings.temperature = 0.9
    settings.topK = 40
    settings.typicalP = 0.97
    settings.topP = 0.95
    settings.minP = 0.01
    let logits = Self.random(8).logits
    let expected = Self.expected(logits, settings)
    var sampler = Sampler(settings)
    var random = SeededGenerator(seed: 3)
    let draws = 50_000
    var counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws {
      let token = sampler.sample(
        logits: logits[...], allowed: TokenMask(count: logits.count, all: true), using: &random)
      counts[Int(token)] += 1
    }
    var statistic = 0.0
    var kept = 0
    for (count, probability) in zip(counts, expected) {
      if probability == 0 {
        #expect(count == 0)
        continue
      }
      let mean = probability * Double(draws)
      statistic += (Double(count) - mean) * (Double(count) - mean) / mean
      kept += 1
    }
    #expect(kept > 5)
    // Pearson's statistic has a mean of n - 1 and a variance of 2(n - 1).
    let freedom = Double(kept - 1)
    #expect(statistic < freedom + 3.5 * (2 * freedom).squareRoot(), "\(statistic) of \(freedom)")
  }

  @Test func `steering leaves how likely a note is and only chooses which`() {
    let sampler = Sampler(
      SamplingSettings(), classes: TokenClasses([.pitch, .pitch, .time, .program, .program]))
    let logits: [Float] = [0.4, 0.01, 0.29, 0.2, 0.1].map { log($0) + 3 }
    let all = TokenMask(count: 5, all: true)
    var steered = all
    steered[0] = false
    steered[3] = false
    let distribution = sampler.distribution(
      logits: logits[...], allowed: steered, unsteered: all)
    #expect(distribution.count == 5)
    for (found, expected) in zip(distribution, [0, 0.41, 0.29, 0, 0.3] as [Float]) {
      #expect(abs(found - expected) < 1e-5, "\(distribution)")
    }
  }

  @Test func `a token is made likelier beside all others, whether somebody steers or not`() {
    var sampler = Sampler(
      SamplingSettings(), classes: TokenClasses([.pitch, .pitch, .time, .program, .program]))
    let shares: [Float] = [0.4, 0.01, 0.29, 0.2, 0.1]
    let logits = shares.map { log($0) + 3 }
    let all = TokenMask(count: 5, all: true)
    for (token, share) in shares.enumerated() {
      sampler.changes = [(token: Token(token), logit: 2)]
      let odds = exp(2 as Float) * share / (1 - share)
      for unsteered in [nil, all] as [TokenMask?] {
        let distribution = sampler.distribution(
          logits: logits[...], allowed: all, unsteered: unsteered)
        #expect(abs(distribution[token] - odds / (1 + odds)) < 1e-5, "\(token): \(distribution)")
      }
    }
  }
}
