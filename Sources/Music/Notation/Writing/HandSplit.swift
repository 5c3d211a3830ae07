/// Divides what one keyboard plays between two hands.
///
/// For each moment at which notes begin, a boundary between the hands is chosen: so that each hand reaches
/// what it holds, the boundary moves little and stays near middle C. The best sequence of boundaries is found
/// by dynamic programming.
enum HandSplit {
  /// The boundaries: the lowest pitch of the right hand.
  private static let boundaries = Array(43...77)
  /// What a hand reaches, in semitones.
  private static let reach = 14

  /// Of each note, whether the left hand plays it.
  ///
  /// - Parameter notes: the notes, by onset.
  /// - Returns: a hand for each note.
  /// - Complexity: O(*n*) in the number of notes.
  static func leftHand(_ notes: [GridNote]) -> [Bool] {
    var groups: [Range<Int>] = []
    var start = 0
    for index in notes.indices
    where index + 1 == notes.count || notes[index + 1].onset != notes[index].onset {
      groups.append(start..<index + 1)
      start = index + 1
    }
    var costs = [Double](repeating: 0, count: boundaries.count)
    var choices: [[UInt8]] = []
    choices.reserveCapacity(groups.count)
    for group in groups {
      var pitches = notes[group].map { Int($0.pitch) }
      pitches.sort()
      // The way from one boundary to the next costs as much as it is long: two sweeps find the best.
      var reached = costs
      var origins = (0..<boundaries.count).map { UInt8($0) }
      for index in boundaries.indices.dropFirst() where reached[index - 1] + step < reached[index] {
        reached[index] = reached[index - 1] + step
        origins[index] = origins[index - 1]
      }
      for index in boundaries.indices.dropLast().reversed()
      where reached[index + 1] + step < reached[index] {
        reached[index] = reached[index + 1] + step
        origins[index] = origins[index + 1]
      }
      for (index, boundary) in boundaries.enumerated() {
        costs[index] = reached[index] + cost(of: boundary, pitches)
      }
      choices.append(origins)
    }
    var isLeft = [Bool](repeating: false, count: notes.count)
    var best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    for (group, origins) in zip(groups, choices).reversed() {
      for index in group { isLeft[index] = Int(notes[index].pitch) < boundaries[best] }
      best = Int(origins[best])
    }
    return isLeft
  }

  /// What a semitone costs by which the boundary moves.
  private static let step = 0.15

  private static func cost(of boundary: Int, _ pitches: [Int]) -> Double {
    let middle = pitches.partitioningIndex { $0 >= boundary }
    let (left, right) = (pitches[..<middle], pitches[middle...])
    var cost = 0.02 * Double(abs(boundary - 60))
    for hand in [left, right] {
      guard let lowest = hand.first, let highest = hand.last else { continue }
      cost += Double(max(highest - lowest - reach, 0)) + 0.05 * Double(highest - lowest)
      // More than five notes are more than a hand has.
      cost += 3 * Double(max(hand.count - 5, 0))
    }
    if let lowest = right.first, lowest < 48 { cost += 0.2 * Double(48 - lowest) }
    if let highest = left.last, highest > 72 { cost += 0.2 * Double(highest - 72) }
    // A boundary at a note is one that the next chord may cross.
    if let highest = left.last, let lowest = right.first, lowest - highest < 3 { cost += 0.3 }
    return cost
  }
}
