public import Ranks

/// How fast processes that train together hand each other numbers.
public struct PassingThroughput: Codable, Hashable, Sendable {
  /// A sum of so many numbers over all ranks.
  public struct Sum: Codable, Hashable, Sendable {
    /// How it is added up.
    public var kind: RankSum
    /// How many numbers.
    public var count: Int
    /// The median of its seconds, which the first rank takes.
    public var seconds: Double
  }

  /// How many ranks there are.
  public var ranks: Int
  /// The seconds that a message takes from a rank to the next.
  public var latency: Double
  /// The bytes that a second carries from a rank to the next while as many come back.
  public var bandwidth: Double
  /// The sums.
  public var sums: [Sum]

  /// Measures; all ranks do so together.
  ///
  /// Latency and bandwidth are those of the exact sum of R ranks: one of no numbers takes 2 · (R − 1) latencies, and one of
  /// G bytes, which travel in 4 · R parts, (k + (2R − 3) / 4R) · G / bandwidth more. All but the first and the last rank
  /// send every number in both directions: k is 2, or 1 where there are only these.
  ///
  /// - Parameters:
  ///   - group: the ranks.
  ///   - counts: how many numbers the sums have, the largest last.
  ///   - repeats: how often each is measured.
  /// - Returns: the figures; nil where a rank is gone, which the group's failure tells.
  public static func measure(_ group: RankGroup, counts: [Int], repeats: Int) -> PassingThroughput?
  {
    func seconds(_ count: Int, _ kind: RankSum) -> Double {
      var values = [Float](repeating: 0, count: count)
      var times: [Double] = []
      for turn in 0...max(1, repeats) {
        let time = ContinuousClock().measure {
          _ = group.pass(&values, sum: kind) { range, part in
            for place in part.indices {
              part[place] = (group.leads ? 0 : part[place]) + Float(range.lowerBound + place)
            }
          }
        }
        // The first turn connects.
        if turn > 0 { times.append(time / .seconds(1)) }
      }
      return median(times)
    }
    let empty = seconds(0, .exact)
    let sums = RankSum.allCases.flatMap { kind in
      counts.map { Sum(kind: kind, count: $0, seconds: seconds($0, kind)) }
    }
    guard group.failure == nil, let longest = sums.last(where: { $0.kind == .exact }) else {
      return nil
    }
    let (ranks, bytes) = (Double(group.count), 4 * Double(longest.count))
    return PassingThroughput(
      ranks: group.count, latency: empty / (2 * (ranks - 1)),
      bandwidth: ((ranks > 2 ? 2 : 1) + (2 * ranks - 3) / (4 * ranks)) * bytes
        / max(longest.seconds - empty, 1e-9),
      sums: sums)
  }
}
