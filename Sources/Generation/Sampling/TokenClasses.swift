public import Tokenization

/// What a vocabulary's tokens tell first, so that pitch and time can have temperatures of their own and
/// steering does not make notes rarer.
public struct TokenClasses: Sendable {
  /// What a token tells first.
  public enum Kind: Sendable { case pitch, time, program, other }

  let kinds: [Kind]

  /// Sorts a vocabulary's tokens; a merged token belongs where its first event does.
  public init(_ vocabulary: any Vocabulary) {
    kinds = (0..<vocabulary.count).map { token in
      switch vocabulary.events(of: Token(token)).first {
      case .note, .drum: .pitch
      case .time, .frame, .position, .bar: .time
      case .program: .program
      default: .other
      }
    }
  }

  /// Creates classes, a token each.
  public init(_ kinds: [Kind]) { self.kinds = kinds }
}
