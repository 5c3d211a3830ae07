import Foundation
import Generation
import TestSupport
import Testing
import Tokenization

private func settings(
  _ temperature: Float = 1, _ topK: Int? = nil, _ topP: Float = 1, _ minP: Float = 0,
  _ typicalP: Float = 1
) -> SamplingSettings {
  var settings = SamplingSettings()
  settings.temperature = temperature
  settings.topK = topK
  settings.topP = topP
  settings.minP = minP
  settings.typicalP = typicalP
  return settings
}

struct SamplerTests {
  /// Logits whose softmax is the given distribution.
  func logits(_ probabilities: [Float]) -> [Float] { probabilities.map { log($0) } }

  static let rows: [(SamplingSettings, [Float])] = [
    (settings(1, nil, 1, 0), [0.1, 0.2, 0.3, 0.4]),
    (settings(0, nil, 1, 0), [0, 0, 0, 1]),
    (settings(0.5, nil, 1, 0), [0.033333, 0.133333, 0.3, 0.533333]),
    (settings(1, 1, 1, 0), [0, 0, 0, 1]),
    (settings(1, 3, 1, 0), [0, 0.222222, 0.333333, 0.444444]),
    (settings(1, 9, 1, 0), [0.1, 0.2, 0.3, 0.4]),
    (settings(1, nil, 0.7, 0), [0, 0, 0.428571, 0.571429]),
    (settings(1, nil, 0.71, 0), [0, 0.222222, 0.333333, 0.444444]),
    (settings(1, nil, 0.01, 0), [0, 0, 0, 1]),
    (settings(1, nil, 1, 0.6), [0, 0, 0.428571, 0.571429]),
    (settings(1, nil, 1, 1), [0, 0, 0, 1]),
  ]

  @Test(arguments: rows)
  func `a filter gives the distribution its definition says`(
    settings: SamplingSettings, expected: [Float]
  ) {
    let distribution = Sampler(settings).distribution(
      logits: logits([0.1, 0.2, 0.3, 0.4])[...], allowed: TokenMask(count: 4, all: true))
    #expect(distribution.count == expected.count)
    for (found, expected) in zip(distribution, expected) {
      #expect(abs(found - expected) < 1e-5, "\(distribution)")
    }
  }

  /// The rows of llama.cpp's own test of typical sampling.
  @Test(
    arguments: [
      ([0.97, 0.01, 0.01, 0.01], [1, 0, 0, 0]),
      ([0.4, 0.2, 0.2, 0.2], [0, 0.333333, 0.333333, 0.333333]),
    ] as [([Float], [Float])])
  func `typical sampling keeps what is as surprising as expected`(
    probabilities: [Float], expected: [Float]
  ) {
    let distribution = Sampler(settings(1, nil, 1, 0, 0.5)).distribution(
      logits: logits(probabilities)[...], allowed: TokenMask(count: 4, all: true))
    #expect(distribution.count == expected.count)
    for (found, expected) in zip(distribution, expected) {
      #expect(abs(found - expected) < 1e-5, "\(distribution)")
    }
  }

  @Test func `a temperature of pitches leaves how likely a pitch is`() {
    var settings = settings()
    settings.pitchTemperature = 0.5
    let sampler = Sampler(settings, classes: TokenClasses([.pitch, .pitch, .time, .time]))
    let distribution = sampler.distribution(
      logits: logits([0.1, 0.2, 0.3, 0.4]).map { $0 + 5 }[...],
      allowed: TokenMask(count: 4, all: true))
    #expect(distribution.count == 4)
    for (found, expected) in zip(distribution, [0.06, 0.24, 0.3, 0.4] as [Float]) {
      #expect(abs(found - expected) < 1e-5, "\(distribution)")
    }
  }

  @Test func `the temperature moves evenly from its start to its end`() {
    var settings = settings(0.5)
    settings.finalTemperature = 1.5
    #expect(settings.temperature(at: 0) == 0.5)
    #expect(settings.temperature(at: 0.5) == 1)
    #expect(settings.temperature(at: 7) == 1.5)
  }

  @Test func `quickselect keeps what sorting keeps`() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      let count = Int.random(in: 1...60, using: &random)
      // Few values, so that there are ties.
      let weights = (0..<count).map { _ in Float(Int.random(in: 1...9, using: &random)) }
      let sum = weights.reduce(0, +)
      let probabilities = weights.map { $0 / sum }
      let sorted = probabilities.indices.sorted {
        (probabilities[$1], $0) < (probabilities[$0], $1)
      }
      let topK = Int.random(in: 1...count, using: &random)
      let found = Sampler(settings(1, topK)).distribution(
        logits: logits(probabilities)[...], allowed: TokenMask(count: count, all: true))
      let kept = Set(found.indices.filter { found[$0] > 0 })
      #expect(kept.count == topK)
      let least = probabilities[sorted[topK - 1]]
      #expect(kept.allSatisfy { probabilities[$0] >= least })
    }
  }

  @Test func `a token that is not allowed has no probability and the others share it`() {
    var allowed = TokenMask(count: 4, all: true)
    allowed[3] = false
    let distribution = Sampler(settings()).distribution(
      logits: logits([0.1, 0.2, 0.3, 0.4])[...], allowed: allowed)
    #expect(distribution[3] == 0)
    #expect(abs(distribution[2] - 0.5) < 1e-6)
  }

  @Test func `frequencies follow the distribution`() {
    // Pearson's chi-squared with 7 degrees of freedom: 24.3 is passed once in a thousand.
    let expected: [Float] = [0.02, 0.03, 0.05, 0.1, 0.1, 0.15, 0.25, 0.3]
    var sampler = Sampler(settings())
    var random = SeededGenerator(seed: 1)
    var counts = [Double](repeating: 0, count: 8)
    let draws = 100_000
    let logits = logits(expected)
    for _ in 0..<draws {
      let token = sampler.sample(
        logits: logits[...], allowed: TokenMask(count: 8, all: true), using: &random)
      counts[Int(token)] += 1
    }
    let statistic = zip(counts, expected).reduce(0.0) { sum, pair in
      let mean = Double(pair.1) * Double(draws)
      return sum + (pair.0 - mean) * (pair.0 - mean) / mean
    }
    #expect(statistic < 24.3)
  }

  @Test func `logits that are not numbers still give an allowed token`() {
    var sampler = Sampler(settings(0.8, 2, 0.9, 0.1))
    var random = SeededGenerator(seed: 2)
    var allowed = TokenMask(count: 3)
    allowed[1] = true
    allowed[2] = true
    for logits: [Float] in [
      [.nan, .nan, .nan], [0, .infinity, 1], [5, -.infinity, -.infinity], [9, .nan, 1],
    ] {
      let token = sampler.sample(logits: logits[...], allowed: allowed, using: &random)
      #expect(token == 1 || token == 2)
    }
  }

  @Test(arguments: [
    (settings(-1, nil, 1, 0), "temperature"),
    (settings(.nan, nil, 1, 0), "temperature"),
    (settings(.infinity, nil, 1, 0), "temperature"),
    (settings(1, 0, 1, 0), "topK"),
    (settings(1, nil, 0, 0), "topP"),
    (settings(1, nil, 1.5, 0), "topP"),
    (settings(1, nil, .nan, 0), "topP"),
    (settings(1, nil, 1, -0.1), "minP"),
  ])
  func `a setting outside its range is named`(settings: SamplingSettings, name: String) {
    let error = #expect(throws: GenerationError.self) { try settings.validate() }
    #expect(error?.description.hasPrefix(name) == true)
  }
}
