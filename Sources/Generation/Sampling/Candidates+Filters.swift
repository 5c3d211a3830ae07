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
    var entropy: Float = 0
    for value in values where value > 0 { entropy -= value * log(value) }
    keys.removeAll(keepingCapacity: true)
    for value in values { keys.append(value > 0 ? abs(-log(value) - entropy) : .infinity) }
    keepLeading(.probability, until: Double(mass) - roundingAllowance)
    normalize()
  }

  /// Top-p: keeps the fewest that together have this probability.
  ///
  /// Reference: Holtzman, Buys, Du, Forbes, Choi, "The Curious Case of Neural Text Degeneration"
  /// (2020).
  mutating func keepNucleus(_ mass: Float) {
    orderByProbability()
    keepLeading(.probability, until: Double(mass) - roundingAllowance)
    normalize()
  }

  /// Min-p: keeps those at least so likely, relative to the likeliest.
  ///
  /// Reference: Nguyen et al., "Turning Up the Heat: Min-p Sampling" (2024).
  mutating func keepAbove(_ share: Float) {
    let threshold = share * values[likeliest]
    filter { $0 >= threshold }
    normalize()
  }
}
