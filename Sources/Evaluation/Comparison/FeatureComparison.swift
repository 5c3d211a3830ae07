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
