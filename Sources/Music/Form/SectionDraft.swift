/// One way to cut a piece into sections.
struct Draft {
  struct Section {
    var bars: Range<Int>
    var letter: Int
    /// How alike it is to the first of its letter, 0 to 1.
    var likeness: Double
  }

  private(set) var sections: [Section]

  init(sections: [Section]) { self.sections = sections }

  /// Cuts bars into phrases of one length and joins what always stands together.
  ///
  /// - Parameters:
  ///   - likenesses: the bars and how alike they are.
  ///   - phrase: the length of a phrase, less than there are bars.
  ///   - offset: how many bars come before the first phrase.
  ///   - alike: how alike phrases of one letter are at least.
  init(_ likenesses: inout BarLikenesses, phrase: Int, offset: Int, alike: Double) {
    let count = likenesses.count
    var cuts = offset > 0 ? [0..<offset] : []
    var place = offset
    while place < count {
      // A single bar that is left over belongs to the phrase before it.
      let end = count - place <= phrase + 1 ? count : place + phrase
      cuts.append(place..<end)
      place = end
    }
    sections = []
    var firsts: [Range<Int>] = []
    for cut in cuts {
      var (letter, likeness) = (firsts.count, 1.0)
      for (other, first) in firsts.enumerated() where Self.comparable(cut, first, count) {
        let mean = likenesses.mean(cut, first, atLeast: alike)
        guard mean > 0, letter == firsts.count || mean > likeness else { continue }
        (letter, likeness) = (other, mean)
      }
      if letter == firsts.count { firsts.append(cut) }
      sections.append(Section(bars: cut, letter: letter, likeness: likeness))
    }
    joinCompanions()
  }

  /// Whether a phrase can have the letter of another: they are as long, but for a bar that is left over at the
  /// end or a last phrase that is cut off in its latter half.
  private static func comparable(_ cut: Range<Int>, _ first: Range<Int>, _ end: Int) -> Bool {
    if cut.count == first.count { return true }
    return cut.upperBound == end
      && (cut.count == first.count + 1 || cut.count < first.count && 2 * cut.count >= first.count)
  }

  /// How many bars it takes to write the form down: those of each letter's first section, of others what is
  /// not alike or longer, and one for each section.
  var cost: Double {
    var known: [Int: Int] = [:]
    return sections.reduce(0) { sum, section in
      let count = section.bars.count
      guard let first = known[section.letter] else {
        known[section.letter] = count
        return sum + 1 + Double(count)
      }
      return sum + 1 + (1 - section.likeness) * Double(count) + Double(max(0, count - first))
    }
  }

  /// Makes one section of letters of which each is always followed by the next, and this always preceded by it.
  private mutating func joinCompanions() {
    /// The only letter that follows one, and that precedes one; -1 for none or several.
    var next: [Int: Int] = [:]
    var previous: [Int: Int] = [:]
    func note(_ letter: Int, _ neighbour: Int, in table: inout [Int: Int]) {
      table[letter] = table[letter, default: neighbour] == neighbour ? neighbour : -1
    }
    for (section, follower) in zip(sections, sections.dropFirst()) {
      note(section.letter, follower.letter, in: &next)
      note(follower.letter, section.letter, in: &previous)
    }
    if let first = sections.first { previous[first.letter] = -1 }
    if let last = sections.last { next[last.letter] = -1 }

    var joined: [Section] = []
    for section in sections {
      guard let last = joined.last, let before = previous[section.letter], before >= 0,
        before != section.letter, next[before] == section.letter
      else {
        joined.append(section)
        continue
      }
      let (old, new) = (Double(last.bars.count), Double(section.bars.count))
      joined[joined.count - 1].bars = last.bars.lowerBound..<section.bars.upperBound
      joined[joined.count - 1].likeness =
        (old * last.likeness + new * section.likeness) / (old + new)
    }
    sections = joined
  }
}
