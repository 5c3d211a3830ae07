import Foundation

/// Student's t distribution, for intervals of means over few pieces.
struct StudentDistribution {
  /// The degrees of freedom, more than 0.
  let degrees: Double

  /// The number t with a share of the distribution between -t and t.
  ///
  /// - Parameter share: above 0 and below 1, such as 0.95.
  /// - Returns: t, to 12 digits or so.
  func quantile(twoSided share: Double) -> Double {
    precondition(degrees > 0 && share > 0 && share < 1, "no share of a distribution")
    var (low, high) = (0.0, 1.0)
    while shareWithin(high) < share, high < 1e12 { high *= 2 }
    while true {
      let middle = 0.5 * (low + high)
      if middle <= low || middle >= high { return middle }
      if shareWithin(middle) < share { low = middle } else { high = middle }
    }
  }

  /// The share of the distribution between -t and t.
  func shareWithin(_ t: Double) -> Double {
    1 - regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }
}

/// The regularised incomplete beta function I_x(a, b), by Lentz's method for its continued fraction.
///
/// - Reference: Press et al., "Numerical Recipes" (3rd edition, 2007), section 6.4.
private func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  // The fraction converges fast below this point, and I_x(a, b) = 1 - I_{1-x}(b, a).
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
  let front = exp(
    lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
  let tiny = 1e-300
  func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var c = 1.0
  var d = 1 / away(1 - (a + b) * x / (a + 1))
  var fraction = d
  for index in 1...10_000 {
    let m = Double(index)
    for term in [
      m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
      -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
    ] {
      d = 1 / away(1 + term * d)
      c = away(1 + term / c)
      fraction *= c * d
    }
    if abs(c * d - 1) < 1e-16 { break }
  }
  return front * fraction / a
}
