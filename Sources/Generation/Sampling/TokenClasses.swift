import Foundation
public import Tokenization

/// Which tokens tell pitch and which tell time, so that each can have a temperature of its own.
public struct TokenClasses: Sendable {
  /// What a token tells first.
  public enum Kind: Sendable { case pitch, time, other }

  let kinds: [Kind]

  /// Sorts a vocabulary's tokens; a merged token belongs where its first event does.
  public init(_ vocabulary: any Vocabulary) {
    kinds = (0..<vocabulary.count).map { token in
      switch vocabulary.events(of: Token(token)).first {
      case .note, .drum: .pitch
      case .time: .time
      default: .other
      }
    }
  }

  /// Creates classes, a token each.
  public init(_ kinds: [Kind]) { self.kinds = kinds }
}

extension Candidates {
  /// Draws anew, within each class that has a temperature of its own, at that temperature.
  ///
  /// How likely a class is as a whole stays: a temperature for pitch makes pitches bolder without
  /// making notes rarer. Softmax over classes and within them; logits may be shifted freely.
  mutating func reheat(
    _ logits: ArraySlice<Float>, bias: [Float], _ classes: TokenClasses, pitch: Float?, time: Float?
  ) {
    for (kind, temperature) in [(TokenClasses.Kind.pitch, pitch), (.time, time)] {
      guard let temperature else { continue }
      func logit(_ index: Int) -> Float {
        let token = tokens[index]
        return logits[logits.startIndex + token] + (bias.isEmpty ? 0 : bias[token])
      }
      var mass: Float = 0
      var best = -1
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        mass += values[index]
        if best < 0 || logit(index) > logit(best) { best = index }
      }
      guard best >= 0, mass > 0, logit(best).isFinite else { continue }
      let largest = logit(best)
      var sum: Float = 0
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] =
          temperature > 0
          ? exp((logit(index) - largest) / temperature) : index == best ? 1 : 0
        sum += values[index]
      }
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] *= mass / sum
      }
    }
  }
}
