import Foundation
public import Tokenization

/// What simple counting reaches on held-out pieces, so that a network's loss means something.
public struct Baselines: Hashable, Sendable {
  /// The loss, in nats per token, of predicting each token by its frequency (add-one smoothed).
  public var unigramNats: Double
  /// The loss, in nats per token, of predicting each token from the one before it.
  ///
  /// Smoothed as by Witten and Bell (1991): the unigram's share is the number of different
  /// successors seen.
  public var bigramNats: Double

  /// Counts in some pieces and measures on others; nil where there is nothing to measure on.
  ///
  /// - Parameters:
  ///   - training: the pieces to count in, from their start tokens to their end tokens.
  ///   - heldOut: the pieces to measure on.
  ///   - vocabularySize: the number of tokens.
  public init?(
    training: some Sequence<ArraySlice<Token>>, heldOut: some Sequence<ArraySlice<Token>>,
    vocabularySize: Int
  ) {
    var pairs = PairCounts(vocabularySize: vocabularySize)
    for piece in training {
      for (token, next) in zip(piece, piece.dropFirst()) {
        pairs.add(Int(token) * vocabularySize + Int(next))
      }
    }
    // The pairs tell all else; their counts are whole numbers, so that no order of adding rounds them.
    var unigram = [Double](repeating: 1, count: vocabularySize)
    var contexts = [Double](repeating: 0, count: vocabularySize)
    var successors = [Double](repeating: 0, count: vocabularySize)
    pairs.forEach { pair, count in
      let (token, next) = pair.quotientAndRemainder(dividingBy: vocabularySize)
      unigram[next] += count
      contexts[token] += count
      successors[token] += 1
    }
    let total = unigram.reduce(0, +)
    var unigramSum = 0.0
    var bigramSum = 0.0
    var count = 0
    for piece in heldOut {
      for (token, next) in zip(piece, piece.dropFirst()) {
        let share = unigram[Int(next)] / total
        let seen = pairs[Int(token) * vocabularySize + Int(next)]
        // A token never seen in training has no successors: all is left to the unigram.
        let kinds = max(successors[Int(token)], 1)
        unigramSum -= log(share)
        bigramSum -= log((seen + kinds * share) / (contexts[Int(token)] + kinds))
        count += 1
      }
    }
    guard count > 0 else { return nil }
    unigramNats = unigramSum / Double(count)
    bigramNats = bigramSum / Double(count)
  }
}

/// How often each pair of neighbours comes: in a table where that is small, which is ten times as fast.
private struct PairCounts {
  private var table: [Double]
  private var counts: [Int: Double] = [:]

  private static let largestTable = 1 << 22

  init(vocabularySize: Int) {
    let size = vocabularySize * vocabularySize
    table = size <= Self.largestTable ? Array(repeating: 0, count: size) : []
  }

  /// Counts a pair.
  mutating func add(_ pair: Int) {
    if table.isEmpty {
      counts[pair, default: 0] += 1
    } else {
      table[pair] += 1
    }
  }

  /// Calls a function with each pair that came, and how often it did.
  func forEach(_ body: (_ pair: Int, _ count: Double) -> Void) {
    for (pair, count) in table.enumerated() where count > 0 { body(pair, count) }
    for (pair, count) in counts { body(pair, count) }
  }

  subscript(_ pair: Int) -> Double { table.isEmpty ? counts[pair] ?? 0 : table[pair] }
}
