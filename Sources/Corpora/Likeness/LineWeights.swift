/// How much speaks for each of the lines that have fingerprints in common with one.
///
/// A dictionary would hash each line's number at length, for as many as there are fingerprints in common.
struct LineWeights {
  /// What speaks for one line.
  struct Weight {
    /// The line's number.
    var line: Int
    /// The rarities of the fingerprints in common, added up.
    var sum: Int
    /// How many fingerprints are in common.
    var count: Int
  }

  /// The lines, in the order in which they came.
  private(set) var weights: [Weight] = []
  // A power of two of them, at most half of them taken: which weight stands there; -1 is free.
  private var slots = [Int32](repeating: -1, count: 64)
  /// How many of a number's 64 bits are no part of its slot's.
  private var shift: UInt64 = 58

  /// Adds a fingerprint in common.
  ///
  /// - Parameters:
  ///   - rarity: how much it counts.
  ///   - line: which line has it, too.
  mutating func add(_ rarity: Int, to line: Int) {
    let slot = slot(of: line)
    let place = Int(slots[slot])
    guard place < 0 else {
      weights[place].sum += rarity
      weights[place].count += 1
      return
    }
    slots[slot] = Int32(weights.count)
    weights.append(Weight(line: line, sum: rarity, count: 1))
    if 2 * weights.count > slots.count { grow() }
  }

  /// Where a line stands, or would stand.
  private func slot(of line: Int) -> Int {
    let spread = UInt64(truncatingIfNeeded: line) &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(spread >> shift)
    while slots[slot] >= 0, weights[Int(slots[slot])].line != line {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: 2 * slots.count)
    shift -= 1
    for place in weights.indices { slots[slot(of: weights[place].line)] = Int32(place) }
  }
}
