import Dispatch
import Music

/// Groups of pieces that are nearly the same: transposed, retuned by a note or two, with a voice more or
/// less, an excerpt, or otherwise sharing most of their notes.
///
/// Lines that have fingerprints in common, rare ones above all, are compared, each with a few; pieces of
/// which two lines share enough notes are in one group, and so are their groups. The shorter line's notes
/// decide: of all notes as one line most, or of any line most of those that say something new, so that no
/// two pieces are one for their ostinato. Where one is much longer than the other, more has to be shared:
/// what is small enough stands in much that is not like it.
///
/// Of a collection so large that its fingerprints would not fit into memory, those of the lowest hashes choose what is
/// compared, the same share of each line and at least a few; lines are read again where they are compared.
///
/// - Reference: Broder, "On the Resemblance and Containment of Documents" (1997), for the lowest hashes.
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
  /// How many fingerprints choose what is compared, at most: some 16 bytes each.
  static let mostMarks = 1 << 24
  /// However few are kept of a collection's, so many are of each line.
  private static let leastMarks = 16
  /// Where few are kept, two lines must have so many in common to be compared, and such a share of the fewer ones: else
  /// they have a phrase in common, and are read again for nothing.
  private static let leastCommon = 2
  private static let leastShare = 0.1
  /// So many lines are compared by one thread before it hears what others have found.
  private static let chunk = 1024

  private struct Line: Sendable {
    var piece: Int
    /// Whether it is all notes of its piece.
    var isWhole: Bool
    var isDrums: Bool
    /// Whether it has at least half of its piece's notes.
    var isMost: Bool
    var newCount: Int
    var noteCount: Int
  }

  /// What is compared of a line.
  private struct Material: Sendable {
    /// Of each note, counted from the first.
    var pitches: [Int16]
    var isNew: [Bool]
    var marks: [Fingerprints.Mark]

    init(_ steps: [Int16], _ fingerprints: Fingerprints) {
      pitches = NearDuplicates.pitches(steps)
      isNew = fingerprints.isNew
      marks = fingerprints.marks
    }
  }

  /// A line, what is compared of it, and the hashes by which it is found.
  private struct Prepared: Sendable {
    var line: Line
    var material: Material?
    var hashes: [UInt32]
    var steps: Int
  }

  /// Finds the groups.
  ///
  /// - Parameter pieces: the lines of each piece.
  /// - Complexity: O(n log n) for n steps of all lines.
  init(_ pieces: [PieceLines]) {
    self.init(stepCounts: pieces.map { ($0.whole.count, $0.voices.count) }) { pieces[$0] }
  }

  /// Finds the groups of pieces whose lines are read when they are needed.
  ///
  /// - Parameters:
  ///   - stepCounts: how many steps each piece's lines have.
  ///   - threads: how many lines are looked at at once; nil for one a core. The groups do not depend on it.
  ///   - mostMarks: how many fingerprints choose what is compared, at most, about.
  ///   - source: the lines of a piece.
  /// - Complexity: O(n log n) for n steps of all lines.
  init(
    stepCounts: [(whole: Int, voices: Int)], threads: Int? = nil, mostMarks: Int = mostMarks,
    lines source: @escaping @Sendable (Int) -> PieceLines
  ) {
    let count = stepCounts.count
    groups = Array(0..<count)
    let marks = stepCounts.reduce(0) {
      $0 + Fingerprints.expectedCount(ofSteps: $1.whole)
        + Fingerprints.expectedCount(ofSteps: $1.voices)
    }
    let isThinned = marks > mostMarks
    let share = isThinned ? Double(mostMarks) / Double(marks) : 1
    let threshold = UInt32(share * Double(UInt32.max))

    var lines: [Line] = []
    var materials: [Material] = []
    // The hash above, the line below, so that sorting numbers sorts both.
    var postings: [UInt64] = []
    postings.reserveCapacity(min(marks, mostMarks))
    var ends: [Int] = []
    for start in stride(from: 0, to: count, by: Self.chunk) {
      let numbers = Array(start..<min(start + Self.chunk, count))
      for prepared in concurrentMap(
        numbers, threads: threads,
        { piece in
          Self.prepare(piece, source(piece), isThinned: isThinned, threshold: threshold)
        }
      ).joined() {
        for hash in prepared.hashes { postings.append(UInt64(hash) << 32 | UInt64(lines.count)) }
        ends.append(postings.count)
        lines.append(prepared.line)
        if let material = prepared.material { materials.append(material) }
        steps += prepared.steps
      }
    }
    Self.sort(&postings)
    // Where each line's fingerprints stand among them, in the order of their hashes, and how many lines have each.
    var next = [0] + ends.dropLast()
    var places = [Int32](repeating: 0, count: postings.count)
    var counts = places
    var first = 0
    for place in postings.indices {
      if postings[place] >> 32 != postings[first] >> 32 { first = place }
      let line = Int(postings[place] & 0xFFFF_FFFF)
      places[next[line]] = Int32(place)
      next[line] += 1
      if place + 1 == postings.count || postings[place + 1] >> 32 != postings[first] >> 32 {
        for same in first...place { counts[same] = Int32(place + 1 - first) }
      }
    }
    let search = Search(
      lines: lines, postings: postings, places: places, counts: counts, ends: ends,
      isThinned: isThinned
    ) { [materials, lines] line in
      isThinned ? Self.material(of: lines[line], in: source) : materials[line]
    }
    for start in stride(from: 0, to: lines.count, by: Self.chunk * 16) {
      let roots = groups.indices.map { root(of: $0) }
      let chunks = stride(
        from: start, to: min(start + Self.chunk * 16, lines.count), by: Self.chunk)
      let found = concurrentMap(Array(chunks), threads: threads) { first in
        search.pairs(
          of: first..<min(first + Self.chunk, search.lines.count), roots: roots)
      }
      for (pairs, steps) in found {
        self.steps += steps
        for (piece, other) in pairs { join(piece, other) }
      }
    }
    for piece in groups.indices { groups[piece] = root(of: piece) }
  }

  /// Sorts fingerprints by their hashes; those of a hash stay in the order of their lines, in which they come.
  ///
  /// Digit by digit from the lowest: where two of many random numbers are compared, a processor guesses wrong every
  /// other time.
  private static func sort(_ postings: inout [UInt64]) {
    var sorted = [UInt64](repeating: 0, count: postings.count)
    // Digits of 11, 11 and 10 bits.
    for shift: UInt64 in [32, 43, 54] {
      var places = [Int](repeating: 0, count: 2_048)
      for posting in postings { places[Int(posting >> shift & 2_047)] += 1 }
      // Where all have the same digit, as the lowest hashes have at the top, nothing moves.
      if places.contains(postings.count) { continue }
      var start = 0
      for digit in places.indices { (places[digit], start) = (start, start + places[digit]) }
      do {
        var sorted = sorted.mutableSpan
        for posting in postings {
          let digit = Int(posting >> shift & 2_047)
          sorted[places[digit]] = posting
          places[digit] += 1
        }
      }
      swap(&postings, &sorted)
    }
  }

  /// Takes the fingerprints of a piece's lines.
  private static func prepare(
    _ number: Int, _ piece: PieceLines, isThinned: Bool, threshold: UInt32
  ) -> [Prepared] {
    kinds(of: piece).map { steps, isWhole in
      let fingerprints = Fingerprints(steps)
      var hashes = fingerprints.marks.map(\.hash)
      if isThinned {
        let low = hashes.filter { $0 < threshold }
        hashes = low.count >= leastMarks ? low : Array(hashes.sorted().prefix(leastMarks))
      }
      return Prepared(
        line: Line(
          piece: number, isWhole: isWhole, isDrums: piece.voices.isEmpty,
          isMost: 2 * steps.count >= piece.whole.count,
          newCount: fingerprints.isNew.count { $0 }, noteCount: steps.count + 1),
        material: isThinned ? nil : Material(steps, fingerprints), hashes: hashes,
        steps: steps.count)
    }
  }

  /// The lines of a piece that are compared, and whether each is all its notes.
  private static func kinds(of piece: PieceLines) -> [(steps: [Int16], isWhole: Bool)] {
    let whole = (steps: piece.whole, isWhole: true)
    return piece.voices.isEmpty || piece.voices == piece.whole
      ? [whole] : [whole, (piece.voices, false)]
  }

  private static func material(of line: Line, in source: (Int) -> PieceLines) -> Material {
    let piece = source(line.piece)
    let steps = line.isWhole ? piece.whole : piece.voices
    return Material(steps, Fingerprints(steps))
  }

  /// Finds lines that are near, of some of them.
  private struct Search: Sendable {
    let lines: [Line]
    let postings: [UInt64]
    let places: [Int32]
    let counts: [Int32]
    let ends: [Int]
    let isThinned: Bool
    let material: @Sendable (Int) -> Material

    /// Where a line's fingerprints stand.
    private func marks(of line: Int) -> Range<Int> { (line == 0 ? 0 : ends[line - 1])..<ends[line] }

    /// How many fingerprints two lines must have in common to be compared, where few are kept.
    private func leastCommon(of line: Int, and other: Int) -> Int {
      let fewer = min(marks(of: line).count, marks(of: other).count)
      return max(NearDuplicates.leastCommon, Int(NearDuplicates.leastShare * Double(fewer)))
    }

    /// Pieces that belong together because of some of the lines.
    ///
    /// - Parameters:
    ///   - range: the lines' numbers.
    ///   - roots: the group of each piece as far as it is known, so that nothing is found twice.
    /// - Returns: the pairs, and how many fingerprints and notes were looked at.
    func pairs(of range: Range<Int>, roots: [Int]) -> (pairs: [(Int, Int)], steps: Int) {
      var pairs: [(Int, Int)] = []
      var steps = 0
      var parents: [Int: Int] = [:]
      func root(of line: Int) -> Int {
        var piece = roots[lines[line].piece]
        while let parent = parents[piece] { piece = parent }
        return piece
      }
      for line in range {
        // A rare fingerprint in common counts for more than others.
        var weights = LineWeights()
        for place in places[marks(of: line)].map(Int.init) {
          let rarity = (1 << 32) / Int(counts[place])
          var other = place - 1
          while other >= max(0, place - NearDuplicates.neighbours),
            postings[other] >> 32 == postings[place] >> 32
          {
            weights.add(rarity, to: Int(postings[other] & 0xFFFF_FFFF))
            steps += 1
            other -= 1
          }
        }
        let candidates = weights.weights.filter { other in
          NearDuplicates.isComparable(lines[line], lines[other.line])
            && (!isThinned || other.count >= leastCommon(of: line, and: other.line))
        }
        let best = candidates.sorted { ($1.sum, $0.line) < ($0.sum, $1.line) }
        var own: (material: Material, places: MarkPlaces)?
        for other in best.prefix(NearDuplicates.comparisons).map(\.line)
        where root(of: other) != root(of: line) {
          let mine: (material: Material, places: MarkPlaces)
          if let own {
            mine = own
          } else {
            let read = material(line)
            mine = (read, MarkPlaces(read.marks))
            own = mine
          }
          let theirs = material(other)
          var compared: (isShorter: Bool, shared: SharedNotes)?
          func isNear(
            _ measure: KeyPath<Line, Int>, _ rule: (Line, Line, SharedNotes) -> Bool
          ) -> Bool {
            let isShorter = lines[line][keyPath: measure] < lines[other][keyPath: measure]
            let shared: SharedNotes
            if let compared, compared.isShorter == isShorter {
              shared = compared.shared
            } else {
              let (short, long) =
                isShorter ? (mine.material, theirs) : (theirs, mine.material)
              let seeds = theirs.marks.compactMap { mark -> SharedNotes.Seed? in
                guard let note = mine.places[mark.hash] else { return nil }
                let (here, there) = isShorter ? (note, Int(mark.note)) : (Int(mark.note), note)
                return SharedNotes.Seed(here: here, there: there)
              }
              shared = SharedNotes(
                of: short.pitches, in: long.pitches, from: seeds, isNew: short.isNew)
              compared = (isShorter, shared)
              steps += shared.steps + short.marks.count + long.marks.count
            }
            return isShorter
              ? rule(lines[line], lines[other], shared) : rule(lines[other], lines[line], shared)
          }
          let areWhole = lines[line].isWhole && lines[other].isWhole
          if areWhole && isNear(\.noteCount, NearDuplicates.sharesMost)
            || isNear(\.newCount, NearDuplicates.sharesWhatIsNew)
          {
            pairs.append((lines[line].piece, lines[other].piece))
            let (low, high) = (
              min(root(of: line), root(of: other)), max(root(of: line), root(of: other))
            )
            parents[high] = low
          }
        }
      }
      return (pairs, steps)
    }
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

  /// The notes of a line, from its first; what parts voices may lead beyond the numbers' end, and then round.
  private static func pitches(_ steps: [Int16]) -> [Int16] {
    var pitches = [Int16](repeating: 0, count: steps.count + 1)
    var pitch: Int16 = 0
    for index in steps.indices {
      pitch &+= Int16(truncatingIfNeeded: NoteLine.interval(of: steps[index]))
      pitches[index + 1] = pitch
    }
    return pitches
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
