/// How large a share of pieces' tokens goes on a passage that was heard before in the piece, by where
/// in it they stand: a first bar can quote nothing.
///
/// A token counts where it is what the longest of recall's matches pointed to.
public struct QuotedShares: Hashable, Sendable, Codable {
  /// For the first token, the next two, the next four and so on; those behind the last class are as it.
  public var shares: [Double]

  /// The most classes: a class holds twice the tokens of the one before it.
  private static let classCount = 24

  /// Counts in pieces.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each.
  ///   - recall: which matches are followed.
  ///   - vocabularySize: V.
  /// - Complexity: O(n) for n tokens.
  package init(of pieces: [[Int32]], recall: Recall, vocabularySize: Int) {
    var (quoted, all) = ([Int](), [Int]())
    for piece in pieces {
      var memory = PieceMemory(recall, vocabularySize: vocabularySize)
      for (place, token) in piece.enumerated() {
        let index = Self.index(of: place)
        while all.count <= index {
          quoted.append(0)
          all.append(0)
        }
        all[index] += 1
        if memory.quotation == token { quoted[index] += 1 }
        memory.read(token)
      }
    }
    shares = zip(quoted, all).map { Double($0) / Double($1) }
  }

  /// The share of the tokens at a place, from 0, of a piece.
  package subscript(place: Int) -> Double {
    let index = min(Self.index(of: place), shares.count - 1)
    return index < 0 ? 0 : shares[index]
  }

  private static func index(of place: Int) -> Int {
    min(classCount - 1, Int.bitWidth - 1 - (place + 1).leadingZeroBitCount)
  }
}
