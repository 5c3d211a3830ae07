import Modeling
import Recurrent
import Tensors
import Testing
import Tokenization

@testable import Generation

/// How much a piece quotes itself, as asked, and how often in a row.
struct SelfQuotationTests {
  private func model(repeating limits: RepeatLimits? = nil, recall: Recall? = Recall()) throws
    -> Model
  {
    let vocabulary = PerformanceVocabulary()
    var provenance = Provenance()
    provenance.repeats = limits
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          recall: recall), seed: 2), vocabulary: vocabulary, provenance: provenance)
  }

  private func quotation(_ model: Model, repeats: Float = 1) throws -> SelfQuotation {
    var settings = GenerationSettings()
    settings.repeats = repeats
    return try #require(SelfQuotation(settings, model))
  }

  /// A passage of five tokens, so many times.
  private func read(_ times: Int, into quotation: inout SelfQuotation) {
    var random = RandomSource(seed: 1)
    for _ in 0..<times {
      for token in 10..<15 { quotation.read(Token(token), using: &random) }
    }
  }

  @Test func `a passage that was heard often enough is not begun again`() throws {
    let pieces = [[Int32](0..<40), (0..<30).map { Int32(100 + $0 % 5) }]
    let limits = RepeatLimits(of: pieces, recall: Recall(), vocabularySize: 390)
    // Six times five tokens: the class of four to seven has six, all others the fewest.
    #expect(limits.times[2] == 6)
    #expect(limits.times.enumerated().allSatisfy { $0 == 2 || $1 == RepeatLimits.fewest })
    let model = try model(repeating: limits)
    let all = TokenMask(count: model.vocabulary.count, all: true)
    for times in 1...8 {
      var quotation = try quotation(model)
      read(times, into: &quotation)
      #expect(quotation.withoutLoops(all)[10] == (times < 6), "\(times) times")
      #expect(quotation.withoutLoops(all)[11])
    }
    // Where nothing else is left it goes on.
    var only = TokenMask(count: model.vocabulary.count)
    only[10] = true
    var quotation = try quotation(model)
    read(8, into: &quotation)
    #expect(quotation.withoutLoops(only) == only)
    // Who trained the model did not count.
    var uncounted = try self.quotation(try self.model())
    read(50, into: &uncounted)
    #expect(uncounted.withoutLoops(all) == all)
  }

  @Test func `what is recalled gets likelier above one, and is told less often below`() throws {
    let model = try model()
    for (repeats, logit) in [(1, nil), (1.5, 2), (2, 4)] as [(Float, Float?)] {
      var quotation = try quotation(model, repeats: repeats)
      #expect(quotation.raised == nil)
      read(2, into: &quotation)
      #expect(quotation.raised?.token == (logit == nil ? nil : 10))
      #expect(quotation.raised?.logit == logit)
    }
    for repeats in [0, 0.3, 1] as [Float] {
      var quotation = try quotation(model, repeats: repeats)
      var random = RandomSource(seed: 5)
      var hidden = 0
      for token in 0..<2_000 {
        quotation.read(Token(token % 300), using: &random)
        if quotation.isHidden { hidden += 1 }
      }
      #expect(abs(Float(hidden) / 2_000 - (1 - repeats)) < 0.04, "\(repeats)")
    }
  }

  @Test func `a model that recalls nothing has nothing to temper`() throws {
    #expect(SelfQuotation(GenerationSettings(), try model(recall: nil)) == nil)
  }

  @Test func `a hidden match is none`() throws {
    let network = try model().network
    let shown = try Stepper(network, streams: 2, precision: .f32)
    var logits: [Float] = []
    for token in [5, 6, 7, 8, 5, 6, 7] as [Int32] {
      shown.step([token, token], hidingRecall: [token == 7, false], logits: &logits)
    }
    let size = network.configuration.vocabularySize
    #expect(logits[..<size] != logits[size...])
    // With no match at all in the second stream, hiding changes nothing.
    let fresh = try Stepper(network, streams: 2, precision: .f32)
    for token in [5, 6, 7, 8] as [Int32] {
      fresh.step([token, token], hidingRecall: [true, false], logits: &logits)
    }
    #expect(logits[..<size].elementsEqual(logits[size...]))
  }
}
