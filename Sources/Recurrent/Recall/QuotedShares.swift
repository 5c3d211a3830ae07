/// How large a share of pieces' tokens goes on a passage that was heard before in the piece, by where in
/// it they stand: a first bar can quote nothing.
///
/// A token counts where it is what the longest of recall's matches pointed to.
public struct QuotedShares: Hashable, Sendable, Codable {
  /// For the first token, the next two, the next four and so on; those behind the last class are as it.
  public var shares: [Double]
  /// The same of each of these classes by how far back the passage stands; nil where nobody counted.
  ///
  /// Distances are in bars where the vocabulary tells them, else in frames, from 0; else in doublings of tokens,
  /// from 1.
  public var distances: [[Double]]?

  /// The most classes: a class holds twice the tokens of the one before it.
  private static let classCount = 24

  /// Counts in pieces.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each.
  ///   - recall: which matches are followed.
  ///   - vocabularySize: V.
  ///   - scale: in what distances are told.
  /// - Complexity: O(n) for n tokens.
  package init(
    of pieces: [[Int32]], recall: Recall, vocabularySize: Int,
    scale: QuotationScale = QuotationScale()
  ) {
    var all: [Int] = []
    var quoted: [[Int]] = []
    for piece in pieces {
      var memory = PieceMemory(recall, vocabularySize: vocabularySize)
      var ruler = QuotationRuler(scale)
      for (place, token) in piece.enumerated() {
        let index = Self.index(of: place)
        while all.count <= index {
          all.append(0)
          quoted.append([])
        }
        all[index] += 1
        if memory.quotation == token, let place = memory.quotationPlace {
          let distance = ruler.distanceClass(to: place)
          let missing = distance + 1 - quoted[index].count
          if missing > 0 { quoted[index] += [Int](repeating: 0, count: missing) }
          quoted[index][distance] += 1
        }
        memory.read(token)
        ruler.read(token)
      }
    }
    shares = zip(quoted, all).map { Double($0.reduce(0, +)) / Double($1) }
    // Five digits are more than so few pieces can tell.
    distances = zip(quoted, all).map { quoted, all in
      quoted.map { (1e5 * Double($0) / Double(all)).rounded() / 1e5 }
    }
  }

  /// Whether shares are there for a controller to go by.
  public var isPossible: Bool {
    ([shares] + (distances ?? [])).allSatisfy { $0.allSatisfy { (0...1).contains($0) } }
      && (distances ?? []).allSatisfy { $0.count <= QuotationScale.classCount }
  }

  /// How many distances are told apart, the last of them farther than any passage was quoted from; 1 where
  /// none are.
  package var distanceCount: Int { distances.map { ($0.map(\.count).max() ?? 0) + 1 } ?? 1 }

  /// The shares of the tokens at a place, from 0, of a piece, by their distance.
  package subscript(place: Int) -> [Double] {
    let index = Self.index(of: place)
    if let distances, !distances.isEmpty { return distances[min(index, distances.count - 1)] }
    return shares.isEmpty ? [] : [shares[min(index, shares.count - 1)]]
  }

  private static func index(of place: Int) -> Int {
    min(classCount - 1, Int.bitWidth - 1 - (place + 1).leadingZeroBitCount)
  }
}
