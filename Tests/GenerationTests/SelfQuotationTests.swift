import Modeling
import Music
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

  private func memory(_ model: Model) throws -> PieceMemory {
    PieceMemory(
      try #require(model.network.configuration.recall), vocabularySize: model.vocabulary.count)
  }

  /// A passage of five tokens, so many times.
  private func passage(_ times: Int) -> [Int32] {
    (0..<times).flatMap { _ in [Int32](10..<15) }
  }

  /// The most times that any passage of some tokens is heard in a row, found by trying all.
  private func mostTimesInARow(_ tokens: [Token], periods: ClosedRange<Int>) -> Int {
    var most = 1
    for period in periods {
      var agreeing = 0
      for place in tokens.indices where place >= period {
        agreeing = tokens[place] == tokens[place - period] ? agreeing + 1 : 0
        most = max(most, agreeing / period + 1)
      }
    }
    return most
  }

  private func write(_ model: Model, repeats: Float, seed: UInt64) throws -> [Token] {
    var settings = GenerationSettings()
    settings.length = .tokens(400)
    settings.repeats = repeats
    settings.seed = seed
    let generator = try PieceGenerator(model: model, settings: settings)
    var tokens = [model.vocabulary.start]
    while let token = generator.next() { tokens.append(token) }
    return tokens
  }

  @Test func `a passage that was heard often enough is not begun again`() throws {
    let pieces = [[Int32](0..<40), (0..<30).map { Int32(100 + $0 % 5) }]
    let limits = RepeatLimits(of: pieces, recall: Recall(), vocabularySize: 390)
    // Six times five tokens: the class of four to seven has six, all others the fewest.
    #expect(limits.times[2] == 6)
    #expect(limits.times.enumerated().allSatisfy { $0 == 2 || $1 == RepeatLimits.fewest })
    let model = try model(repeating: limits)
    let all = TokenMask(count: model.vocabulary.count, all: true)
    let quotation = try quotation(model)
    for times in 1...8 {
      var memory = try memory(model)
      passage(times).forEach { memory.read($0) }
      #expect(quotation.withoutLoops(all, after: memory)[10] == (times < 6), "\(times) times")
      #expect(quotation.withoutLoops(all, after: memory)[11])
    }
    // Where nothing else is left it goes on.
    var only = TokenMask(count: model.vocabulary.count)
    only[10] = true
    var memory = try memory(model)
    passage(50).forEach { memory.read($0) }
    #expect(quotation.withoutLoops(only, after: memory) == only)
    // Who trained the model did not count.
    #expect(
      try self.quotation(try self.model()).withoutLoops(all, after: memory) == all)
  }

  @Test func `a model that has learned to circle for ever repeats no passage a fifth time`() throws
  {
    var model = try RepeatingModel.trained(on: [RepeatingModel.loop()], passes: 60)
    let unguarded = Provenance()
    let guarded = model.provenance
    model.provenance = unguarded
    let circling = try write(model, repeats: 1, seed: 3)
    #expect(mostTimesInARow(circling, periods: 3...8) > 6)
    // The loop itself is the corpus' own; of a corpus of other pieces it is not.
    model.provenance = guarded
    #expect(mostTimesInARow(try write(model, repeats: 1, seed: 3), periods: 3...8) >= 7)
    model.provenance.repeats = RepeatLimits(of: [[]], recall: Recall(), vocabularySize: 12)
    for seed in 1...4 as ClosedRange<UInt64> {
      for repeats in [1, 2] as [Float] {
        let tokens = try write(model, repeats: repeats, seed: seed)
        #expect(tokens.count > 300)
        #expect(mostTimesInARow(tokens, periods: 3...8) <= 4, "\(repeats)")
      }
    }
  }

  @Test func `a piece quotes itself as much as is asked, by default as the pieces learned from`()
    throws
  {
    let scores = try RepeatingModel.pieces(count: 8)
    let model = try RepeatingModel.trained(on: scores, passes: 6)
    let shares = try #require(model.provenance.quoted)
    // Of its 48 notes a piece can quote the second and the last 12 but for the first few of each.
    let last = try #require(shares.shares.last)
    #expect(shares.shares.first == 0 && (0.2...0.7).contains(last))
    func quoted(_ repeats: Float) throws -> Double {
      var (quoted, all) = (0, 0)
      for seed in 1...6 as ClosedRange<UInt64> {
        var memory = try memory(model)
        for token in try write(model, repeats: repeats, seed: seed) {
          // From where a piece has had the time to begin.
          if memory.count >= 64 {
            all += 1
            if memory.quotation == Int32(token) { quoted += 1 }
          }
          memory.read(Int32(token))
        }
      }
      return Double(quoted) / Double(all)
    }
    let asked = try ([0, 0.5, 1, 1.5, 2] as [Float]).map { try quoted($0) }
    #expect(zip(asked, asked.dropFirst()).allSatisfy { $0 < $1 }, "\(asked)")
    // Its 48 notes are a small sample of the share, and what is not there to be quoted cannot be.
    #expect(abs(asked[2] - shares[100]) < 0.12, "\(asked) \(shares)")
    #expect(asked[0] < 0.1 && asked[4] > shares[100], "\(asked)")
  }

  @Test func `shares are counted by where in a piece a token stands`() {
    // Ten tokens, twice: of the second ten those from the ninth on go on a passage of eight.
    let piece = [Int32](0..<10) + [Int32](0..<10)
    let shares = QuotedShares(of: [piece, [0, 1]], recall: Recall(), vocabularySize: 10)
    // Places 0; 1 and 2; 3 to 6; 7 to 14; 15 on, of which 18 and 19 are quotations.
    #expect(shares.shares == [0, 0, 0, 0, 0.4])
    #expect(shares[14] == 0 && shares[15] == 0.4 && shares[1_000] == 0.4)
    #expect(QuotedShares(of: [], recall: Recall(), vocabularySize: 10)[5] == 0)
  }

  @Test func `without shares what is recalled gets likelier above one, and is told less below`()
    throws
  {
    let model = try model()
    var random = RandomSource(seed: 5)
    for (repeats, logit) in [(1, nil), (1.5, 2), (2, 4)] as [(Float, Float?)] {
      let quotation = try quotation(model, repeats: repeats)
      var memory = try memory(model)
      #expect(quotation.change(after: memory) == nil)
      passage(2).forEach { memory.read($0) }
      #expect(quotation.change(after: memory)?.token == (logit == nil ? nil : 10))
      #expect(quotation.change(after: memory)?.logit == logit)
    }
    for repeats in [0, 0.3, 1] as [Float] {
      var quotation = try quotation(model, repeats: repeats)
      var memory = try memory(model)
      var hidden = 0
      for token in 0..<2_000 {
        quotation.take(Token(token % 300), after: memory, using: &random)
        memory.read(Int32(token % 300))
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
