/// What is compared between pieces and a corpus.
///
/// - Reference: Yang and Lerch, "On the Evaluation of Generative Models in Music" (2020), whose
///   features these are, but for the scale consistency, which is MusPy's, and the self-similarity.
public enum Feature: String, CaseIterable, Hashable, Sendable, Codable {
  /// The share of each pitch class among the notes.
  case pitchClasses
  /// The entropy of a piece's pitch classes, in bits.
  case pitchClassEntropy
  /// The share of a piece's notes in the scale that fits them best.
  case scaleConsistency
  /// The notes that a piece strikes a second.
  case noteDensity
  /// The seconds from one onset to the next.
  case onsetIntervals
  /// The seconds that a note sounds.
  case noteLengths
  /// How hard notes are struck.
  case velocity
  /// How many pitches sound at once in a piece while any does.
  case polyphony
  /// How alike the harmonies of a piece are that lie 1 to 32 seconds apart.
  case selfSimilarity

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

  /// The width of a histogram's bins in the feature's unit; nil where a piece has a single number.
  var binWidth: Double? {
    switch self {
    case .onsetIntervals, .noteLengths: 0.01
    case .velocity: 1
    default: nil
    }
  }
}
