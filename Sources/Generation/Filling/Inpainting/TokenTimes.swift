import Music
import Tokenization

/// Where in a piece its tokens stand.
struct TokenTimes: Sendable {
  /// The tick after each token.
  let ticks: [Int]
  private let tokens: [Token]
  private let vocabulary: any Vocabulary

  init(_ tokens: [Token], of piece: Score, in vocabulary: any Vocabulary) {
    let tempoMap = piece.tempoMap
    var decoder = vocabulary.makeDecoder()
    ticks = tokens.map { token in
      decoder.consume(token)
      return tempoMap.tick(atSeconds: decoder.settledSeconds)
    }
    self.tokens = tokens
    self.vocabulary = vocabulary
  }

  /// How many tokens tell what comes before a tick, and lead to it without telling a note there.
  func countBefore(_ tick: Int) -> Int {
    var count = ticks.firstIndex { $0 >= tick } ?? tokens.count
    // At the tick itself: its first token leads there, and neutral ones belong to what was before.
    while count < tokens.count, ticks[count] == tick,
      Self.neutral.contains(vocabulary.kind(of: tokens[count]))
    {
      count += 1
    }
    return max(1, min(count, tokens.count))
  }

  /// The kinds of events that let time pass, set tempo and metre, or end notes.
  private static let neutral: Set = [
    "start", "time-shift", "end-of-frame", "bar", "time-signature", "position", "tempo", "note-off",
  ]

  /// The index of the first token that leads to a tick or beyond.
  func indexReaching(_ tick: Int) -> Int { ticks.firstIndex { $0 >= tick } ?? tokens.count }
}
