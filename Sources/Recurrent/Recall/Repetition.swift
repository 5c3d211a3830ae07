/// A passage that is heard several times in a row.
package struct Repetition: Hashable, Sendable {
  /// How many tokens it has.
  package let period: Int
  /// How many tokens were heard of it in a row, the first time among them.
  package let reach: Int
  /// The token with which it would go on.
  package let next: Int32

  /// How many times it was heard, the last time to its end.
  package var times: Int { reach / period }
}

/// Follows which passages have just been heard several times in a row.
///
/// For each period it counts for how long the piece has been what it was so many tokens before. That is exact,
/// whatever passages are made of, and takes an operation for each of the last tokens that is the same: far fewer
/// than a step of any network.
package struct RepetitionCounter: Hashable, Sendable {
  /// The longest passage that is followed, in tokens: eight bars of most music.
  package static let longestPeriod = 512

  /// Tokens that are those of a period before.
  private struct Run: Hashable {
    /// How many there were in a row.
    var length: Int
    /// The number of the last.
    var last: Int
  }

  /// How many tokens were read.
  private var count = 0
  /// The last tokens, each at the place of its number modulo ``longestPeriod``.
  private var recent = [Int32](repeating: 0, count: longestPeriod)
  /// For each of them, the number of the one before that is the same; -1 where there was none.
  private var before = [Int](repeating: -1, count: longestPeriod)
  /// The number of each token's last occurrence.
  private var latest: [Int32: Int] = [:]
  /// Where the piece last agreed with itself, for each period from 1.
  private var runs = [Run](repeating: Run(length: 0, last: -1), count: longestPeriod)
  /// The periods in which the last token is what it was before, the shortest first.
  private var periods: [Int] = []

  /// Begins a piece.
  package init() {}

  /// Takes the piece's next token.
  ///
  /// - Complexity: O(k) where the last ``longestPeriod`` tokens have it k times.
  package mutating func read(_ token: Int32) {
    periods.removeAll(keepingCapacity: true)
    let last = latest[token] ?? -1
    var place = last
    while place >= 0, count - place <= Self.longestPeriod {
      let period = count - place
      let run = runs[period - 1]
      let length = run.last == count - 1 ? run.length + 1 : 1
      runs[period - 1] = Run(length: length, last: count)
      periods.append(period)
      place = before[place % Self.longestPeriod]
    }
    recent[count % Self.longestPeriod] = token
    before[count % Self.longestPeriod] = last
    latest[token] = count
    count += 1
  }

  /// The passages that have just been heard more than once in a row, the shortest first; one that is itself
  /// a shorter one several times is not told.
  package var repetitions: [Repetition] { passages { _, _ in false } }

  /// The ``repetitions``, and passages of which only a part was heard again.
  ///
  /// - Parameter isMeant: whether one of these is told, by how many tokens it has and how many were heard of it in a
  ///   row.
  /// - Returns: the passages, the shortest first.
  package func passages(
    orBegun isMeant: (_ period: Int, _ reach: Int) -> Bool
  ) -> [Repetition] {
    var found: [Repetition] = []
    for period in periods {
      let reach = period + runs[period - 1].length
      guard reach >= 2 * period || isMeant(period, reach) else { continue }
      let isTold = found.contains { period % $0.period == 0 && $0.reach >= reach }
      if isTold { continue }
      found.append(
        Repetition(period: period, reach: reach, next: token(after: 0, inPeriod: period)))
    }
    return found
  }

  /// A token of those to come where the piece keeps to a period.
  ///
  /// - Parameters:
  ///   - distance: how many tokens come before it.
  ///   - period: the period, of one of the ``passages(orBegun:)``.
  /// - Returns: the token.
  package func token(after distance: Int, inPeriod period: Int) -> Int32 {
    recent[(count - period + distance % period) % Self.longestPeriod]
  }
}

/// How many times in a row passages are heard, by how long they are.
public struct RepeatLimits: Hashable, Sendable, Codable {
  /// For passages of 1, of 2 and 3, of 4 to 7 tokens and so on.
  public var times: [Int]
  /// True where of tokens that merge others these were counted; nil where none do, and in files of before.
  public var takesMergesApart: Bool?

  /// The fewest repeats that are ever too many.
  public static let fewest = 4
  /// Longer passages are as those of so many classes.
  private static let classCount = 12
  /// The share of pieces that may repeat a passage more often.
  private static let share = 0.01

  /// Counts in pieces.
  ///
  /// - Parameter pieces: the tokens of each.
  /// - Complexity: O(n) for n tokens.
  package init(of pieces: [[Int32]]) {
    let heard = pieces.map { piece in
      var counter = RepetitionCounter()
      var most = [Int](repeating: 1, count: Self.classCount)
      for token in piece {
        counter.read(token)
        for repetition in counter.repetitions {
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

  /// How many tokens more make a passage heard as often as pieces go; 0 where it has been.
  ///
  /// - Parameters:
  ///   - period: how many tokens it has.
  ///   - reach: how many were heard of it in a row.
  /// - Returns: the number of tokens.
  package func tokensLeft(ofPeriod period: Int, reach: Int) -> Int {
    let place = Self.place(of: period)
    // Less than twice is not in a row.
    let most = place < times.count ? max(2, times[place]) : Self.fewest
    let (whole, isTooMuch) = most.multipliedReportingOverflow(by: period)
    return isTooMuch ? .max : max(0, whole - reach)
  }

  private static func place(of period: Int) -> Int {
    min(classCount - 1, Int.bitWidth - 1 - max(1, period).leadingZeroBitCount)
  }
}
