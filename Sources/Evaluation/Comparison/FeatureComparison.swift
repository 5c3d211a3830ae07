import Tensors

/// How far pieces are from a corpus in one feature, and how far the corpus is from itself.
public struct FeatureComparison: Hashable, Sendable, Codable {
  /// What is compared.
  public var feature: Feature
  /// How.
  public var measure: Feature.Distance
  /// The pieces' distance to the corpus; nil where one of the two cannot tell.
  public var distance: Double?
  /// The mean distance of two random halves of the corpus; nil where it has fewer than two pieces.
  public var halves: Double?
  /// The mean over the pieces; nil for pitch classes, which have none.
  public var pieceMean: Double?
  /// The mean over the corpus.
  public var corpusMean: Double?

  /// Compares pieces with a corpus in every feature.
  ///
  /// - Parameters:
  ///   - pieces: the pieces.
  ///   - corpus: what they are compared with.
  ///   - splits: how often the corpus is cut in two.
  ///   - seed: how it is cut.
  /// - Returns: a comparison for each feature, in the features' order.
  public static func all(
    of pieces: [PieceFeatures], with corpus: [PieceFeatures], splits: Int = 20, seed: UInt64 = 1
  ) -> [FeatureComparison] {
    var random = RandomSource(seed: seed)
    var halves: [Feature: [Double]] = [:]
    if corpus.count > 1 {
      for _ in 0..<splits {
        let shuffled = corpus.shuffled(using: &random)
        let middle = corpus.count / 2
        let (left, right) = (Array(shuffled[..<middle]), Array(shuffled[middle...]))
        for feature in Feature.allCases {
          guard let apart = Evaluation.distance(in: feature, between: left, and: right) else {
            continue
          }
          halves[feature, default: []].append(apart)
        }
      }
    }
    return Feature.allCases.map { feature in
      FeatureComparison(
        feature: feature, measure: feature.distance,
        distance: Evaluation.distance(in: feature, between: pieces, and: corpus),
        halves: halves[feature].map { $0.reduce(0, +) / Double($0.count) },
        pieceMean: summary(of: feature, in: pieces), corpusMean: summary(of: feature, in: corpus))
    }
  }

  /// How far chance alone takes some pieces of a corpus' kind from it, as a multiple of its halves' distance.
  ///
  /// The means of *n* and of *N* pieces differ by about √(1/*n* + 1/*N*) of what single pieces do.
  ///
  /// - Parameters:
  ///   - pieces: how many pieces are compared, at least 1; they are none of the corpus' own.
  ///   - corpus: how many pieces the corpus has, at least 2.
  /// - Returns: about how many times as far they are; more than 1 where they are fewer than a third of the corpus.
  public static func chance(pieces: Int, corpus: Int) -> Double {
    let (own, all, half) = (Double(pieces), Double(corpus), Double(corpus / 2))
    return ((1 / own + 1 / all) / (1 / half + 1 / (all - half))).squareRoot()
  }

  /// The distance as a multiple of that of the corpus' halves.
  public var ratio: Double? {
    guard let distance, let halves, halves > 0 else { return nil }
    return distance / halves
  }

  private static func summary(of feature: Feature, in pieces: [PieceFeatures]) -> Double? {
    let lists = pieces.compactMap { $0[feature] }
    guard !lists.isEmpty, feature != .pitchClasses else { return nil }
    let mean = mean(lists)
    if let width = feature.binWidth {
      return mean.enumerated().reduce(0) { $0 + Double($1.offset) * width * $1.element }
    }
    let told = mean.filter { !$0.isNaN }
    return told.isEmpty ? nil : told.reduce(0, +) / Double(told.count)
  }
}

/// How far two sets of pieces are apart in a feature; nil where one has no piece that tells it.
///
/// Every piece counts the same, however long it is.
func distance(
  in feature: Feature, between left: [PieceFeatures], and right: [PieceFeatures]
) -> Double? {
  let left = left.compactMap { $0[feature] }
  let right = right.compactMap { $0[feature] }
  guard !left.isEmpty, !right.isEmpty else { return nil }
  switch feature.distance {
  case .totalVariation:
    return zip(mean(left), mean(right)).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  case .meanDifference:
    let differences = zip(mean(left), mean(right)).map { abs($0 - $1) }.filter { !$0.isNaN }
    return differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count)
  case .wasserstein:
    guard let width = feature.binWidth else {
      return wasserstein(left.flatMap { $0 }, right.flatMap { $0 })
    }
    var difference = 0.0
    return width
      * zip(mean(left), mean(right)).reduce(0) { sum, shares in
        difference += shares.0 - shares.1
        return sum + abs(difference)
      }
  }
}

/// The mean of lists of equal length, each place over the lists that have a number there.
func mean(_ lists: [[Double]]) -> [Double] {
  var sums = [Double](repeating: 0, count: lists.first?.count ?? 0)
  var counts = sums
  for list in lists {
    for (index, value) in list.enumerated() where !value.isNaN {
      sums[index] += value
      counts[index] += 1
    }
  }
  return zip(sums, counts).map { $0 / $1 }
}

/// The area between the cumulative distributions of two samples.
private func wasserstein(_ left: [Double], _ right: [Double]) -> Double {
  let steps =
    (left.map { (value: $0, share: 1 / Double(left.count)) }
    + right.map { (value: $0, share: -1 / Double(right.count)) }).sorted { $0.value < $1.value }
  var area = 0.0
  var difference = 0.0
  for (step, next) in zip(steps, steps.dropFirst()) {
    difference += step.share
    area += abs(difference) * (next.value - step.value)
  }
  return area
}
