/// A passage that is heard several times in a row.
package struct Repetition: Hashable, Sendable {
  /// How many tokens it has.
  package let period: Int
  /// How many times it was heard, the last time to its end.
  package let times: Int
  /// The token with which it would go on.
  package let next: Int32
}

/// How many times in a row passages are heard, by how long they are.
public struct RepeatLimits: Hashable, Sendable, Codable {
  /// For passages of 1, of 2 and 3, of 4 to 7 tokens and so on.
  public var times: [Int]

  /// The fewest repeats that are ever too many.
  public static let fewest = 4
  /// Longer passages are as those of so many classes.
  private static let classCount = 12
  /// The share of pieces that may repeat a passage more often.
  private static let share = 0.01

  /// Counts in pieces.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each.
  ///   - recall: which matches are followed.
  ///   - vocabularySize: V.
  /// - Complexity: O(n) for n tokens.
  package init(of pieces: [[Int32]], recall: Recall, vocabularySize: Int) {
    let heard = pieces.map { piece in
      var memory = PieceMemory(recall, vocabularySize: vocabularySize)
      var most = [Int](repeating: 1, count: Self.classCount)
      for token in piece {
        memory.read(token)
        for repetition in memory.repetitions {
          let place = Self.place(of: repetition.period)
          most[place] = max(most[place], repetition.times)
        }
      }
      return most
    }
    times = (0..<Self.classCount).map { place in
      let sorted = heard.map { $0[place] }.sorted()
      guard !sorted.isEmpty else { return Self.fewest }
      let rank = Int((1 - Self.share) * Double(sorted.count))
      return max(Self.fewest, sorted[min(rank, sorted.count - 1)])
    }
  }

  /// Whether a passage has been heard as often as pieces go.
  package func isReached(by repetition: Repetition) -> Bool {
    let place = Self.place(of: repetition.period)
    return repetition.times >= (place < times.count ? max(1, times[place]) : Self.fewest)
  }

  private static func place(of period: Int) -> Int {
    min(classCount - 1, Int.bitWidth - 1 - max(1, period).leadingZeroBitCount)
  }
}
