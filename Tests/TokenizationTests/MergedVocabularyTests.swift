import Settings
import TestSupport
import Testing
import Tokenization

@Suite struct MergedVocabularyTests {
  let base = PerformanceVocabulary()

  /// Merging as the definition says: each merge in turn, over the whole sequence, from the left.
  private func naiveMerge(_ tokens: [Token], _ vocabulary: MergedVocabulary) -> [Token] {
    var tokens = tokens
    for (index, merge) in vocabulary.merges.enumerated() {
      var merged: [Token] = []
      var place = 0
      while place < tokens.count {
        if place + 1 < tokens.count, tokens[place] == merge.left, tokens[place + 1] == merge.right {
          merged.append(Token(base.count + index))
          place += 2
        } else {
          merged.append(tokens[place])
          place += 1
        }
      }
      tokens = merged
    }
    return tokens
  }

  /// Learning as the definition says, counting everything anew for each merge.
  private func naiveLearn(_ pieces: [[Token]], count: Int) -> [MergedVocabulary.Merge] {
    var pieces = pieces
    var merges: [MergedVocabulary.Merge] = []
    while merges.count < count {
      var counts: [[Token]: Int] = [:]
      for piece in pieces {
        for pair in zip(piece, piece.dropFirst()) where pair.0 != base.start && pair.1 != base.end {
          counts[[pair.0, pair.1], default: 0] += 1
        }
      }
      let best = counts.min { ($1.value, $0.key[0], $0.key[1]) < ($0.value, $1.key[0], $1.key[1]) }
      guard let best, best.value >= 2 else { break }
      merges.append(.init(best.key[0], best.key[1]))
      let token = Token(base.count + merges.count - 1)
      pieces = pieces.map { piece in
        var merged: [Token] = []
        var place = 0
        while place < piece.count {
          if place + 1 < piece.count, Array(piece[place...place + 1]) == best.key {
            merged.append(token)
            place += 2
          } else {
            merged.append(piece[place])
            place += 1
          }
        }
        return merged
      }
    }
    return merges
  }

  /// Pieces of few different tokens, so that many pairs come often.
  private func pieces(_ generator: inout SeededGenerator) -> [[Token]] {
    (0..<3).map { _ in
      [base.start]
        + (0..<Int.random(in: 0...60, using: &generator)).map { _ in
          [0, 0, 0, 1, 2].randomElement(using: &generator) ?? 0
        } + [base.end]
    }
  }

  @Test func `merges are learned as by counting everything anew`() throws {
    try withEvery(seed: 0..<200) { generator in
      let pieces = pieces(&generator)
      let learned = try MergedVocabulary.learn(from: pieces.map { $0[...] }, base: base, count: 12)
      #expect(learned.merges == naiveLearn(pieces, count: 12))
    }
  }

  @Test func `tokens are merged as one merge after another would`() throws {
    try withEvery(seed: 0..<200) { generator in
      let pieces = pieces(&generator)
      let learned = try MergedVocabulary.learn(from: pieces.map { $0[...] }, base: base, count: 12)
      for piece in pieces {
        let merged = learned.merge(piece)
        #expect(merged == naiveMerge(piece, learned))
        #expect(learned.expand(merged) == piece)
      }
    }
  }

  @Test func `a merged token counts as what it stands for`() throws {
    let vocabulary = try MergedVocabulary(
      base: base, merges: [.init(60, 64), .init(390, 67)])
    #expect(vocabulary.name(of: 391) == "note-on 60, note-on 64, note-on 67")
    #expect(vocabulary.noteCount(of: 391) == 3)
    #expect(vocabulary.baseCount(of: 391) == 3)
    #expect(vocabulary.baseCount(of: 60) == 1)
  }

  @Test(arguments: [
    [MergedVocabulary.Merge(390, 0)], [.init(0, 388)], [.init(389, 0)],
    [.init(0, 1), .init(391, 0)],
  ])
  func `a merge of the start, the end or a later token is refused`(
    _ merges: [MergedVocabulary.Merge]
  ) {
    #expect(throws: VocabularyError.self) {
      try MergedVocabulary(base: base, merges: merges)
    }
  }

  @Test func `merges that double without end are refused`() {
    let merges = [MergedVocabulary.Merge(0, 1)] + (390..<450).map { .init($0, $0) }
    #expect(
      throws: VocabularyError(
        .setting(SettingError("mergedLength", found: 512, expected: "2 to 256")))
    ) { try MergedVocabulary(base: base, merges: merges) }
  }
}
