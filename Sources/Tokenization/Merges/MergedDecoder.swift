import Music

/// Turns merged tokens into music: each is its base tokens one after another.
struct MergedDecoder: TokenDecoder {
  private let expansions: [[Token]]
  private var base: any TokenDecoder

  init(_ vocabulary: MergedVocabulary) {
    expansions = vocabulary.expansions
    base = vocabulary.base.makeDecoder()
  }

  mutating func consume(_ token: Token) {
    guard Int(token) < expansions.count else { return }
    for token in expansions[Int(token)] { base.consume(token) }
  }

  var settledSeconds: Double { base.settledSeconds }
  mutating func takeSettledMessages() -> [TimedMessage] { base.takeSettledMessages() }
  mutating func finish() { base.finish() }
  var score: Score { base.score }
}
