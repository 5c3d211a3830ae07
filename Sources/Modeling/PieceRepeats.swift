package import Recurrent
package import Tokenization

/// How pieces come again: how many times in a row their passages are heard, and for networks that recall, how much
/// of them quotes them from how far back, and which bars come again.
public struct PieceRepeats: Hashable, Sendable {
  let limits: RepeatLimits
  let quoted: QuotedShares?
  let plans: BarPlans?

  /// Counts in pieces.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each.
  ///   - vocabulary: their vocabulary.
  ///   - recall: which matches are followed; nil for a network that recalls nothing.
  /// - Complexity: O(n) for n tokens.
  package init(
    of pieces: [some Sequence<Token>], in vocabulary: any Vocabulary, recall: Recall?
  ) {
    var whole: [[Token]] = []
    for piece in pieces { whole.append(Array(piece)) }
    plans = recall == nil ? nil : BarPlans(of: whole, in: vocabulary)
    let passages = PassageTokens(vocabulary)
    var limits = RepeatLimits(
      of: whole.map { piece in piece.flatMap { passages.parts(of: $0) } })
    if passages.areMerged { limits.takesMergesApart = true }
    self.limits = limits
    quoted = recall.map { recall in
      QuotedShares(
        of: whole.map { $0.map { Int32($0) } }, recall: recall, vocabularySize: vocabulary.count,
        scale: QuotationScale(of: vocabulary))
    }
  }
}

extension Provenance {
  /// Takes over how pieces come again.
  public mutating func apply(_ repeats: PieceRepeats) {
    self.repeats = repeats.limits
    quoted = repeats.quoted
    barPlans = repeats.plans
  }
}

extension QuotationScale {
  /// The scale of a vocabulary: bars where it tells them, else frames, else tokens.
  package init(of vocabulary: any Vocabulary) {
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    let bars = events.map { $0.count { $0 == .bar } }
    let frames = events.map { $0.count(where: \.isFrame) }
    self.init(steps: [bars, frames].first { $0.contains { $0 > 0 } })
  }
}
