import Glibc
public import Tokenization
import Reproducibility

/// Multinomial naive Bayes over n-grams of tokens: what counting reaches, to hold a network against.
///
/// N-grams of one to three tokens are hashed into a fixed number of buckets, so that it takes little room in
/// a classifier's file; each count is one more than it is.
///
/// - Reference: Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), chapter 13;
///   Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).
public struct NgramClassifier: PieceClassifier, Hashable, Sendable {
  /// The labels.
  public let labels: [String]
  /// The logarithm of the share of each label among the pieces.
  let logPriors: [Float]
  /// The logarithm of each bucket's share among a label's n-grams, [labels, buckets].
  let logShares: [Float]

  /// How many buckets there are.
  static let buckets = 1 << 13
  /// The longest n-grams.
  private static let longest = 3

  init(labels: [String], logPriors: [Float], logShares: [Float]) {
    precondition(logPriors.count == labels.count)
    precondition(logShares.count == labels.count * Self.buckets)
    self.labels = labels
    self.logPriors = logPriors
    self.logShares = logShares
  }

  /// Counts the n-grams of pieces.
  ///
  /// - Parameters:
  ///   - pieces: tokens of whole pieces.
  ///   - truth: the place of each piece's label.
  ///   - labels: the labels.
  /// - Complexity: O(n) for n tokens.
  public init(of pieces: [ArraySlice<Token>], truth: [Int], labels: [String]) {
    self.labels = labels
    var counts = [Double](repeating: 1, count: labels.count * Self.buckets)
    var pieceCounts = [Double](repeating: 1, count: labels.count)
    for (piece, label) in zip(pieces, truth) {
      pieceCounts[label] += 1
      Self.forEachBucket(of: piece) { counts[label * Self.buckets + $0] += 1 }
    }
    let allPieces = pieceCounts.reduce(0, +)
    logPriors = pieceCounts.map { Float(log($0 / allPieces)) }
    logShares = labels.indices.flatMap { label in
      let own = counts[label * Self.buckets..<(label + 1) * Self.buckets]
      let sum = own.reduce(0, +)
      return own.map { Float(log($0 / sum)) }
    }
  }

  /// Tells pieces apart by their n-grams.
  public func probabilities(
    of pieces: [ArraySlice<Token>], progress: (Double) -> Void = { _ in }
  ) -> [[Double]] {
    pieces.map { piece in
      var logs = [Double](repeating: 0, count: labels.count)
      Self.forEachBucket(of: piece) { bucket in
        for label in logs.indices {
          logs[label] += Double(logShares[label * Self.buckets + bucket])
        }
      }
      return posterior(logLikelihoods: logs, logPriors: logPriors.map(Double.init))
    }
  }

  private static func forEachBucket(of piece: ArraySlice<Token>, _ body: (Int) -> Void) {
    // The hashes of the n-grams that end with the token before, the shortest first.
    var open: [UInt64] = []
    for token in piece {
      open = ([0] + open.prefix(longest - 1)).enumerated().map { length, hash in
        splitMix64(hash &* 3 &+ UInt64(token) &* 0x1_0000_0001 &+ UInt64(length))
      }
      for hash in open { body(Int(hash % UInt64(buckets))) }
    }
  }
}
