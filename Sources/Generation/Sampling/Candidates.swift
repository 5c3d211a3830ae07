import Foundation
import Tokenization

/// The tokens that may be drawn and how likely each is; its memory is used again for every token.
///
/// Filters take candidates out and leave the others' proportions; none orders more than it must.
struct Candidates {
  var tokens: [Int] = []
  /// Logits first, probabilities from ``softmax(temperature:)`` on.
  var values: [Float] = []
  /// What ``keepLeading(_:until:)`` orders by, the smallest first, each with its candidate's place in
  /// the lower half.
  var keys: [UInt64] = []
  /// The logarithms of the probabilities but for a constant.
  var exponents: [Float] = []
  /// Which candidates a selection keeps.
  var isKept: [Bool] = []

  /// The allowed tokens with their biased logits; where none is a number, the first allowed alone.
  mutating func load(_ logits: ArraySlice<Float>, bias: [Float], allowed: TokenMask) {
    tokens.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    var first = -1
    allowed.forEachIndex { token in
      guard token < logits.count else { return }
      if first < 0 { first = token }
      let logit = logits[logits.startIndex + token] + (bias.isEmpty ? 0 : bias[token])
      // NaN never survives, so a broken network still yields an allowed token.
      if logit > -.infinity {
        tokens.append(token)
        values.append(logit)
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

  /// A candidate's surprise, the negative logarithm of its probability, is this less its exponent.
  var surpriseOffset: Float {
    let best = likeliest
    return exponents[best] - log(values[best])
  }

  /// Leaves one candidate, for sure.
  mutating func keepOnly(_ index: Int) {
    tokens[0] = tokens[index]
    values[0] = 1
    exponents = [0]
    tokens.removeLast(tokens.count - 1)
    values.removeLast(values.count - 1)
  }

  /// Turns logits into probabilities.
  mutating func softmax(temperature: Float) {
    let best = likeliest
    let largest = values[best]
    guard temperature > 0, largest.isFinite else { return keepOnly(best) }
    exponents.removeAll(keepingCapacity: true)
    for index in values.indices {
      let exponent = (values[index] - largest) / temperature
      exponents.append(exponent)
      values[index] = exp(exponent)
    }
    normalize()
  }

  /// Makes the probabilities' sum 1.
  mutating func normalize() {
    let sum = values.reduce(0, +)
    for index in values.indices { values[index] /= sum }
  }

  /// Keeps the candidates for which a condition holds, in their order.
  mutating func keep(where holds: (_ index: Int, _ probability: Float, _ exponent: Float) -> Bool) {
    var count = 0
    for index in values.indices where holds(index, values[index], exponents[index]) {
      tokens[count] = tokens[index]
      values[count] = values[index]
      exponents[count] = exponents[index]
      count += 1
    }
    tokens.removeLast(tokens.count - count)
    exponents.removeLast(exponents.count - count)
    values.removeLast(values.count - count)
  }
}

/// What a sum of rounded probabilities may lack of the mass that was asked for.
private let roundingAllowance = 1e-6

extension Candidates {
  /// Top-k: keeps the so many likeliest.
  mutating func keepLikeliest(_ count: Int) {
    guard count < tokens.count else { return }
    orderByProbability()
    keepLeading(.count, until: Double(count))
    normalize()
  }

  /// Locally typical sampling: keeps those whose surprise is nearest to the expected surprise.
  ///
  /// Reference: Meister, Pimentel, Wiher, Cotterell, "Locally Typical Sampling" (2023).
  mutating func keepTypical(_ mass: Float) {
    let limit = Double(mass) - roundingAllowance
    let constant = surpriseOffset
    var entropy: Float = 0
    for index in values.indices where values[index] > 0 {
      entropy += values[index] * (constant - exponents[index])
    }
    // Those more than twice as surprising as expected come after all others, which often suffice.
    let farthest = constant - 2 * entropy
    var near = 0.0
    for index in values.indices where exponents[index] >= farthest { near += Double(values[index]) }
    if near > limit + roundingAllowance { keep { _, _, exponent in exponent >= farthest } }
    order { abs(constant - $0 - entropy) }
    keepLeading(.probability, until: limit)
    normalize()
  }

  /// Top-p: keeps the fewest that together have this probability.
  ///
  /// Reference: Holtzman, Buys, Du, Forbes, Choi, "The Curious Case of Neural Text Degeneration"
  /// (2020).
  mutating func keepNucleus(_ mass: Float) {
    // All that are less likely than this lack the mass together that the others may do without.
    let negligible = (1 - mass) / Float(values.count)
    keep { _, probability, _ in probability >= negligible }
    orderByProbability()
    keepLeading(.probability, until: Double(mass) - roundingAllowance)
    normalize()
  }

  /// Min-p: keeps those at least so likely, relative to the likeliest.
  ///
  /// Reference: Nguyen et al., "Turning Up the Heat: Min-p Sampling" (2024).
  mutating func keepAbove(_ share: Float) {
    let threshold = share * values[likeliest]
    keep { _, probability, _ in probability >= threshold }
    normalize()
  }
}
