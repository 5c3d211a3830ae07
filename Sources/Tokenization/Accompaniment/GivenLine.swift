public import Music

/// A given part as a network hears it, and the bars that it is counted in.
public struct GivenLine: Hashable, Sendable {
  /// A stretch of one metre, from a bar line.
  struct Section: Hashable {
    /// Where it begins on the vocabulary's grid.
    let tick: Int
    /// The number of its first bar.
    let bar: Int
    /// The token that tells its metre.
    let signature: Token
  }

  /// The tokens of each bar up to the last in which a note is struck, then twice that of the end: the first
  /// stands where that bar begins, the second where it is over.
  let bars: [[Token]]
  let sections: [Section]
  /// How many bars the part is long, the last one whole: to the end of its last note, be it too long or too
  /// high to be told.
  public let barCount: Int
  /// Whether its first bar is an upbeat: it begins in the bar's latter half, or the bar is at most half as long as the
  /// next; false of a part that is still being played.
  public let hasUpbeat: Bool
  /// How many notes of it can be told.
  public let noteCount: Int
  /// What it tells of the piece as a whole.
  public let attributes: PieceAttributes

  /// Reads a part.
  ///
  /// - Parameters:
  ///   - score: the piece with the part's notes only.
  ///   - vocabulary: what the part is told in.
  /// - Complexity: O(*n* log *n*) in the number of notes, and the number of bars.
  public init(_ score: Score, in vocabulary: AccompaniedVocabulary) {
    self.init(score, in: vocabulary, openBars: nil)
  }

  /// Reads a part that is still being played, whose end is not known.
  ///
  /// - Parameters:
  ///   - score: the piece so far, with the part's notes only.
  ///   - vocabulary: what the part is told in.
  ///   - bars: how many bars are told, be they empty.
  /// - Complexity: O(*n* log *n*) in the number of notes, and the number of bars.
  public init(_ score: Score, in vocabulary: AccompaniedVocabulary, ofSoFar bars: Int) {
    self.init(score, in: vocabulary, openBars: bars)
  }

  private init(_ score: Score, in vocabulary: AccompaniedVocabulary, openBars: Int?) {
    let (metrical, given) = (vocabulary.metrical, vocabulary.given)
    let grid = metrical.grid
    attributes = PieceAttributes(score)
    // One line of pitches, whatever plays them.
    var settings = metrical.settings
    settings.programs = false
    settings.program = 0
    settings.polyphony = nil
    var score = settings.pedal ? score.foldingPedals() : score
    score.endTick = score.tracks.reduce(0) { max($0, $1.lastNoteEnd) }
    let piece = MetricalPiece(
      score, grid: grid, settings: settings, layout: ControllerLayout(nil, first: 0))
    var sections: [Section] = []
    for (index, section) in piece.sections.enumerated() {
      var bar = 0
      if let last = sections.last {
        let metre = piece.sections[index - 1].signature
        bar = last.bar + (section.tick - last.tick) / grid.bar(metre)
      }
      let signature = metrical.layout.signatures.lowerBound + section.signature
      sections.append(Section(tick: section.tick, bar: bar, signature: Token(signature)))
    }
    func place(of tick: Int) -> (section: Int, bar: Int, rest: Int) {
      let index = piece.sections.partitioningIndex { $0.tick > tick } - 1
      let (bars, rest) = (tick - sections[index].tick)
        .quotientAndRemainder(dividingBy: grid.bar(piece.sections[index].signature))
      return (index, sections[index].bar + bars, rest)
    }
    var bars: [[Token]] = []
    var onset = -1
    for note in piece.notes {
      let (section, bar, rest) = place(of: note.onset)
      while bars.count <= bar { bars.append([given.bar]) }
      let step = grid.step(piece.sections[section].signature)
      if note.onset != onset {
        bars[bar].append(Token(given.positions.lowerBound + rest / step))
        onset = note.onset
      }
      let pitch = Int(note.pitch) - metrical.layout.lowestPitch
      bars[bar].append(Token(given.pitches.lowerBound + pitch))
      let length = grid.longestLength(note.end - note.onset, step: step)
      bars[bar].append(Token(given.durations.lowerBound + length))
    }
    if let openBars {
      while bars.count < openBars { bars.append([given.bar]) }
      self.bars = Array(bars.prefix(openBars))
    } else {
      self.bars = bars + [[given.end], [given.end]]
    }
    self.sections = sections
    // A short note may be struck where its end is moved to.
    let end = max(piece.endTick, onset + 1)
    barCount = end == 0 ? 0 : place(of: end - 1).bar + 1
    noteCount = piece.notes.count
    if openBars == nil, let first = piece.notes.first {
      let (section, bar, rest) = place(of: first.onset)
      let length = grid.bar(piece.sections[section].signature)
      let next = place(of: first.onset - rest + length).section
      let isShort = 2 * length <= grid.bar(piece.sections[next].signature)
      hasUpbeat = bar == 0 && (2 * rest >= length || isShort)
    } else {
      hasUpbeat = false
    }
  }
}

extension GivenLine {
  /// Whether its first bars are told in a metre, and not in another for want of it.
  public func tells(_ metre: PieceAttributes.Metre, in vocabulary: AccompaniedVocabulary) -> Bool {
    var told = PieceAttributes.Metre(numerator: 4, denominator: 4)
    if let first = sections.first {
      for case .metre(let numerator, let denominator) in vocabulary.events(of: first.signature) {
        told = PieceAttributes.Metre(numerator: numerator, denominator: denominator)
      }
    }
    return told == metre
  }
}

/// Where bars begin in the tokens of a metrical vocabulary.
struct BarClock: Sendable {
  private let vocabulary: MetricalVocabulary
  /// The present tick, where time is told by shifts.
  private(set) var tick = 0
  /// The metre in force.
  private(set) var signature: Int
  private var nextBar: Int

  init(_ vocabulary: MetricalVocabulary) {
    self.vocabulary = vocabulary
    signature = vocabulary.grid.commonTime
    nextBar = vocabulary.grid.bar(signature)
  }

  /// Takes a token, and tells how many bars of a given part are due behind it: one for each bar that
  /// begins, and the first before them all.
  mutating func advance(_ token: Token) -> Int {
    let grid = vocabulary.grid
    switch vocabulary.layout.event(token) {
    case .start: return vocabulary.scheme == .tsd ? 2 : 1
    case .bar: return 1
    case .signature(let new):
      signature = new
      nextBar = tick + grid.bar(new)
      return 0
    case .shift(let length):
      tick += grid.lengths[length] * grid.step(signature)
      guard tick >= nextBar else { return 0 }
      let begun = 1 + (tick - nextBar) / grid.bar(signature)
      nextBar += begun * grid.bar(signature)
      return begun
    default: return 0
    }
  }
}
