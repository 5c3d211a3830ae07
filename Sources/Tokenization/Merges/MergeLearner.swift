extension MergedVocabulary {
  /// Learns merges: again and again the most frequent pair of neighbours becomes a token.
  ///
  /// The same pieces give the same merges: of pairs equally frequent the one of lower tokens comes
  /// first. No merge crosses the start or the end of a piece.
  ///
  /// - Parameters:
  ///   - pieces: the base vocabulary's tokens of each piece.
  ///   - base: the vocabulary of the tokens that are merged.
  ///   - count: how many merges to learn; fewer where no pair comes often enough.
  ///   - minimumCount: how often a pair has to come to become a token.
  /// - Returns: the vocabulary with the merges.
  /// - Throws: ``VocabularyError`` where the base vocabulary and the merges are too many tokens.
  /// - Complexity: about O(n log n) in the number of tokens, whatever the number of merges.
  public static func learn(
    from pieces: some Sequence<ArraySlice<Token>>, base: any Vocabulary, count: Int,
    minimumCount: Int = 2
  ) throws(VocabularyError) -> MergedVocabulary {
    var learner = MergeLearner(pieces, base: base)
    let merges = learner.learn(count: count, minimumCount: minimumCount)
    return try MergedVocabulary(base: base, merges: merges)
  }
}

/// Counts pairs of neighbours, and keeps the counts while pairs become tokens.
private struct MergeLearner {
  private let firstToken: Int
  private let barriers: (Token, Token)
  private var line: TokenLine
  private var counts: [UInt32: Int] = [:]
  /// Where each pair stands or once stood.
  private var places: [UInt32: [Int32]] = [:]
  /// Pairs by count, the most frequent first, as (2^31 - count) · 2^32 + pair; some are outdated.
  private var queue = MinimumHeap()
  /// How many base tokens each merge stands for.
  private var lengths: [Int] = []

  init(_ pieces: some Sequence<ArraySlice<Token>>, base: any Vocabulary) {
    firstToken = base.count
    barriers = (base.start, base.end)
    line = TokenLine(pieces.flatMap { $0 })
    for place in line.tokens.indices { note(place) }
    for (pair, count) in counts { queue.insert(Self.entry(pair, count)) }
  }

  private static func entry(_ pair: UInt32, _ count: Int) -> UInt64 {
    UInt64(1 << 31 - count) << 32 | UInt64(pair)
  }

  private func pair(at place: Int) -> UInt32? {
    guard let next = line.next(place) else { return nil }
    let left = line.tokens[place]
    let right = line.tokens[next]
    let isBarrier =
      left == barriers.0 || left == barriers.1 || right == barriers.0 || right == barriers.1
    return isBarrier ? nil : PairMerger.key(left, right)
  }

  @discardableResult private mutating func note(_ place: Int) -> UInt32? {
    guard let pair = pair(at: place) else { return nil }
    counts[pair, default: 0] += 1
    places[pair, default: []].append(Int32(place))
    return pair
  }

  private mutating func forget(_ place: Int) {
    guard let pair = pair(at: place) else { return }
    counts[pair, default: 0] -= 1
  }

  private func length(of token: Token) -> Int {
    Int(token) < firstToken ? 1 : lengths[Int(token) - firstToken]
  }

  mutating func learn(count: Int, minimumCount: Int) -> [MergedVocabulary.Merge] {
    var merges: [MergedVocabulary.Merge] = []
    while merges.count < count, let entry = queue.removeLeast() {
      let pair = UInt32(truncatingIfNeeded: entry)
      let present = counts[pair, default: 0]
      guard entry == Self.entry(pair, present) else {
        // Its count has fallen since; it waits for its turn with the present one.
        if present >= minimumCount { queue.insert(Self.entry(pair, present)) }
        continue
      }
      guard present >= minimumCount else { break }
      let left = Token(truncatingIfNeeded: pair >> 16)
      let right = Token(truncatingIfNeeded: pair)
      let length = length(of: left) + length(of: right)
      guard length <= MergedVocabulary.longestExpansion else { continue }
      lengths.append(length)
      replace(pair, by: Token(firstToken + merges.count))
      merges.append(MergedVocabulary.Merge(left, right))
    }
    return merges
  }

  private mutating func replace(_ pair: UInt32, by token: Token) {
    var grown: Set<UInt32> = []
    for place in (places.removeValue(forKey: pair) ?? []).sorted().map(Int.init) {
      guard line.isAlive(place), self.pair(at: place) == pair, let next = line.next(place) else {
        continue
      }
      let previous = line.previous(place)
      if let previous { forget(previous) }
      forget(place)
      forget(next)
      line.merge(place, into: token)
      if let previous, let new = note(previous) { grown.insert(new) }
      if let new = note(place) { grown.insert(new) }
    }
    for pair in grown { queue.insert(Self.entry(pair, counts[pair, default: 0])) }
  }
}
