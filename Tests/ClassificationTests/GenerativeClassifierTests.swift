@testable import Classification
import Corpora
import Evaluation
import Foundation
import Modeling
import Music
import Recurrent
import TestSupport
import Testing
import Tokenization

@Suite struct GenerativeClassifierTests {
  private let vocabulary: ConditionedVocabulary
  private let model: Model
  private let bodies: [[Token]]

  init() throws {
    let base = try MetricalVocabulary(.remi, MetricalConfiguration())
    vocabulary = try ConditionedVocabulary(
      base: base,
      conditions: Conditions([.style], of: ["a", "b", "c"].map { Self.attributes($0) }))
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1), seed: 3)
    model = Model(network: network, vocabulary: vocabulary)
    bodies = [4, 9, 2].map { count in
      let notes = (0..<count).map { index in
        Note(onset: 240 * index, duration: 240, pitch: UInt8(50 + 7 * index % 30))
      }
      return base.encode(Score(tracks: [Track(notes: notes)], endTick: 240 * count))
    }
  }

  private static func attributes(_ style: String) -> PieceAttributes {
    var attributes = PieceAttributes()
    attributes.style = style
    return attributes
  }
  /// The log-likelihood of a piece by a stepper, token by token.
  private func logLikelihood(of body: [Token], inStyle style: String) throws -> Double {
    let tokens = vocabulary.telling(Self.attributes(style), before: body)
    let stepper = try Stepper(model.network, streams: 1, precision: .f32)
    var logits: [Float] = []
    var sum = 0.0
    for (token, next) in zip(tokens, tokens.dropFirst()) {
      stepper.step([Int32(token)], logits: &logits)
      guard !vocabulary.isCondition(next) else { continue }
      let normaliser: Double = logits.reduce(0) { $0 + exp(Double($1)) }
      sum += Double(logits[Int(next)]) - log(normaliser)
    }
    return sum
  }

  @Test func `a piece is as likely in each style as a stepper finds it, whatever else is read`()
    throws
  {
    let classifier = try #require(GenerativeClassifier(model))
    #expect(classifier.labels == ["a", "b", "c"])
    // What the pieces tell of their style themselves is passed over.
    let pieces = bodies.map { vocabulary.telling(Self.attributes("b"), before: $0)[...] }
    let found = try classifier.logLikelihoods(of: pieces)
    for (body, row) in zip(bodies, found) {
      for (style, value) in zip(classifier.labels, row) {
        let expected = try logLikelihood(of: body, inStyle: style)
        #expect(abs(expected - value) < 1e-3)
      }
    }
    let answers = try classifier.probabilities(of: pieces)
    for (answer, row) in zip(answers, found) {
      #expect(answer.firstOfHighest == row.firstOfHighest)
      let sum: Double = answer.reduce(0, +)
      #expect(abs(sum - 1) < 1e-12)
    }
  }

  @Test func `styles that the model met more often are likelier before a piece is read`() throws {
    var known = model
    // Three pieces of a, one of c.
    known.provenance.conditions = ConditionMix(
      of: ["a", "a", "a", "c"].map { Self.attributes($0) }, in: vocabulary.conditions)
    let classifier = try #require(GenerativeClassifier(known))
    let expected: [Double] = [4 / 7, 1 / 7, 2 / 7]
    #expect(classifier.priors == expected)
    let piece = vocabulary.telling(PieceAttributes(), before: bodies[0])[...]
    let logs = try classifier.logLikelihoods(of: [piece])[0]
    let weights: [Double] = zip(logs, classifier.priors).map { exp($0 - logs[0]) * $1 }
    let sum = weights.reduce(0, +)
    let found = try classifier.probabilities(of: [piece])[0]
    for (weight, value) in zip(weights, found) {
      #expect(abs(weight / sum - value) < 1e-9)
    }
  }

  @Test func `a model without styles is no classifier`() throws {
    let plain = vocabulary.base
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: plain.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1), seed: 3)
    #expect(GenerativeClassifier(Model(network: network, vocabulary: plain)) == nil)
  }

  @Test func `a loss that is no number is an error, not an even answer`() throws {
    var broken = model
    broken.network.parameters = model.network.parameters.map { $0 < 0 ? -3e38 : 3e38 }
    let classifier = try #require(GenerativeClassifier(broken))
    let piece = vocabulary.telling(PieceAttributes(), before: bodies[0])[...]
    #expect(throws: EvaluationError(.notFinite(path: "piece 1"))) {
      try classifier.probabilities(of: [piece])
    }
  }
}
