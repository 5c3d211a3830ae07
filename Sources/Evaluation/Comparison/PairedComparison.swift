import Foundation

/// Two models measured on the same pieces, piece by piece.
///
/// Pieces differ in how hard they are far more than models do; what one model does better on each piece is
/// told much more exactly than how good either is.
public struct PairedComparison: Hashable, Sendable {
  /// A piece as both models find it.
  public struct Pair: Hashable, Sendable {
    /// As the first finds it.
    public var first: PieceLikelihood
    /// As the second finds it.
    public var second: PieceLikelihood
  }

  /// A difference over all pieces.
  public struct Difference: Hashable, Sendable, Codable {
    /// The first model's loss per unit.
    public var first: Double
    /// The second's.
    public var second: Double
    /// The first's loss less the second's: below 0 where the first is better.
    public var value: Double
    /// The ends of the interval that holds 95 % of such differences when files are drawn anew; nil where
    /// there is one.
    public var low: Double?
    /// The upper end.
    public var high: Double?

    /// Whether the interval leaves out 0.
    public var isTold: Bool {
      guard let low, let high else { return false }
      return low > 0 || high < 0
    }
  }

  /// The pieces that both read, in the first's order.
  public let pairs: [Pair]
  /// The paths of the pieces that only one of them read, or read with that part given.
  public let unpaired: [String]
  /// Whether both models read the pieces as the same tokens, so that losses per token can be compared.
  public let sharesTokens: Bool

  /// A file, as a model reads it.
  private struct Reading: Hashable {
    // Names are bytes: two that differ in their normal form only are two files.
    let path: [UInt8]
    let givenPart: String?

    init(_ piece: PieceLikelihood) {
      path = Array(piece.path.utf8)
      givenPart = piece.givenPart
    }
  }

  /// Pairs two measurements.
  ///
  /// Pieces are paired of which both predict the same: all parts, or those beside the same given one.
  ///
  /// - Parameters:
  ///   - first: the first model's.
  ///   - second: the second model's, of the same files.
  ///   - sharesTokens: whether their vocabularies are the same.
  public init(_ first: Likelihood, _ second: Likelihood, sharesTokens: Bool) {
    var others: [Reading: PieceLikelihood] = [:]
    for piece in second.pieces { others[Reading(piece)] = piece }
    var pairs: [Pair] = []
    var unpaired: [String] = []
    for piece in first.pieces {
      if let other = others.removeValue(forKey: Reading(piece)) {
        pairs.append(Pair(first: piece, second: other))
      } else {
        unpaired.append(piece.path)
      }
    }
    self.pairs = pairs
    self.unpaired = unpaired + others.values.map(\.path).sorted()
    self.sharesTokens = sharesTokens
  }

  /// How many files the pairs are of: one that both models read with a part given and whole counts once.
  public var fileCount: Int { pairs.map(\.first).fileCount }

  /// On how many files the first model's loss, over all that it reads of them, is the lower.
  public var firstIsBetter: Int {
    var sums: [(first: Double, second: Double)] = []
    for (place, pair) in pairs.enumerated() {
      let (first, second) = (pair.first.nats, pair.second.nats)
      if place > 0, pair.first.isReading(ofFileOf: pairs[place - 1].first), let last = sums.last {
        sums[sums.count - 1] = (last.first + first, last.second + second)
      } else {
        sums.append((first, second))
      }
    }
    return sums.count { $0.first < $0.second }
  }

  /// The difference of the losses per unit; nil where the pieces have none of it, or the models' numbers of
  /// it do not mean the same.
  ///
  /// All nats are divided by all units, so a long piece counts for more than a short one; where one model tells
  /// more notes of a piece than the other, they are what both are divided by. The interval is
  /// Student's with the standard error of a ratio of sums, which for pieces of equal length is that of
  /// the paired t test.
  ///
  /// - Reference: Cochran, "Sampling Techniques" (3rd edition, 1977), section 2.11.
  public func difference(per unit: Likelihood.Unit) -> Difference? {
    let counts = pairs.map { ($0.first.count(of: unit), $0.second.count(of: unit)) }
    let isShared =
      switch unit {
      case .token: sharesTokens
      case .frame: counts.allSatisfy { $0 == $1 }
      case .note, .second: true
      }
    let units = counts.map { max($0, $1) }
    let sum = units.reduce(0, +)
    guard isShared, sum > 0 else { return nil }
    let first = pairs.reduce(0) { $0 + $1.first.nats } / sum
    let second = pairs.reduce(0) { $0 + $1.second.nats } / sum
    let value = first - second
    var difference = Difference(first: first, second: second, value: value)
    // What the readings of a file tell is one draw.
    var residuals: [Double] = []
    for (place, pair) in pairs.enumerated() {
      let residual = pair.first.nats - pair.second.nats - value * units[place]
      if place > 0, pair.first.isReading(ofFileOf: pairs[place - 1].first) {
        residuals[residuals.count - 1] += residual
      } else {
        residuals.append(residual)
      }
    }
    guard residuals.count > 1 else { return difference }
    let count = Double(residuals.count)
    let squares = residuals.reduce(0) { $0 + $1 * $1 }
    let error = sqrt(count / (count - 1) * squares) / sum
    let width = StudentDistribution(degrees: count - 1).quantile(twoSided: 0.95) * error
    difference.low = value - width
    difference.high = value + width
    return difference
  }
}
