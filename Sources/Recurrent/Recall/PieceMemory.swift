/// The tokens of a piece so far, and where in it the present one is found again.
///
/// A value that costs the same for each token, however long the piece is, and that may be copied
/// freely: copies share what neither has changed.
package struct PieceMemory: Hashable, Sendable {
  private var tokens = PagedArray<Int32>()
  private var matches: [Match]
  private let vocabularySize: Int

  /// Remembers nothing yet.
  package init(_ recall: Recall, vocabularySize: Int) {
    self.vocabularySize = vocabularySize
    matches = recall.lengths.map { Match(least: $0) }
  }

  /// How many rows of the input table are read beside a token's.
  var lookupCount: Int { matches.count + 1 }

  /// Takes the next token of the piece.
  package mutating func read(_ token: Int32) {
    tokens.append(token)
    for index in matches.indices { matches[index].follow(tokens) }
  }

  /// Forgets the piece.
  mutating func clear() {
    tokens = PagedArray()
    for index in matches.indices { matches[index] = Match(least: matches[index].least) }
  }

  /// The place that the longest-founded match points to; nil where there is none.
  package var candidatePlace: Int? { matches.last { $0.place != nil }?.place }

  /// The place that the match of the greatest least length points to: what stands there goes on a passage of
  /// so many tokens as it went on before; nil where there is none.
  package var quotationPlace: Int? { matches.last?.place }

  /// What stands at ``candidatePlace``.
  package var candidate: Int32? { candidatePlace.map { tokens[$0] } }

  /// What stands at ``quotationPlace``.
  package var quotation: Int32? { quotationPlace.map { tokens[$0] } }

  /// How many tokens were read.
  package var count: Int { tokens.count }

  /// The token at a place, from 0.
  package subscript(place: Int) -> Int32 { tokens[place] }

  /// The row of the input table that a look-up after the last token reads: each match's candidate,
  /// then all matches' lengths.
  ///
  /// - Parameters:
  ///   - lookup: which look-up, from 0.
  ///   - isHidden: whether a match is told as if there were none.
  /// - Returns: the row's number.
  func row(_ lookup: Int, isHidden: (_ match: Int) -> Bool) -> Int32 {
    let first = Recall.firstRow(ofLookup: lookup, vocabularySize: vocabularySize)
    guard lookup == matches.count else {
      let none = Int32(vocabularySize)
      let candidate = isHidden(lookup) ? none : matches[lookup].place.map { tokens[$0] } ?? none
      return Int32(first) + candidate
    }
    var place = 0
    for index in matches.indices.reversed() {
      let match = matches[index]
      place =
        place * Recall.classCount
        + (isHidden(index) ? 0 : Recall.lengthClass(match.length, least: match.least))
    }
    return Int32(first + place)
  }
}

/// The last place in a piece before which the same tokens stood as now.
private struct Match: Hashable, Sendable {
  /// The fewest tokens that must agree.
  let least: Int
  /// The place of the candidate; nil where there is no match.
  private(set) var place: Int?
  /// How many tokens agree, where the match was found counted as far as lengths are told apart only;
  /// 0 without a match.
  private(set) var length = 0
  private var table: PlaceTable

  init(least: Int) {
    self.least = least
    table = PlaceTable(length: least)
  }

  /// Goes on with the piece's last token.
  ///
  /// A match is kept as long as the piece goes on as it did there, and else looked up anew.
  mutating func follow(_ tokens: PagedArray<Int32>) {
    if let known = place {
      let agrees = tokens[known] == tokens[tokens.count - 1]
      place = agrees ? known + 1 : nil
      length = agrees ? length + 1 : 0
    }
    guard tokens.count >= least, let found = table.exchange(in: tokens), place == nil else {
      return
    }
    place = found
    length = least
    let longest = Recall.longest(least: least)
    while length < min(found, longest),
      tokens[found - 1 - length] == tokens[tokens.count - 1 - length]
    { length += 1 }
  }
}
