package import Tokenization

/// Which tokens make a passage what is heard again: what is struck, and when.
///
/// A bar whose notes are a little shorter or softer than before is the same bar to whoever has heard it six times.
package struct PassageTokens: Hashable, Sendable {
  private let tokens: TokenMask

  /// Looks through a vocabulary.
  package init(_ vocabulary: any Vocabulary) {
    var tokens = TokenMask(count: vocabulary.count)
    for token in 0..<vocabulary.count {
      tokens[Token(token)] = vocabulary.events(of: Token(token)).contains { event in
        switch event {
        case .duration, .tempo, .metre, .controller, .other: false
        default: true
        }
      }
    }
    self.tokens = tokens
  }

  /// Whether passages that differ in a token are different ones.
  package func contain(_ token: Token) -> Bool { tokens[token] }
}
