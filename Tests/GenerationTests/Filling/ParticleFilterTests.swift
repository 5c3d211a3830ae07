import Foundation
import Generation
import Modeling
import Recurrent
import Tensors
import Testing
import Tokenization

/// Two frames of three pitches with 61, then 62 on top, and then the end: few enough to count out.
private struct TwoFrames: TokenConstraint {
  static let pitches = 60...62
  let vocabulary: PianoRollVocabulary
  var tokens: [Token] = []

  var stage: Int { tokens.filter { $0 == vocabulary.endOfFrame }.count + (isComplete ? 1 : 0) }
  var isComplete: Bool { tokens.last == vocabulary.end }
  var wanted: TokenMask {
    var mask = TokenMask(count: vocabulary.count)
    guard stage < 2 else {
      mask[vocabulary.end] = true
      return mask
    }
    let top = 61 + stage
    if tokens.last == vocabulary.note(top) {
      mask[vocabulary.endOfFrame] = true
    } else {
      for pitch in 60...top { if let token = vocabulary.note(pitch) { mask[token] = true } }
    }
    return mask
  }
  mutating func advance(_ token: Token) { tokens.append(token) }
}

struct ParticleFilterTests {
  let vocabulary: PianoRollVocabulary
  let model: Model

  init() throws {
    var settings = PianoRollVocabulary.Configuration()
    settings.lowestPitch = 60
    settings.highestPitch = 62
    vocabulary = try PianoRollVocabulary(settings)
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
      seed: 1)
    // Large weights: what comes later depends on what came before, and some of it is rare.
    for index in network.parameters.indices { network.parameters[index] *= 6 }
    model = Model(network: network, vocabulary: vocabulary)
  }

  /// The probability of tokens after the start, by the chain rule over the softmax of what is allowed.
  func probability(_ tokens: [Token], temperature: Double) throws -> Double {
    let stepper = try Stepper(model.network, streams: 1, precision: .f32)
    var grammar = vocabulary.makeGrammar()
    var logits: [Float] = []
    var probability = 1.0
    var last = vocabulary.start
    for token in tokens {
      grammar.advance(last)
      stepper.step([Int32(last)], logits: &logits)
      let weights = logits.enumerated().map {
        grammar.allowed[Token($0)] ? exp(Double($1) / temperature) : 0
      }
      probability *= weights[Int(token)] / weights.reduce(0, +)
      last = token
    }
    return probability
  }

  /// All sequences that keep the constraint, with the model's probabilities.
  func sequences(temperature: Double) throws -> [[Token]: Double] {
    var result: [[Token]: Double] = [:]
    for first in [[61], [60, 61]] {
      for second in [[62], [60, 62], [61, 62], [60, 61, 62]] {
        let tokens =
          first.compactMap(vocabulary.note) + [vocabulary.endOfFrame]
          + second.compactMap(vocabulary.note) + [vocabulary.endOfFrame, vocabulary.end]
        result[tokens] = try probability(tokens, temperature: temperature)
      }
    }
    return result
  }

  func filter(
    _ count: Int, temperature: Double = 1, seed: UInt64 = 1
  ) throws -> ParticleFilter<some TokenConstraint> {
    let filter = try ParticleFilter(
      model: model, constraint: TwoFrames(vocabulary: vocabulary), count: count,
      temperature: temperature, seed: seed)
    while !filter.isComplete { filter.advance() }
    return filter
  }

  @Test(arguments: [1, 0.6])
  func `weighted particles are distributed as the model given the constraint`(
    temperature: Double
  ) throws {
    let exact = try sequences(temperature: temperature)
    let total = exact.values.reduce(0, +)
    let filter = try filter(4096, temperature: temperature)
    var found: [[Token]: Double] = [:]
    let weights = Resampling.normalized(filter.particles.map(\.logWeight))
    for (particle, weight) in zip(filter.particles, weights) {
      found[particle.tokens, default: 0] += weight
    }
    #expect(Set(found.keys).isSubset(of: exact.keys))
    let distance = exact.reduce(0) { $0 + abs(found[$1.key, default: 0] - $1.value / total) } / 2
    #expect(distance < 0.03)
    // The bound means something: what the model alone would draw is far from it.
    #expect(exact.values.contains { abs($0 / total - 1 / Double(exact.count)) > 0.1 })
  }

  @Test func `the evidence of few particles is right on average`() throws {
    let exact = try sequences(temperature: 1).values.reduce(0, +)
    let estimates = try (0..<300).map { exp(try filter(16, seed: $0).logEvidence) }
    let mean = estimates.reduce(0, +) / 300
    let variance = estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 299
    #expect(abs(mean - exact) < 4 * (variance / 300).squareRoot())
    #expect(variance > 0)
  }

  @Test func `a particle's likelihood is the product of its tokens'`() throws {
    for particle in try filter(8, temperature: 0.8).particles {
      let expected = log(try probability(particle.tokens, temperature: 0.8))
      #expect(abs(particle.logLikelihood - expected) < 1e-4)
    }
  }

  @Test func `particles drawn from a filter follow their weights`() throws {
    let filter = try filter(24)
    var shares: [[Token]: Double] = [:]
    let weights = Resampling.normalized(filter.particles.map(\.logWeight))
    for (particle, weight) in zip(filter.particles, weights) {
      shares[particle.tokens, default: 0] += weight
    }
    var counts: [[Token]: Double] = [:]
    for _ in 0..<4000 { counts[filter.draw().tokens, default: 0] += 1 }
    #expect(shares.count > 2)
    for (tokens, share) in shares {
      #expect(abs(counts[tokens, default: 0] / 4000 - share) < 0.04)
    }
  }

  @Test func `the same seed gives the same particles and another gives others`() throws {
    #expect(try filter(32).particles.map(\.tokens) == filter(32).particles.map(\.tokens))
    #expect(try filter(32).particles.map(\.tokens) != filter(32, seed: 2).particles.map(\.tokens))
  }
}

struct ResamplingTests {
  @Test func `systematic resampling gives each particle its share to within one`() {
    var random = RandomSource(seed: 4)
    for _ in 0..<200 {
      let weights = Resampling.normalized((0..<20).map { _ in log(random.uniform()) })
      let sources = Resampling.systematic(weights, using: &random)
      #expect(sources.count == 20)
      for (particle, weight) in weights.enumerated() {
        let places = Double(sources.filter { $0 == particle }.count)
        #expect(abs(places - weight * 20) < 1)
      }
    }
  }

  @Test func `weights are normalised also where all are tiny or impossible`() {
    #expect(Resampling.normalized([-2000, -2000]) == [0.5, 0.5])
    #expect(Resampling.normalized([-.infinity, -.infinity]) == [0.5, 0.5])
    #expect(Resampling.normalized([-.infinity, -3]) == [0, 1])
  }

  @Test func `the effective sample size runs from one to all`() {
    #expect(Resampling.effectiveSampleSize([0, 1, 0, 0]) == 1)
    #expect(Resampling.effectiveSampleSize([0.25, 0.25, 0.25, 0.25]) == 4)
  }
}
