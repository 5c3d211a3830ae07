/// Replaces pairs of tokens by what stands for them, earlier merges first and each from the left.
struct PairMerger: Sendable {
  private let ranks: [UInt32: Int]
  private let firstToken: Int

  init(_ merges: [MergedVocabulary.Merge], firstToken: Int) {
    self.firstToken = firstToken
    ranks = Dictionary(
      merges.enumerated().map { (Self.key($1.left, $1.right), $0) }, uniquingKeysWith: min)
  }

  static func key(_ left: Token, _ right: Token) -> UInt32 { UInt32(left) << 16 | UInt32(right) }

  func merge(_ tokens: [Token]) -> [Token] {
    guard !ranks.isEmpty, tokens.count > 1 else { return tokens }
    var line = TokenLine(tokens)
    // What can be merged, as rank · 2^32 + place, so that the least comes next.
    var queue = MinimumHeap()
    for place in 0..<tokens.count - 1 {
      if let rank = ranks[Self.key(tokens[place], tokens[place + 1])] {
        queue.insert(UInt64(rank) << 32 | UInt64(place))
      }
    }
    while let next = queue.removeLeast() {
      let rank = Int(next >> 32)
      let place = Int(next & 0xFFFF_FFFF)
      // The place may have been merged otherwise since it was put into the queue.
      guard line.isAlive(place), let after = line.next(place),
        ranks[Self.key(line.tokens[place], line.tokens[after])] == rank
      else { continue }
      line.merge(place, into: Token(firstToken + rank))
      for left in [line.previous(place), place] {
        guard let left, let right = line.next(left),
          let rank = ranks[Self.key(line.tokens[left], line.tokens[right])]
        else { continue }
        queue.insert(UInt64(rank) << 32 | UInt64(left))
      }
    }
    return line.remaining
  }
}

/// Tokens in a doubly linked list, in which two neighbours can become one.
struct TokenLine {
  private(set) var tokens: [Token]
  private var after: [Int32]
  private var before: [Int32]

  init(_ tokens: [Token]) {
    self.tokens = tokens
    after = (0..<Int32(tokens.count)).map { $0 + 1 < tokens.count ? $0 + 1 : -1 }
    before = (0..<Int32(tokens.count)).map { $0 - 1 }
  }

  func isAlive(_ place: Int) -> Bool { before[place] >= -1 }
  func next(_ place: Int) -> Int? { after[place] >= 0 ? Int(after[place]) : nil }
  func previous(_ place: Int) -> Int? { before[place] >= 0 ? Int(before[place]) : nil }

  /// Puts one token in the place of two.
  mutating func merge(_ place: Int, into token: Token) {
    let gone = Int(after[place])
    tokens[place] = token
    after[place] = after[gone]
    if after[gone] >= 0 { before[Int(after[gone])] = Int32(place) }
    before[gone] = -2
  }

  var remaining: [Token] { tokens.indices.filter(isAlive).map { tokens[$0] } }
}

/// Numbers of which the least comes out first.
struct MinimumHeap {
  private var values: [UInt64] = []

  mutating func insert(_ value: UInt64) {
    values.append(value)
    var child = values.count - 1
    while child > 0, values[child] < values[(child - 1) / 2] {
      values.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeLeast() -> UInt64? {
    guard let least = values.first, let last = values.popLast() else { return nil }
    guard !values.isEmpty else { return least }
    values[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < values.count && values[child] < values[least] { least = child }
      if least == parent { break }
      values.swapAt(parent, least)
      parent = least
    }
    return least
  }
}
