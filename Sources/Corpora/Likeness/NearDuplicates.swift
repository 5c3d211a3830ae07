import Music

/// Groups of pieces that are nearly the same: transposed, retuned by a note or two, with a voice more or
/// less, an excerpt, or otherwise sharing most of their notes.
///
/// Lines that have fingerprints in common, rare ones above all, are compared, each with a few; pieces of
/// which two lines share enough notes are in one group, and so are their groups. The shorter line's notes
/// decide: of all notes as one line most, or of any line most of those that say something new, so that no
/// two pieces are one for their ostinato. Where one is much longer than the other, more has to be shared:
/// what is small enough stands in much that is not like it.
struct NearDuplicates {
  /// The number of each piece's group: that of the first piece in it.
  private(set) var groups: [Int]
  /// How many fingerprints and notes were looked at.
  private(set) var steps = 0

  /// How many lines before it, of those that have a fingerprint too, a line is held against.
  private static let neighbours = 8
  /// With how many lines a line is compared.
  private static let comparisons = 8
  /// How many times as long as another one a line is that is likened to it without more ado.
  private static let longestRatio = 3
  /// The same for an excerpt, of which at least `leastExcerpt` notes have to be shared.
  private static let longestExcerptRatio = 8
  private static let leastExcerpt = 40
  /// Lines of fewer notes that say something new are a figure rather than a piece.
  private static let leastNew = 16
  /// How many times as long a line may be, what comes back counted too, so that comparing it costs no more.
  private static let longestCost = 16

  private struct Line {
    var piece: Int
    var steps: [Int16]
    /// Whether it is all notes of its piece.
    var isWhole: Bool
    var isDrums: Bool
    /// Whether it has at least half of its piece's notes.
    var isMost: Bool
    var isNew: [Bool]
    var newCount: Int

    var noteCount: Int { steps.count + 1 }
  }

  private struct Posting {
    var hash: UInt32
    var line: Int32
    var note: Int32
  }

  /// Finds the groups.
  ///
  /// - Parameter pieces: the lines of each piece.
  /// - Complexity: O(n log n) for n steps of all lines.
  init(_ pieces: [PieceLines]) {
    groups = Array(pieces.indices)
    var lines: [Line] = []
    var postings: [Posting] = []
    var ends: [Int] = []
    for (number, piece) in pieces.enumerated() {
      var kinds = [(steps: piece.whole, isWhole: true)]
      if !piece.voices.isEmpty, piece.voices != piece.whole { kinds.append((piece.voices, false)) }
      for (steps, isWhole) in kinds {
        let fingerprints = Fingerprints(steps)
        for mark in fingerprints.marks {
          postings.append(Posting(hash: mark.hash, line: Int32(lines.count), note: mark.note))
        }
        ends.append(postings.count)
        lines.append(
          Line(
            piece: number, steps: steps, isWhole: isWhole, isDrums: piece.voices.isEmpty,
            isMost: 2 * steps.count >= piece.whole.count, isNew: fingerprints.isNew,
            newCount: fingerprints.isNew.count { $0 }))
        self.steps += steps.count
      }
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
      let candidates = weights.filter { Self.isComparable(lines[line], lines[$0.key]) }
      let best = candidates.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      for (other, _) in best.prefix(Self.comparisons)
      where root(of: lines[other].piece) != root(of: lines[line].piece) {
        func isNear(
          _ measure: KeyPath<Line, Int>, _ rule: (Line, Line, SharedNotes) -> Bool
        ) -> Bool {
          let isShorter = lines[line][keyPath: measure] < lines[other][keyPath: measure]
          let (short, long) = isShorter ? (line, other) : (other, line)
          let seeds = Self.seeds(marks(of: short), marks(of: long), in: postings)
          let shared = SharedNotes(
            of: Self.pitches(lines[short].steps), in: Self.pitches(lines[long].steps),
            from: seeds, isNew: lines[short].isNew)
          steps += shared.steps + marks(of: short).count + marks(of: long).count
          return rule(lines[short], lines[long], shared)
        }
        let areWhole = lines[line].isWhole && lines[other].isWhole
        if areWhole && isNear(\.noteCount, Self.sharesMost)
          || isNear(\.newCount, Self.sharesWhatIsNew)
        {
          join(lines[line].piece, lines[other].piece)
        }
      }
    }
    for piece in pieces.indices { groups[piece] = root(of: piece) }
  }

  /// Whether two lines may be near by their lengths.
  private static func isComparable(_ line: Line, _ other: Line) -> Bool {
    func ratioIsAtMost(_ ratio: Int, _ first: Int, _ second: Int) -> Bool {
      min(first, second) * ratio >= max(first, second)
    }
    return line.piece != other.piece
      && ratioIsAtMost(longestCost, line.noteCount, other.noteCount)
      && (ratioIsAtMost(longestRatio, line.noteCount, other.noteCount)
        || ratioIsAtMost(longestExcerptRatio, line.newCount, other.newCount))
  }

  /// Whether most notes of a piece stand in another one.
  private static func sharesMost(_ short: Line, _ long: Line, _ shared: SharedNotes) -> Bool {
    short.isWhole && long.isWhole && short.noteCount * longestRatio >= long.noteCount
      && shared.count >= least(of: short.noteCount)
  }

  /// Whether most that a line says stands in another one.
  ///
  /// Beats are said by many. Of the melody above chords, which many harmonise, nearly all has to.
  private static func sharesWhatIsNew(_ short: Line, _ long: Line, _ shared: SharedNotes) -> Bool {
    guard !short.isDrums, !long.isDrums, short.newCount >= leastNew,
      shared.newCount >= least(of: short.newCount),
      short.isMost || 10 * shared.newCount >= 9 * short.newCount
    else { return false }
    return short.newCount * longestRatio >= long.newCount
      || short.newCount * longestExcerptRatio >= long.newCount && shared.newCount >= leastExcerpt
  }

  /// How many notes of a line must stand in another one.
  ///
  /// Six tenths, chosen by looking at pairs: below it folk tunes that share a phrase or a cadence are many,
  /// above it nearly all are one tune. Of short lines more, down to all but a note or two, for their
  /// phrases are everybody's.
  static func least(of notes: Int) -> Int {
    max((6 * notes + 9) / 10, min(notes - min(notes / 6, 2), 20))
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

  private mutating func root(of piece: Int) -> Int {
    var piece = piece
    while groups[piece] != piece {
      groups[piece] = groups[groups[piece]]
      piece = groups[piece]
    }
    return piece
  }

  /// Makes one group of two pieces' groups, of which the first piece gives the number.
  private mutating func join(_ first: Int, _ second: Int) {
    let (first, second) = (root(of: first), root(of: second))
    groups[max(first, second)] = min(first, second)
  }
}
