/// In which range a feature lies in nine of ten pieces of some music.
public struct FeatureSpread: Hashable, Sendable, Codable {
  /// What one piece in twenty is below.
  public var low: Double
  /// What half of the pieces are below.
  public var middle: Double
  /// What one piece in twenty is above.
  public var high: Double

  /// With fewer pieces there is no spread to tell.
  public static let fewestPieces = 8

  /// Finds the ranges of features that are one number a piece, or have a mean.
  ///
  /// - Parameter pieces: the pieces.
  /// - Returns: the spreads by the features' names; none of fewer than ``fewestPieces``.
  public static func all(of pieces: [PieceFeatures]) -> [String: FeatureSpread] {
    var spreads: [String: FeatureSpread] = [:]
    for feature in Feature.allCases {
      let values = pieces.compactMap { $0.number(of: feature) }.sorted()
      guard values.count >= fewestPieces else { continue }
      func quantile(_ share: Double) -> Double {
        values[Int((share * Double(values.count - 1)).rounded())]
      }
      spreads[feature.rawValue] = FeatureSpread(
        low: quantile(0.05), middle: quantile(0.5), high: quantile(0.95))
    }
    return spreads
  }
}
