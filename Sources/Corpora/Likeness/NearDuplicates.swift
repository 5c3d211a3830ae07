import Music

/// Groups of lines that are nearly the same: transposed, retuned by a note or two, or otherwise sharing
/// most of their notes.
///
/// Lines that have fingerprints in common, rare ones above all, are compared, each with a few; those that
/// share enough notes are in one group, and so are their groups. Lines of which one is more than three
/// times as long as the other are not compared: what is small enough stands in much that is not like it.
struct NearDuplicates {
  /// The number of each line's group: that of the first line in it.
  private(set) var groups: [Int]
  /// How many fingerprints and notes were looked at.
  private(set) var steps = 0

  /// How many lines before it, of those that have a fingerprint too, a line is held against.
  private static let neighbours = 8
  /// With how many lines a line is compared.
  private static let comparisons = 8
  private static let longestRatio = 3

  private struct Posting {
    var hash: UInt32
    var line: Int32
    var note: Int32
  }

  /// Finds the groups.
  ///
  /// - Parameter lines: the steps of each line.
  /// - Complexity: O(n log n) for n steps of all lines.
  init(_ lines: [[Int16]]) {
    groups = Array(lines.indices)
    var postings: [Posting] = []
    var ends: [Int] = []
    for (line, steps) in lines.enumerated() {
      for mark in Fingerprints(steps).marks {
        postings.append(Posting(hash: mark.hash, line: Int32(line), note: mark.note))
      }
      ends.append(postings.count)
      self.steps += steps.count
    }
    postings.sort { ($0.hash, $0.line) < ($1.hash, $1.line) }
    // Where each line's fingerprints stand among them, in the order of their hashes.
    var next = [0] + ends.dropLast()
    var places = [Int32](repeating: 0, count: postings.count)
    var firsts = places
    var counts = places
    var first = 0
    for place in postings.indices {
      if postings[place].hash != postings[first].hash { first = place }
      firsts[place] = Int32(first)
      counts[first] += 1
      let line = Int(postings[place].line)
      places[next[line]] = Int32(place)
      next[line] += 1
    }
    func marks(of line: Int) -> ArraySlice<Int32> {
      places[(line == 0 ? 0 : ends[line - 1])..<ends[line]]
    }
    for line in lines.indices {
      var weights: [Int: Int] = [:]
      for place in marks(of: line).map(Int.init) {
        let first = Int(firsts[place])
        for other in max(first, place - Self.neighbours)..<place {
          weights[Int(postings[other].line), default: 0] += (1 << 32) / Int(counts[first])
          steps += 1
        }
      }
      let candidates = weights.filter { other, _ in
        let (short, long) = Self.ordered(lines[line].count, lines[other].count)
        return (short + 1) * Self.longestRatio >= long + 1
      }
      let best = candidates.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      for (other, _) in best.prefix(Self.comparisons) where root(of: other) != root(of: line) {
        let (short, long) =
          lines[line].count < lines[other].count ? (line, other) : (other, line)
        let seeds = Self.seeds(marks(of: short), marks(of: long), in: postings)
        let shared = SharedNotes(
          of: Self.pitches(lines[short]), in: Self.pitches(lines[long]), from: seeds)
        steps += shared.steps + marks(of: short).count + marks(of: long).count
        if shared.count >= Self.least(of: lines[short].count + 1) { join(line, other) }
      }
    }
    for line in lines.indices { groups[line] = root(of: line) }
  }

  /// How many notes of a line must stand in another one.
  ///
  /// Six tenths, chosen by looking at pairs: below it folk tunes that share a phrase or a cadence are many,
  /// above it nearly all are one tune. Of short lines more, down to all but a note or two, for their
  /// phrases are everybody's.
  static func least(of notes: Int) -> Int {
    max((6 * notes + 9) / 10, min(notes - min(notes / 6, 2), 20))
  }

  private static func ordered(_ first: Int, _ second: Int) -> (short: Int, long: Int) {
    (min(first, second), max(first, second))
  }

  /// The notes of a line, from its first.
  private static func pitches(_ steps: [Int16]) -> [Int] {
    var pitches = [0]
    pitches.reserveCapacity(steps.count + 1)
    for step in steps { pitches.append(pitches[pitches.count - 1] + NoteLine.interval(of: step)) }
    return pitches
  }

  /// The fingerprints that two lines have in common.
  private static func seeds(
    _ here: ArraySlice<Int32>, _ there: ArraySlice<Int32>, in postings: [Posting]
  ) -> [SharedNotes.Seed] {
    var seeds: [SharedNotes.Seed] = []
    var (first, second) = (here.startIndex, there.startIndex)
    while first < here.endIndex, second < there.endIndex {
      let (mine, other) = (postings[Int(here[first])], postings[Int(there[second])])
      if mine.hash == other.hash {
        seeds.append(SharedNotes.Seed(here: Int(mine.note), there: Int(other.note)))
      }
      if mine.hash <= other.hash { first += 1 }
      if other.hash <= mine.hash { second += 1 }
    }
    return seeds
  }

  private mutating func root(of line: Int) -> Int {
    var line = line
    while groups[line] != line {
      groups[line] = groups[groups[line]]
      line = groups[line]
    }
    return line
  }

  /// Makes one group of two lines' groups, of which the first line gives the number.
  private mutating func join(_ first: Int, _ second: Int) {
    let (first, second) = (root(of: first), root(of: second))
    groups[max(first, second)] = min(first, second)
  }
}
