import Modeling
import Music
import Recurrent
import Tensors
import Testing
import Tokenization

@testable import Generation

/// How much a piece quotes itself, as asked.
struct SelfQuotationTests {
  private func model(
    recall: Recall? = Recall(), in vocabulary: any Vocabulary = PerformanceVocabulary()
  ) throws -> Model {
    Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          recall: recall), seed: 2), vocabulary: vocabulary)
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

  /// The tokens of a piece of at most 400.
  func write(_ model: Model, repeats: Float, seed: UInt64) throws -> [Token] {
    var settings = GenerationSettings()
    settings.length = .tokens(400)
    settings.repeats = repeats
    settings.seed = seed
    let generator = try PieceGenerator(model: model, settings: settings)
    var tokens = [model.vocabulary.start]
    while let token = generator.next() { tokens.append(token) }
    return tokens
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
    let share = shares[100].reduce(0, +)
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
    #expect(abs(asked[2] - share) < 0.18, "\(asked) \(shares)")
    #expect(asked[0] < 0.1 && asked[4] > share, "\(asked)")
  }

  @Test func `a passage gets likelier where pieces quote from so far back, else less likely`()
    throws
  {
    var settings = PianoRollVocabulary.Configuration()
    settings.lowestPitch = 20
    settings.highestPitch = 107
    let vocabulary = try PianoRollVocabulary(settings)
    var model = try model(in: vocabulary)
    var quoted = QuotedShares(of: [], recall: Recall(), vocabularySize: vocabulary.count)
    (quoted.shares, quoted.distances) = ([0.5], [[Double](repeating: 0, count: 12) + [0.5]])
    model.provenance.quoted = quoted
    let frame = try #require(
      (0..<vocabulary.count).first { vocabulary.frameCount(of: Token($0)) > 0 })
    // Sixty frames of a pitch each, all different, then what stood so many frames before.
    func changes(_ period: Int) throws -> [Float?] {
      var (quotation, memory) = (try quotation(model), try memory(model))
      var random = RandomSource(seed: 1)
      var changes: [Float?] = []
      let pitches = (0..<75).map { $0 < 60 ? $0 : 60 - period + ($0 - 60) % period }
      for token in pitches.flatMap({ [$0, frame] }) {
        quotation.hear(memory)
        let change = quotation.change(after: memory)
        #expect(change.map { Int32($0.token) == memory.candidate } != false)
        changes.append(change?.logit)
        quotation.take(Token(token), after: memory, using: &random)
        memory.read(Int32(token))
      }
      return Array(changes[120...])
    }
    // Half of 120 tokens behind, which is more than counts; a match needs three tokens, of which the frame
    // before is one.
    let own = try changes(12)
    #expect(own[..<2].allSatisfy { $0 == nil } && own[2...].allSatisfy { $0 == 4 }, "\(own)")
    // Quotations begin when eight agree; each is an eighth of a logit.
    let other = try changes(20)
    #expect(other[..<8].allSatisfy { $0 == nil }, "\(other)")
    #expect(other[8] == -0.125 && other[23] == -2, "\(other)")
  }

  @Test(arguments: [(1, 0.5, 0), (1, 0.5, 0.5), (2, 0, 1), (2, 0, 0)] as [(Float, Double, Float)])
  func `what a piece lagged behind is forgotten where it is to quote itself less`(
    _ repeats: Float, _ share: Double, _ less: Float
  ) throws {
    var (quotation, memory) = try piece(quoting: share, repeats: repeats, of: [Int32](0..<200))
    for token in 10..<15 as Range<Int32> { memory.read(token) }
    quotation.hear(memory)
    #expect(quotation.change(after: memory)?.logit == 4)
    quotation.repeats = Double(repeats)
    #expect(quotation.change(after: memory)?.logit == 4)
    quotation.repeats = Double(less)
    #expect(quotation.change(after: memory) == nil)
  }

  @Test func `how far a piece is ahead is forgotten where it is to quote itself more`() throws {
    let tokens = (0..<160).map { Int32($0 % 20) }
    let (written, memory) = try piece(quoting: 0, repeats: 0.5, of: tokens)
    var quotation = written
    quotation.hear(memory)
    #expect(quotation.change(after: memory)?.logit == -4)
    quotation.repeats = 1
    #expect(quotation.change(after: memory) == nil)
  }

  /// What is known of a piece of some tokens, by a model whose pieces quote themselves in a share of theirs.
  private func piece(
    quoting share: Double, repeats: Float, of tokens: [Int32]
  ) throws -> (SelfQuotation, PieceMemory) {
    var model = try model()
    var quoted = QuotedShares(of: [], recall: Recall(), vocabularySize: model.vocabulary.count)
    quoted.shares = [share]
    model.provenance.quoted = quoted
    var (quotation, memory) = (try quotation(model, repeats: repeats), try memory(model))
    var random = RandomSource(seed: 1)
    for token in tokens {
      quotation.hear(memory)
      quotation.take(Token(token), after: memory, using: &random)
      memory.read(token)
    }
    return (quotation, memory)
  }

  @Test func `shares are counted by where in a piece a token stands`() {
    // Ten tokens, twice: of the second ten those from the ninth on go on a passage of eight.
    let piece = [Int32](0..<10) + [Int32](0..<10)
    let shares = QuotedShares(of: [piece, [0, 1]], recall: Recall(), vocabularySize: 10)
    // Places 0; 1 and 2; 3 to 6; 7 to 14; 15 on, of which 18 and 19 are quotations.
    #expect(shares.shares == [0, 0, 0, 0, 0.4])
    // All from ten tokens back: the third doubling, 8 to 15.
    #expect(shares[14].allSatisfy { $0 == 0 })
    #expect(shares[15] == [0, 0, 0, 0.4] && shares[1_000] == shares[15])
    // Of twelve frames of two tokens each, and again: twelve frames back, whatever stands in them.
    let frames = (0..<24).flatMap { (frame: Int32) -> [Int32] in [frame % 12, 20] }
    let steps = [Int](repeating: 0, count: 20) + [1]
    let told = QuotedShares(
      of: [frames], recall: Recall(), vocabularySize: 21, scale: QuotationScale(steps: steps))
    // Tokens 32 to 47 of places 31 to 47 are those that eight agree before.
    #expect(told[47] == [Double](repeating: 0, count: 12) + [0.94118])
    #expect(QuotedShares(of: [], recall: Recall(), vocabularySize: 10)[5] == [])
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
