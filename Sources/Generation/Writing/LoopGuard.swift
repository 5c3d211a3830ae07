import Modeling
import Recurrent
import Tokenization

/// Keeps a piece from circling: no passage is begun again that has been heard as many times in a row as pieces go.
///
/// It follows the piece's own tokens, so that it holds for networks that recall nothing, too. Of tokens that merge
/// others it follows these, so that a passage is the same however it is merged.
struct LoopGuard {
  private let limits: RepeatLimits
  /// Whether the limits were counted in pieces; else they are the fewest repeats that are ever too many.
  private let isCounted: Bool
  private let passages: PassageTokens
  private var counter = RepetitionCounter()
  /// How many notes the piece had with each of the last parts of passages, at the place of its number modulo how many
  /// are kept; empty where the limits were counted.
  private var noteCounts: [Int]
  /// How many parts were counted.
  private var count = 0
  /// How many notes the piece had with the last token.
  private var noteCount = 0

  /// Begins a piece of a model's.
  init(_ model: Model) {
    let passages = PassageTokens(model.vocabulary)
    var counted = model.provenance.repeats
    // How often merged tokens come in a row tells nothing of those that they merge.
    if passages.areMerged, counted?.takesMergesApart != true { counted = nil }
    self.passages = passages
    limits = counted ?? RepeatLimits(of: [])
    isCounted = counted != nil
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
    let parts = passages.parts(of: token)
    for (index, part) in parts.enumerated() {
      counter.read(part)
      if isCounted { continue }
      // Which of several parts began a note is not told: the first that may have.
      if passages.isStrike(part) { self.noteCount = min(self.noteCount + 1, noteCount) }
      if index == parts.count - 1 { self.noteCount = noteCount }
      noteCounts[count % noteCounts.count] = self.noteCount
      count += 1
    }
    self.noteCount = noteCount
  }

  /// The tokens among some that begin no passage again that was heard often enough, nor go so far that they would;
  /// all where nothing else is left.
  ///
  /// - Parameters:
  ///   - allowed: the tokens.
  ///   - wanted: those of which one must be left where there is one; nil for any.
  /// - Returns: the tokens.
  /// - Complexity: O(k), but for a logarithm of how many tokens there are, where the last 512 tokens have the last
  ///   one k times.
  func withoutLoops(_ allowed: TokenMask, wanted: TokenMask? = nil) -> TokenMask {
    var left = allowed
    let most = passages.mostParts
    let begun = counter.passages { limits.tokensLeft(ofPeriod: $0, reach: $1) < most }
    if begun.isEmpty { return allowed }
    for repetition in begun where isCounted || isStruck(repetition) {
      let period = repetition.period
      let distance = limits.tokensLeft(ofPeriod: period, reach: repetition.reach)
      if distance >= most { continue }
      let loops = passages.tokens(telling: distance + 1) {
        counter.token(after: $0, inPeriod: period)
      }
      for token in loops { left[token] = false }
    }
    if let wanted, left.intersection(wanted).isEmpty, !allowed.intersection(wanted).isEmpty {
      return allowed
    }
    return left.isEmpty ? allowed : left
  }

  /// Whether a note begins in a passage each time: rests and held notes are told by tokens that come again, too, and
  /// how many of these pieces have is not known.
  private func isStruck(_ repetition: Repetition) -> Bool {
    // Whether what was struck once is struck again or held is not known.
    guard repetition.times > 1 else { return false }
    let last = count - 1
    // Heard at least twice, so that there are tokens before it.
    let before = last - repetition.period
    return noteCounts[last % noteCounts.count] != noteCounts[before % noteCounts.count]
  }
}
