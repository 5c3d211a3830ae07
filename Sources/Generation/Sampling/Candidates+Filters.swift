import Foundation

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
