import Music

/// A line of notes as what is compared of it: pitches, and fingerprints of its short passages.
///
/// A fingerprint is a hash of a few successive steps of a `NoteLine`, so transposition and tempo do not
/// change it. Of a short line all are kept, of a long one those that winnowing picks: whatever passage
/// of nine notes two lines share, they share a fingerprint in it.
///
/// - Reference: Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document
///   Fingerprinting" (2003).
struct Fingerprints: Sendable {
  /// A passage's hash, and the number of its first note.
  struct Mark: Sendable {
    var hash: UInt32
    var note: Int32
  }

  /// The fingerprints, each once, where it stands first.
  private(set) var marks: [Mark] = []

  /// Of each note, whether a passage that ends with it stands there first: what comes back says nothing
  /// new, so that an ostinato counts for as little as its figure.
  private(set) var isNew: [Bool]

  private static let length = 5
  private static let window = 4
  /// Lines of fewer steps than this keep all fingerprints.
  private static let longLine = 256
  /// Of tunes as short as this also those of three steps count: a changed note leaves little else.
  private static let shortLine = 64
  private static let shortLength = 3

  /// Takes the fingerprints of a line.
  ///
  /// - Parameter steps: the line's steps.
  /// - Complexity: O(n) for n steps.
  init(_ steps: [Int16]) {
    let hashes = Self.hashes(of: steps, length: Self.length)
    var seen = HashSet(capacity: Self.expectedCount(ofSteps: steps.count))
    isNew = [Bool](repeating: true, count: steps.count + 1)
    var known = HashSet(capacity: hashes.count)
    for (note, hash) in hashes.enumerated() {
      isNew[note + Self.length] = known.insert(hash)
    }
    if steps.count < Self.longLine {
      for (note, hash) in hashes.enumerated() { keep(hash, at: note, unless: &seen) }
    } else {
      var least = -1
      for start in 0...hashes.count - Self.window {
        let last = least
        // Of a window that still has the least of the one before only the end is new.
        var place = start + Self.window - 1
        if last < start { (least, place) = (start, start + 1) }
        // The last of the least: a run of equal ones then gives few.
        while place < start + Self.window {
          if hashes[place] <= hashes[least] { least = place }
          place += 1
        }
        if least != last { keep(hashes[least], at: least, unless: &seen) }
      }
    }
    guard steps.count < Self.shortLine else { return }
    for (note, hash) in Self.hashes(of: steps, length: Self.shortLength).enumerated() {
      keep(hash, at: note, unless: &seen)
    }
  }

  /// How many fingerprints a line of so many steps has, about.
  static func expectedCount(ofSteps count: Int) -> Int {
    // Winnowing keeps two of five: of windows of four hashes, 2 / (4 + 1) are the lowest somewhere.
    count >= longLine ? 2 * count / 5 : count >= shortLine ? count : 2 * count
  }

  private mutating func keep(_ hash: UInt32, at note: Int, unless seen: inout HashSet) {
    if seen.insert(hash) { marks.append(Mark(hash: hash, note: Int32(note))) }
  }

  private static func hashes(of steps: [Int16], length: Int) -> [UInt32] {
    guard steps.count >= length else { return [] }
    return (0...steps.count - length).map { start in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for place in start..<start + length {
        hash = (hash ^ UInt64(UInt16(bitPattern: steps[place]))) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
      }
      return UInt32(truncatingIfNeeded: hash >> 32)
    }
  }
}

/// A set of numbers that are hashes already, which a `Set` would hash once more: most of the time that
/// fingerprints take.
private struct HashSet {
  // A power of two of them, at most half of them taken; 0 is free.
  private var slots: [UInt32]
  private var count = 0
  private var hasZero = false

  /// Creates an empty set with room for about so many.
  init(capacity: Int) {
    slots = Array(repeating: 0, count: Self.slotCount(for: capacity))
  }

  /// Puts a hash in; false where it was there.
  mutating func insert(_ hash: UInt32) -> Bool {
    guard hash != 0 else {
      defer { hasZero = true }
      return !hasZero
    }
    if 2 * (count + 1) > slots.count { grow() }
    let place = place(of: hash)
    guard slots[place] == 0 else { return false }
    slots[place] = hash
    count += 1
    return true
  }

  /// Where a hash stands, or would stand.
  private func place(of hash: UInt32) -> Int {
    // The lowest hashes are those that are kept: their upper bits are alike.
    var place = Int(hash) & (slots.count - 1)
    while slots[place] != 0, slots[place] != hash { place = (place + 1) & (slots.count - 1) }
    return place
  }

  private mutating func grow() {
    let before = slots
    slots = Array(repeating: 0, count: 2 * before.count)
    for hash in before where hash != 0 { slots[place(of: hash)] = hash }
  }

  private static func slotCount(for count: Int) -> Int {
    var slots = 16
    while slots < 2 * count { slots *= 2 }
    return slots
  }
}
