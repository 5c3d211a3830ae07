import Foundation
import Tokenization

/// How a vocabulary tells a corpus: how many tokens of which kind, and how evenly.
public struct TokenStatistics: Hashable, Sendable {
  /// How often each token comes.
  public private(set) var counts: [Int]
  /// How often tokens of each kind come, the most frequent first.
  public private(set) var kinds: [KindCount]
  /// The numbers of tokens of all pieces, rising.
  public private(set) var lengths: [Int]
  /// The entropy of a token by itself, in bits.
  public private(set) var entropy: Double
  /// The entropy of a token given the one before, in bits.
  public private(set) var conditionalEntropy: Double

  /// How often tokens of one kind come.
  public struct KindCount: Hashable, Sendable {
    /// The kind, such as `note-on`.
    public var kind: String
    /// How many tokens of the corpus are of it.
    public var count: Int
  }

  /// Counts the tokens of a corpus.
  ///
  /// - Parameter corpus: the corpus.
  /// - Complexity: O(n) in the number of tokens.
  public init(_ corpus: Corpus) {
    let vocabulary = corpus.vocabulary
    counts = Array(repeating: 0, count: vocabulary.count)
    var pairs: [UInt32: Int] = [:]
    for piece in corpus.pieces.indices {
      var previous: Token?
      for token in corpus.tokens(ofPiece: piece) {
        counts[Int(token)] += 1
        if let previous { pairs[UInt32(previous) << 16 | UInt32(token), default: 0] += 1 }
        previous = token
      }
    }
    var byKind: [String: Int] = [:]
    for (token, count) in counts.enumerated() where count > 0 {
      byKind[vocabulary.kind(of: Token(token)), default: 0] += count
    }
    kinds = byKind.map { KindCount(kind: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
    lengths = corpus.pieces.map(\.tokens.count).sorted()
    entropy = Self.entropy(counts)
    // H(second | first) = H(first, second) - H(first), over the tokens that have a successor.
    var firsts: [UInt32: Int] = [:]
    for (pair, count) in pairs { firsts[pair >> 16, default: 0] += count }
    conditionalEntropy = max(0, Self.entropy(pairs.values) - Self.entropy(firsts.values))
  }

  private static func entropy(_ counts: some Collection<Int>) -> Double {
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return 0 }
    // Sorted, so that the rounding of the sum does not depend on a dictionary's order.
    return counts.filter { $0 > 0 }.sorted().reduce(0) { sum, count in
      let probability = Double(count) / total
      return sum - probability * log2(probability)
    }
  }
}
