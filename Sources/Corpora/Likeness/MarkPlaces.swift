/// Where a line has each of its fingerprints, looked up by their hashes.
struct MarkPlaces {
  // A power of two of them, at most half of them taken: a hash above, and below it the number of the note that it
  // begins with and 1; 0 is free.
  private var slots: [UInt64]

  /// Takes the fingerprints of a line, of which no two have the same hash.
  ///
  /// - Complexity: O(n) for n fingerprints.
  init(_ marks: [Fingerprints.Mark]) {
    var count = 16
    while count < 2 * marks.count { count *= 2 }
    slots = Array(repeating: 0, count: count)
    for mark in marks {
      var slot = Int(mark.hash) & (count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
      slots[slot] = UInt64(mark.hash) << 32 | UInt64(mark.note + 1)
    }
  }

  /// The number of the note that a fingerprint begins with; nil where the line does not have it.
  subscript(hash: UInt32) -> Int? {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      if slots[slot] >> 32 == UInt64(hash) { return Int(slots[slot] & 0xFFFF_FFFF) - 1 }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }
}
