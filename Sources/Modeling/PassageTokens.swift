import Music
package import Tokenization

/// Which tokens make a passage what is heard again: what is struck, and when.
///
/// A bar whose notes are a little shorter or softer than before is the same bar to whoever has heard it six times. So
/// it is where other tokens merge it: passages are made of the tokens that are merged.
package struct PassageTokens: Hashable, Sendable {
  /// What each token tells of a passage: itself or what it merges.
  private let parts: [[Int32]]
  /// The tokens that tell something of one, in the order of their parts.
  private let sorted: [Token]
  /// Whether a part begins a note.
  private let strikes: [Bool]
  /// Whether some tokens merge others.
  package let areMerged: Bool
  /// How many parts a token has at most.
  package let mostParts: Int

  /// Looks through a vocabulary.
  package init(_ vocabulary: any Vocabulary) {
    let merged = vocabulary.withoutConditions as? MergedVocabulary
    let base = merged?.base ?? vocabulary
    let events = (0..<base.count).map { base.events(of: Token($0)) }
    let areHeard = events.map { $0.contains(where: Self.isHeard) }
    let parts = (0..<vocabulary.count).map { number -> [Int32] in
      let token = Token(number)
      let told = merged?.expand(CollectionOfOne(token)) ?? [token]
      return told.filter { areHeard[Int($0)] }.map { Int32($0) }
    }
    let telling = (0..<vocabulary.count).filter { !parts[$0].isEmpty }
    self.parts = parts
    sorted = telling.sorted { parts[$0].lexicographicallyPrecedes(parts[$1]) }.map { Token($0) }
    strikes = events.map { $0.contains(where: \.isStrike) }
    areMerged = merged != nil
    mostParts = parts.map(\.count).max() ?? 0
  }

  private static func isHeard(_ event: TokenEvent) -> Bool {
    switch event {
    case .duration, .tempo, .metre, .controller, .other: false
    default: true
    }
  }

  /// What a token tells of a passage, one after the other; passages that differ in it are different ones.
  package func parts(of token: Token) -> [Int32] { parts[Int(token)] }

  /// Whether a note begins with a part.
  package func isStrike(_ part: Int32) -> Bool { strikes[Int(part)] }

  /// The tokens that tell some parts, whatever they tell behind them.
  ///
  /// - Parameters:
  ///   - count: how many parts.
  ///   - part: the part at each place.
  /// - Returns: the tokens.
  /// - Complexity: O(count · log n) for n tokens.
  package func tokens(telling count: Int, _ part: (Int) -> Int32) -> ArraySlice<Token> {
    var found = sorted.indices
    for place in 0..<count where !found.isEmpty {
      let wanted = part(place)
      // Those that tell no more than the parts before come first.
      let lower = sorted.partitioningIndex(in: found) { token in
        let told = parts[Int(token)]
        return place < told.count && told[place] >= wanted
      }
      let upper = sorted.partitioningIndex(in: lower..<found.upperBound) { token in
        parts[Int(token)][place] > wanted
      }
      found = lower..<upper
    }
    return sorted[found]
  }
}
