import Foundation
import Tokenization

/// The tokens that may be drawn and how likely each is; its memory is used again for every token.
///
/// Filters take candidates out and leave the others' proportions; none orders more than it must.
struct Candidates {
  var tokens: [Int] = []
  /// Logits first, probabilities from ``softmax(temperature:)`` on.
  var values: [Float] = []
  /// What ``keepLeading(_:until:)`` orders by, the smallest first.
  var keys: [Float] = []

  /// The allowed tokens with their biased logits; where none is a number, the first allowed alone.
  mutating func load(_ logits: ArraySlice<Float>, bias: [Float], allowed: TokenMask) {
    tokens.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    var first = -1
    for (index, word) in allowed.words.enumerated() {
      var bits = word
      while bits != 0 {
        let token = index * 64 + bits.trailingZeroBitCount
        bits &= bits - 1
        guard token < logits.count else { break }
        if first < 0 { first = token }
        let logit = logits[logits.startIndex + token] + (bias.isEmpty ? 0 : bias[token])
        // NaN never survives, so a broken network still yields an allowed token.
        if logit > -.infinity {
          tokens.append(token)
          values.append(logit)
        }
      }
    }
    precondition(first >= 0, "sample: no token is allowed")
    if tokens.isEmpty {
      tokens.append(first)
      values.append(0)
    }
  }

  /// Where the likeliest stands; of equal ones the first.
  var likeliest: Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }

  /// Leaves one candidate, for sure.
  mutating func keepOnly(_ index: Int) {
    tokens[0] = tokens[index]
    values[0] = 1
    truncate(to: 1)
  }

  /// Turns logits into probabilities.
  mutating func softmax(temperature: Float) {
    let best = likeliest
    let largest = values[best]
    guard temperature > 0, largest.isFinite else { return keepOnly(best) }
    for index in values.indices { values[index] = exp((values[index] - largest) / temperature) }
    normalize()
  }

  /// Makes the probabilities' sum 1.
  mutating func normalize() {
    let sum = values.reduce(0, +)
    for index in values.indices { values[index] /= sum }
  }

  /// Takes out the candidates for which a condition does not hold.
  mutating func filter(_ holds: (_ probability: Float) -> Bool) {
    var count = 0
    for index in values.indices where holds(values[index]) {
      tokens[count] = tokens[index]
      values[count] = values[index]
      count += 1
    }
    truncate(to: count)
  }

  mutating func truncate(to count: Int) {
    tokens.removeLast(tokens.count - count)
    values.removeLast(values.count - count)
  }
}
