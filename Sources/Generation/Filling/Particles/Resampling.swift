import Foundation
public import Tensors

/// What becomes of weighted particles.
public enum Resampling {
  /// The weights of particles from their logarithms, their sum 1; alike where none is possible.
  public static func normalized(_ logWeights: [Double]) -> [Double] {
    let largest = logWeights.max() ?? 0
    guard largest > -.infinity else {
      return logWeights.map { _ in 1 / Double(logWeights.count) }
    }
    let weights = logWeights.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// The effective sample size: how many particles of one weight would be as good.
  ///
  /// - Reference: Kong, Liu, Wong, "Sequential Imputations and Bayesian Missing Data Problems" (1994).
  public static func effectiveSampleSize(_ weights: [Double]) -> Double {
    1 / weights.reduce(0) { $0 + $1 * $1 }
  }

  /// Which particle each place gets: a particle of weight w gets w · N places, rounded up or down.
  ///
  /// - Parameters:
  ///   - weights: N weights, their sum 1.
  ///   - random: where the one random number comes from.
  /// - Returns: N indices, rising.
  /// - Reference: Kitagawa, "Monte Carlo Filter and Smoother" (1996): systematic resampling.
  public static func systematic(_ weights: [Double], using random: inout RandomSource) -> [Int] {
    let count = weights.count
    let offset = random.uniform()
    var sources: [Int] = []
    sources.reserveCapacity(count)
    var cumulated = 0.0
    for (particle, weight) in weights.enumerated() {
      cumulated += weight * Double(count)
      while sources.count < count, Double(sources.count) + offset < cumulated {
        sources.append(particle)
      }
    }
    // Rounding may leave the last place open.
    let last = weights.lastIndex { $0 > 0 } ?? 0
    while sources.count < count { sources.append(last) }
    return sources
  }
}
