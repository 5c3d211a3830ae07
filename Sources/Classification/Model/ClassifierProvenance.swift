public import Modeling

/// What a classifier learned from, how, and how well it tells pieces apart.
///
/// It holds no date, no machine and no path: the same files, settings and seed give the same file.
public struct ClassifierProvenance: Hashable, Sendable, Codable {
  /// What the maker says of it: its title, the licence of the music, where that came from.
  public var label = ModelLabel()
  /// How many pieces of each label it learned from.
  public var trainingPieces: [Int] = []
  /// How well it tells pieces apart that were held out; nil where none were.
  public var heldOut: HeldOutFigures?
  /// The pieces that it learned from, by the hexadecimal hashes of their notes.
  public var learned: [String] = []
  /// The pieces held out by which its epoch was chosen, by the same hashes; nil where none were, or it is not told.
  public var choosing: [String]?
  /// A digest of the corpus and its labels.
  public var corpusDigest: String?
  /// The seed of every random choice.
  public var seed: UInt64?
  /// The number of optimiser steps behind these weights.
  public var steps: Int?
  /// How many tokens of a piece are read in one go.
  public var window: Int?
  /// The training settings as JSON.
  public var settings: String?

  /// Creates an empty provenance.
  public init() {}
}

/// How well pieces were told apart that were held out: the same by which the epoch was chosen, so that it flatters a
/// little.
public struct HeldOutFigures: Hashable, Sendable, Codable {
  /// How many there were.
  public var pieces: Int
  /// The share that was told right.
  public var accuracy: Double
  /// The mean over the labels of the F1 of each.
  public var macroF1: Double
  /// The mean of −log of the right label's probability.
  public var natsPerPiece: Double
  /// The accuracy of always naming the label that most pieces learned from have.
  public var majority: Double
  /// The accuracy of counted n-grams.
  public var ngrams: Double

  var arePossible: Bool {
    pieces >= 0 && natsPerPiece >= 0 && natsPerPiece.isFinite
      && [accuracy, macroF1, majority, ngrams].allSatisfy { (0...1).contains($0) }
  }
}
