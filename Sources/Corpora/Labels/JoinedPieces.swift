/// Joins pieces that have something in common, and all that is so joined to one of them.
///
/// - Parameters:
///   - names: what each piece shares with others of its work; a piece may have several such texts, or none.
///   - groups: for each piece the number of one to which it belongs in any case.
/// - Returns: for each piece the number of the first to which it is joined.
/// - Complexity: O(n) for n names and pieces, but for the lengths of chains, which are shortened as they are followed.
func joinedPieces(sharing names: [[String]], joining groups: [Int]) -> [Int] {
  var parents = Array(names.indices)
  func root(_ piece: Int) -> Int {
    var piece = piece
    while parents[piece] != piece {
      parents[piece] = parents[parents[piece]]
      piece = parents[piece]
    }
    return piece
  }
  func join(_ left: Int, _ right: Int) {
    let (low, high) = (min(root(left), root(right)), max(root(left), root(right)))
    parents[high] = low
  }
  var firsts: [String: Int] = [:]
  for (piece, names) in names.enumerated() {
    for name in names {
      if let first = firsts[name] { join(piece, first) } else { firsts[name] = piece }
    }
    join(piece, groups[piece])
  }
  return names.indices.map(root)
}
