import Modeling
import Recurrent
import Tokenization

/// Keeps a piece from circling: no passage is begun again that has been heard as many times in a row as pieces go.
///
/// It follows the piece's own tokens, so that it holds for networks that recall nothing, too.
struct LoopGuard {
  private let limits: RepeatLimits
  /// Whether the limits were counted in pieces; else they are the fewest repeats that are ever too many.
  private let isCounted: Bool
  private let passages: PassageTokens
  private var counter = RepetitionCounter()
  /// How many notes the piece had with each of the last tokens, at the place of its number modulo how many are
  /// kept; empty where the limits were counted.
  private var noteCounts: [Int]
  /// How many tokens were counted.
  private var count = 0

  /// Begins a piece of a model's.
  init(_ model: Model) {
    let counted = model.provenance.repeats
    limits = counted ?? RepeatLimits(of: [])
    isCounted = counted != nil
    passages = PassageTokens(model.vocabulary)
    // One more than the longest passage has tokens: it began behind the one before.
    noteCounts = isCounted ? [] : Array(repeating: 0, count: RepetitionCounter.longestPeriod + 1)
  }

  /// Takes the piece's next token, whoever wrote it.
  ///
  /// - Parameters:
  ///   - token: the token.
  ///   - noteCount: how many notes the piece has with it.
  /// - Complexity: O(k) where the last 512 tokens have it k times.
  mutating func read(_ token: Token, noteCount: Int) {
    guard passages.contain(token) else { return }
    counter.read(Int32(token))
    guard !isCounted else { return }
    noteCounts[count % noteCounts.count] = noteCount
    count += 1
  }

  /// The tokens among some that begin no passage again that was heard often enough; all where nothing
  /// else is left.
  func withoutLoops(_ allowed: TokenMask) -> TokenMask {
    var left = allowed
    for repetition in counter.repetitions
    where limits.isReached(by: repetition) && (isCounted || isStruck(repetition)) {
      left[Token(repetition.next)] = false
    }
    return left.isEmpty ? allowed : left
  }

  /// Whether a note begins in a passage each time: rests and held notes are told by tokens that come again, too, and
  /// how many of these pieces have is not known.
  private func isStruck(_ repetition: Repetition) -> Bool {
    let last = count - 1
    // Heard at least twice, so that there are tokens before it.
    let before = last - repetition.period
    return noteCounts[last % noteCounts.count] != noteCounts[before % noteCounts.count]
  }
}
