import Foundation
import Tensors
public import Tokenization

/// What a sequence of tokens must keep to, told one token ahead.
///
/// It must have no dead ends: whatever wanted tokens came so far, a token that is wanted and that the
/// grammar allows can follow, until ``isComplete``.
public protocol TokenConstraint: Sendable {
  /// The tokens that keep the constraint; those that the grammar forbids do not matter.
  var wanted: TokenMask { get }
  /// How many stages are complete, such as frames: particles are compared at the ends of stages.
  var stage: Int { get }
  /// Whether the sequence is at its end.
  var isComplete: Bool { get }
  /// Takes the token that came.
  mutating func advance(_ token: Token)
}

/// A network's next token as the grammar and a temperature make it, and draws from a part of it.
struct TokenDistribution {
  /// exp of each token's logit less the largest; 0 for what the grammar forbids.
  private var weights: [Double] = []
  private var total = 0.0

  /// Takes logits.
  ///
  /// - Parameters:
  ///   - logits: one number a token; NaN counts as impossible.
  ///   - allowed: the tokens of the grammar, at least one.
  ///   - temperature: what logits are divided by, above 0.
  mutating func load(_ logits: ArraySlice<Float>, allowed: TokenMask, temperature: Double) {
    var largest = -Float.infinity
    for (token, logit) in logits.enumerated() where allowed[Token(token)] && logit > largest {
      largest = logit
    }
    weights.removeAll(keepingCapacity: true)
    total = 0
    for (token, logit) in logits.enumerated() {
      // Where no logit is a number all tokens are alike.
      let weight =
        !allowed[Token(token)]
        ? 0
        : largest.isFinite
          ? logit.isNaN ? 0 : exp((Double(logit) - Double(largest)) / temperature)
          : 1
      weights.append(weight)
      total += weight
    }
  }

  /// The logarithm of a token's probability.
  func logProbability(of token: Token) -> Double { log(weights[Int(token)] / total) }

  /// Draws one of the wanted tokens in proportion to their probabilities.
  ///
  /// - Returns: the token, and the logarithm of the probability of all that are wanted.
  func draw(
    from wanted: TokenMask, allowed: TokenMask, using random: inout RandomSource
  ) -> (token: Token, logMass: Double) {
    var mass = 0.0
    for (token, weight) in weights.enumerated() where wanted[Token(token)] { mass += weight }
    var remaining = random.uniform() * mass
    var drawn: Token?
    for (token, weight) in weights.enumerated() where wanted[Token(token)] && weight > 0 {
      drawn = Token(token)
      remaining -= weight
      if remaining < 0 { break }
    }
    // Impossible to the last bit: any token that keeps the constraint does.
    let token = drawn ?? weights.indices.lazy.map { Token($0) }.first { wanted[$0] && allowed[$0] }
    return (token ?? 0, log(mass / total))
  }
}
