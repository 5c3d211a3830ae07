import Music

/// Counts the notes that a line shares with a longer one.
///
/// From a place where a passage is the same, both lines are followed note by note to either side, a
/// changed note here and there forgiven, until more differs than agrees: the ungapped extension of
/// sequence search. Passages may stand in another order in the other line.
///
/// - Reference: Altschul et al., "Basic Local Alignment Search Tool" (1990).
struct SharedNotes {
  /// A note of each line, from which both go on in the same way.
  struct Seed {
    var here: Int
    var there: Int
  }

  /// How many notes of the shorter line are shared.
  private(set) var count = 0
  /// How many of those say something new.
  private(set) var newCount = 0
  /// How many notes were looked at.
  private(set) var steps = 0

  private static let mismatch = 2
  private static let patience = 4

  /// - Parameters:
  ///   - here: the pitches of the shorter line; a difference beyond the numbers' end goes round.
  ///   - there: those of the longer one.
  ///   - seeds: where passages are the same.
  ///   - isNew: of each note of the shorter line, whether it says something new.
  /// - Complexity: O(n) for n notes of the shorter line, and sorting the seeds.
  init(of here: [Int16], in there: [Int16], from seeds: [Seed], isNew: [Bool]) {
    // However often the same few notes come back, a pair costs no more than this.
    let most = 4 * here.count + 64
    var isShared = [Bool](repeating: false, count: here.count)
    // How far each diagonal, the notes that stand as far apart, was followed.
    var reached: [Int: Int] = [:]
    for seed in seeds.sorted(by: { ($0.here, $0.there) < ($1.here, $1.there) }) {
      guard steps < most else { break }
      let offset = seed.there - seed.here
      if seed.here < reached[offset] ?? 0 { continue }
      let interval = there[seed.there] &- here[seed.here]
      func follow(by direction: Int) -> Int {
        var (note, end) = (seed.here, seed.here)
        var (score, best) = (0, 0)
        while here.indices.contains(note), there.indices.contains(note + offset), steps < most {
          steps += 1
          score += there[note + offset] &- here[note] == interval ? 1 : -Self.mismatch
          if score >= best { (best, end) = (score, note) }
          if score < best - Self.patience { return end }
          note += direction
        }
        // Where the line itself ends nothing has parted the two.
        return here.indices.contains(note) ? end : note - direction
      }
      let (first, last) = (follow(by: -1), follow(by: 1))
      reached[offset] = last + 1
      for note in first...last where there[note + offset] &- here[note] == interval {
        isShared[note] = true
      }
    }
    for (note, isShared) in isShared.enumerated() where isShared {
      count += 1
      if isNew[note] { newCount += 1 }
    }
  }
}
