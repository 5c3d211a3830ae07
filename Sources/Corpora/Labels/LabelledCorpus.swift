import Reproducibility
public import Settings

/// A corpus in which each piece has a label, and belongs to a work.
public struct LabelledCorpus: Sendable {
  /// The pieces.
  public let corpus: Corpus
  /// The labels, in the order of their bytes.
  public let labels: [String]
  /// The place of each piece's label in ``labels``.
  public let truth: [Int]
  /// The number of each piece's work, that of the first piece of it; near-duplicates are one work.
  public let works: [Int]

  /// Labels the pieces of a corpus.
  ///
  /// - Parameters:
  ///   - corpus: the pieces, each with a label.
  ///   - names: the labels.
  /// - Throws: ``LabelError`` for a piece without a label.
  /// - Complexity: O(n log n) for the n notes of all pieces, the first time.
  public init(_ corpus: Corpus, _ names: PieceLabels) throws(LabelError) {
    var entries: [PieceLabels.Entry] = []
    for piece in corpus.pieces {
      guard let entry = names[piece.source] else {
        throw LabelError(.inNoFolder(others: 0), path: piece.path)
      }
      entries.append(entry)
    }
    self.corpus = corpus
    labels = Set(entries.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    truth = entries.map { places[$0.label] ?? 0 }
    works = joinedPieces(
      sharing: zip(entries, corpus.pieces).map { [$0.work] + $1.works }, joining: corpus.nearGroups)
  }

  /// The same pieces, encoded anew: with merges.
  public init(_ corpus: Corpus, as other: LabelledCorpus) {
    precondition(corpus.pieces.count == other.corpus.pieces.count, "other pieces")
    self.corpus = corpus
    labels = other.labels
    truth = other.truth
    works = other.works
  }

  /// The pieces of each label, rising.
  public var pieces: [[Int]] {
    truth.indices.reduce(into: labels.map { _ in [] }) { $0[truth[$1]].append($1) }
  }

  /// Sixteen hexadecimal digits that are equal for equal files with equal labels in the same order.
  public var digest: String {
    var hash = StableHash()
    hash.combine(Array(corpus.digest.utf8))
    for label in labels { hash.combine(Array(label.utf8) + [0]) }
    for label in truth { hash.combine(label) }
    return hash.state.hexadecimal
  }
}

extension LabelledCorpus {
  /// Parts the pieces into those to train on and those to measure on; no work stands on both sides.
  ///
  /// Of each label about the share asked for is held out, at least one work where it has two; which ones
  /// is drawn by lot from their notes alone, as ``Corpus/split(_:keepingTogether:)`` does it.
  ///
  /// - Parameter heldOut: which pieces to measure on; where they are named, works are not looked at.
  /// - Returns: the two sides.
  /// - Throws: `SettingError` where a name means no piece of the corpus.
  public func split(_ heldOut: HeldOut) throws(SettingError) -> Split {
    guard case .fraction(let fraction) = heldOut else { return try corpus.split(heldOut) }
    guard fraction > 0 else { return Split(train: Array(truth.indices), valid: []) }
    let groups = Dictionary(grouping: truth.indices) { works[$0] }.values.map { pieces in
      (pieces: pieces, lot: pieces.map { corpus.pieces[$0].noteHash }.min().map(splitMix64) ?? 0)
    }.sorted { ($0.lot, $0.pieces[0]) < ($1.lot, $1.pieces[0]) }
    let counts = pieces.map(\.count)
    let wanted = counts.map { max(1, Int((fraction * Double($0)).rounded())) }
    var held = counts.map { _ in 0 }
    var isHeldOut = Set<Int>()
    func sizes(_ group: [Int]) -> [Int: Int] {
      group.reduce(into: [:]) { $0[truth[$1], default: 0] += 1 }
    }
    func holdOut(_ group: [Int]) {
      for (label, size) in sizes(group) { held[label] += size }
      isHeldOut.formUnion(group)
    }
    // Half as much again is the most that a large work may bring.
    for group in groups
    where sizes(group.pieces).allSatisfy({ label, size in
      2 * (held[label] + size) <= 3 * wanted[label] && held[label] + size < counts[label]
    }) && sizes(group.pieces).contains(where: { held[$0.key] < wanted[$0.key] }) {
      holdOut(group.pieces)
    }
    // A label of few and large works has its smallest held out.
    for label in labels.indices where held[label] == 0 {
      let possible = groups.filter { group in
        let sizes = sizes(group.pieces)
        return sizes[label] != nil
          && sizes.allSatisfy { held[$0.key] + $0.value < counts[$0.key] }
      }
      if let least = possible.min(by: { $0.pieces.count < $1.pieces.count }) {
        holdOut(least.pieces)
      }
    }
    return Split(
      train: truth.indices.filter { !isHeldOut.contains($0) }, valid: isHeldOut.sorted())
  }
}
