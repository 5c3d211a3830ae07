/// How much each degree of the scale is heard in a major and in a minor key.
public struct KeyProfile: Hashable, Sendable {
  /// The twelve pitch classes of a major key, the tonic first.
  public let major: [Double]
  /// Those of a minor key.
  public let minor: [Double]

  /// Ratings by listeners: Krumhansl and Kessler 1982, as listed in Krumhansl, "Cognitive Foundations of
  /// Musical Pitch" (1990), table 2.1.
  public static let krumhanslKessler = KeyProfile(
    major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
    minor: [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])

  /// In which share of the segments of the Kostka-Payne corpus a pitch class stands: Temperley, "Music and
  /// Probability" (2007), chapter 6.
  public static let kostkaPayne = KeyProfile(
    major: [
      0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400,
    ],
    minor: [
      0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330,
    ])
}
