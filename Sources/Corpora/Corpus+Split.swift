extension Corpus {
  /// The pieces that are the same music, also transposed, at another tempo or with other velocities:
  /// each list of two pieces or more by index.
  public var duplicates: [[Int]] {
    Dictionary(grouping: pieces.indices) { pieces[$0].noteHash }.values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  /// Parts the pieces into those to train on and those to validate on.
  ///
  /// - Parameter heldOut: which ones to validate on.
  /// - Returns: the indices of the pieces to train on and of those to validate on, rising.
  public func split(_ heldOut: HeldOut) -> (train: [Int], valid: [Int]) {
    switch heldOut {
    case .fraction(let fraction): return split(validationFraction: fraction)
    case .folder:
      let isHeldOut = pieces.map { heldOut.names($0.path) }
      return (
        train: pieces.indices.filter { !isHeldOut[$0] },
        valid: pieces.indices.filter { isHeldOut[$0] }
      )
    }
  }

  /// Parts the pieces by lot.
  ///
  /// Each piece's lot depends on its notes alone, so it keeps it when files are added, moved or
  /// renamed, and the same music falls to one side, also transposed. The fraction is therefore met
  /// only on average; but where there is anything to part, neither side is empty.
  ///
  /// - Parameter validationFraction: the share of pieces to validate on, 0 to 1.
  /// - Returns: the indices of the pieces to train on and of those to validate on, rising.
  private func split(validationFraction: Double) -> (train: [Int], valid: [Int]) {
    let lots = pieces.map { Double(StableHash.mix($0.noteHash) >> 11) * 0x1p-53 }
    var threshold = validationFraction
    let distinct = Set(lots).sorted()
    if validationFraction > 0, validationFraction < 1, distinct.count > 1 {
      let least = distinct[0].nextUp
      let most = distinct[distinct.count - 1]
      threshold = min(max(threshold, least), most)
    } else if validationFraction < 1 {
      // One tune alone is there to be learned.
      threshold = 0
    }
    return (
      train: pieces.indices.filter { lots[$0] >= threshold },
      valid: pieces.indices.filter { lots[$0] < threshold }
    )
  }
}
