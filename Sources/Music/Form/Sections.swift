/// The sections of a piece, those that come again under one letter.
public struct Sections: Hashable, Sendable {
  /// A section.
  public struct Section: Hashable, Sendable {
    /// The first bar's number, from 0.
    public var bar: Int
    /// How many bars it has.
    public var count: Int
    /// Which music it is: 0 for what comes first, 1 for what comes next that is other.
    public var letter: Int
    /// Whether it differs a little from the first section of its letter.
    public var isVaried: Bool

    /// A letter, with a prime where it is varied, such as `B'`; after Z comes A2.
    public var name: String {
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
      let round = letter / alphabet.count
      return "\(alphabet[letter % alphabet.count])\(round > 0 ? "\(round + 1)" : "")"
        + (isVaried ? "'" : "")
    }
  }

  /// The sections in order, which cover all bars from the first whole one to the last in which anything is
  /// struck.
  public private(set) var list: [Section] = []

  /// The lengths of phrases, in bars, of which sections are made up.
  private static let phrases = [16, 12, 8, 6, 4, 2]
  /// How alike sections of one letter are at least, and those that are not called varied.
  private static let (alike, equal) = (0.65, 0.95)

  /// Finds the form that says the piece with the fewest bars.
  ///
  /// The bars are cut into phrases of one length, with a remainder before and behind; each phrase takes the
  /// letter of the first one that it is most like, or a new one; letters that only stand together become one. Of all
  /// lengths and beginnings the form is taken that needs the fewest bars to be written down: those of each new
  /// letter, what is other in those that come again, and one for the name of each section. So through-composed
  /// music is one section, and a verse that is sung twice is `A A` unless enough comes again inside it.
  ///
  /// - Complexity: O(*m*²) bars that are compared for *m* bars, of which there are no more than some
  ///   thousands; O(*m*) where the phrases have few letters.
  init(_ struck: StruckBars, of score: Score, limit: Int) {
    guard let metre = score.metreMap, let first = struck.bars.first, let last = struck.bars.last
    else { return }
    let onset = score.tracks.lazy.flatMap(\.notes).map(\.onset).min() ?? 0
    let start = min(max(metre.firstFullBar(from: onset), first.number), last.number)
    let count = min(last.number - start + 1, limit - (start - first.number))
    guard count > 0 else { return }
    var bars = [ComparedBar](repeating: ComparedBar(), count: count)
    for bar in struck.bars where bar.number >= start && bar.number < start + count {
      bars[bar.number - start] = ComparedBar(struck.strokes[bar.strokes])
    }
    var best = Draft(sections: [Draft.Section(bars: 0..<count, letter: 0, likeness: 1)])
    var likenesses = BarLikenesses(bars)
    for phrase in Self.phrases where phrase < count {
      for offset in 0..<min(phrase, count - phrase + 1) {
        let draft = Draft(
          &likenesses, phrase: phrase, offset: offset, alike: Self.alike)
        if draft.cost < best.cost - 1e-9 { best = draft }
      }
    }
    var letters: [Int: Int] = [:]
    for section in best.sections {
      let letter = letters[section.letter, default: letters.count]
      letters[section.letter] = letter
      list.append(
        Section(
          bar: start + section.bars.lowerBound, count: section.bars.count, letter: letter,
          isVaried: section.likeness < Self.equal))
    }
  }
}
