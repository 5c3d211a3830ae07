/// Turns what is being played into merged tokens, a passage at a time: which of its tokens are merged is
/// known when it is whole.
struct MergedEncoder: TokenEncoder {
  private let vocabulary: MergedVocabulary
  private var base: any TokenEncoder
  /// The base tokens of the passage.
  private var passage: [Token] = []
  private var isWhole = false
  let canTellAtOnce = false
  var tellsAtOnce = false

  /// How many base tokens a passage has at the most where nobody takes over from who plays.
  private static let longestPassage = 256

  init(_ vocabulary: MergedVocabulary, base: any TokenEncoder) {
    self.vocabulary = vocabulary
    self.base = base
  }

  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    base.strike(program: program, pitch: pitch, velocity: velocity, at: seconds)
  }

  mutating func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    base.release(program: program, pitch: pitch, at: seconds)
  }

  mutating func releaseAll(at seconds: Double) { base.releaseAll(at: seconds) }

  mutating func listen(until seconds: Double) {
    base.listen(until: seconds)
    gather()
  }

  mutating func rest(until seconds: Double) {
    base.rest(until: seconds)
    gather()
    isWhole = true
  }

  mutating func follow(_ token: Token) {
    for token in vocabulary.expand(CollectionOfOne(token)) { base.follow(token) }
  }

  mutating func takeTokens() -> [Token] {
    guard isWhole || passage.count >= Self.longestPassage else { return [] }
    defer {
      passage.removeAll(keepingCapacity: true)
      isWhole = false
    }
    return vocabulary.merge(passage)
  }

  private mutating func gather() { passage += base.takeTokens() }
}
