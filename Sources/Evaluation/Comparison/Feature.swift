/// What is compared between pieces and a corpus.
///
/// - Reference: Pitch-class entropy, scale consistency and polyphony are MusPy's (Dong et al. 2020). Histograms of
///   pitch classes, of note lengths and of times between onsets are compared by Yang and Lerch, "On the Evaluation of
///   Generative Models in Music" (2020), too, whose tool MGEval weighs pitch classes by how long and loud they sound.
public enum Feature: String, CaseIterable, Hashable, Sendable, Codable {
  /// The share of each pitch class among the notes, long ones and short ones alike.
  case pitchClasses
  /// The entropy of the pitch classes of all of a piece's notes, not bar by bar, in bits.
  case pitchClassEntropy
  /// The share of a piece's notes in the scale that fits them best.
  case scaleConsistency
  /// The notes that a piece strikes a second, from its beginning until its last note ends.
  case noteDensity
  /// The seconds from one onset to the next, notes of one tick being one onset.
  case onsetIntervals
  /// The seconds that a note sounds.
  case noteLengths
  /// How hard notes are struck.
  case velocity
  /// How many pitches sound at once in a piece while any does.
  case polyphony
  /// How alike the harmonies of a piece are that lie 1 to 32 seconds apart.
  case selfSimilarity
  /// The share of a piece's bars that are equal to the bar before; see ``StruckBars``.
  case repetition1
  /// The share of bars that are equal to the second bar before.
  case repetition2
  /// The share of bars that are equal to the fourth bar before.
  case repetition4
  /// The share of bars that are equal to the eighth bar before.
  case repetition8
  /// The share of bars that are equal to the sixteenth bar before.
  case repetition16
  /// The share of phrases of four bars that end with an authentic or a half cadence; see ``Cadences``.
  case cadences
  /// Whether a piece's bass ends on the tonic, as 1 or 0.
  case tonicEnd

  /// How two sets of pieces are compared.
  public enum Distance: String, Hashable, Sendable, Codable {
    /// The total variation of two mean histograms: 0 where they are equal, 1 where nothing is shared.
    case totalVariation
    /// The 1-Wasserstein distance: how far the one must be moved to become the other, in the
    /// feature's unit.
    case wasserstein
    /// The mean absolute difference of two mean curves.
    case meanDifference
  }

  /// How the feature is compared.
  public var distance: Distance {
    switch self {
    case .pitchClasses: .totalVariation
    case .selfSimilarity: .meanDifference
    default: .wasserstein
    }
  }

  /// How many bars before a bar the one lies that it is compared with; nil of other features.
  public var barDistance: Int? {
    switch self {
    case .repetition1: 1
    case .repetition2: 2
    case .repetition4: 4
    case .repetition8: 8
    case .repetition16: 16
    default: nil
    }
  }

  /// The width of a histogram's bins in the feature's unit; nil where a piece has a single number.
  var binWidth: Double? {
    switch self {
    case .onsetIntervals, .noteLengths: 0.01
    case .velocity: 1
    default: nil
    }
  }
}
