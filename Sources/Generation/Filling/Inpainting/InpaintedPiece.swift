import Music
import StandardMIDIFile
import Tokenization

/// A piece on a vocabulary's grid whose spans are written anew one after the other, and what must be
/// encoded of it for each.
///
/// What comes before a span is settled, and so are its tokens. Of the piece only a stretch is encoded for
/// a span: from a little before the place up to which the tokens were settled until then, to the next
/// span. So all stretches together are as long as a few pieces, however many spans there are.
struct InpaintedPiece {
  /// What is encoded for a span.
  ///
  /// Its ticks count from its own start, and so do the indices of its tokens.
  struct Stretch {
    /// The notes around the span, those in it as they were.
    var score: Score
    /// The span, from the first note in it where there is one.
    var span: Range<Int>
    /// Where the next span begins; nil for the last.
    var next: Int?
    /// The tokens of the score.
    var tokens: [Token] = []
    /// Those of them that are settled since the span before; the settled ones end with them.
    var settled = 0..<0
    /// How many of the tokens without merges are settled.
    fileprivate var settledBase = 0
    /// The tick at which the stretch starts.
    fileprivate(set) var start: Int
  }

  /// The settled notes of each part.
  private(set) var score: Score
  private let given: Score
  private let spans: [Range<Int>]
  private let merges: TokenMerges
  /// Where bars begin, which a stretch starts with.
  private let bars: [Int]
  /// The longest time that a token lets pass, in ticks: what is farther away changes no token that ends
  /// before it.
  private let longestShift: Int
  /// Whether each bar or frame has a token.
  private let tellsEveryBar: Bool
  /// How many spans are settled.
  private(set) var settledSpans = 0
  /// For each part how many of the given notes are settled or gone.
  private var passed: [Int]
  /// For each part how many of the settled notes begin before the stretch, and which of them sound in it.
  private var before: [(count: Int, sounding: [Note])]
  /// The last settled onsets.
  private var onsets: [Int] = []
  /// Up to where tokens are settled: those after the first that reaches the tick, but for some.
  private var place: (tick: Int, back: Int)?
  private var start = 0

  /// How many onsets before the settled place a stretch holds: its first tokens tell a velocity and a
  /// program that the piece's own need not tell there.
  private static let onsetCount = 16
  /// How many tokens before the last onset may be left unsettled where merges could join them.
  private static let longestWay = 32
  /// How many tokens may be left unsettled in all.
  private static let longestUnsettled = 1_024

  /// Takes in a piece.
  ///
  /// - Parameters:
  ///   - given: the piece on the vocabulary's grid.
  ///   - spans: ranges of its ticks, rising.
  ///   - vocabulary: the vocabulary.
  init(_ given: Score, spans: [Range<Int>], vocabulary: any Vocabulary) {
    self.given = given
    self.spans = spans
    merges = TokenMerges(vocabulary)
    let configuration = vocabulary.configuration
    longestShift = configuration.longestShift(in: given) + merges.longestTime(in: given)
    tellsEveryBar = configuration.tellsEveryBar
    let step = configuration.onsetStep(in: given)
    switch configuration.timeKeeping {
    case .seconds:
      let second = step * max(1, 1_000 / step)
      bars = Array(stride(from: 0, to: max(1, given.endTick), by: second))
    case .beats: bars = given.metreMap?.barStarts(before: max(1, given.endTick)) ?? [0]
    }
    score = given
    for index in score.tracks.indices { score.tracks[index].notes = [] }
    passed = given.tracks.map { _ in 0 }
    before = given.tracks.map { _ in (0, []) }
  }

  /// What must be encoded for the next span; nil where there is none left.
  mutating func nextStretch() -> Stretch? {
    guard settledSpans < spans.count else { return nil }
    var span = spans[settledSpans]
    let next = settledSpans + 1 < spans.count ? spans[settledSpans + 1].lowerBound : nil
    settleGiven(before: span.lowerBound)
    // Where something is struck the past leads up to it exactly.
    let onset = given.tracks.indices.compactMap { self.given(in: $0).first?.onset }.min() ?? .max
    if span.contains(onset) { span = onset..<span.upperBound }
    let (score, start) = (excerpt(until: next), start)
    var stretch = Stretch(
      score: score, span: span.lowerBound - start..<span.upperBound - start,
      next: next.map { $0 - start }, start: start)
    tokenise(&stretch)
    return stretch
  }

  /// The tokens of a stretch with other notes in its span.
  func tokens(of choice: Score, in stretch: Stretch) -> [Token] {
    let tokens = merges.base.encode(choice)
    return stretch.tokens[..<stretch.settled.upperBound]
      + merges.merge(tokens.dropFirst(stretch.settledBase))
  }

  /// Settles a stretch's span.
  ///
  /// - Parameters:
  ///   - choice: the stretch's score with what is written in the span; further parts may follow its own.
  ///   - stretch: the stretch.
  mutating func settle(_ choice: Score, in stretch: Stretch) {
    let start = stretch.start
    var struck: [Int] = []
    for (index, track) in choice.tracks.enumerated() {
      if index == score.tracks.count {
        score.tracks.append(
          Track(name: track.name, channel: track.channel, messages: track.messages))
        before.append((0, []))
      }
      for var note in track.notes where stretch.span.contains(note.onset) {
        note.onset += start
        score.tracks[index].notes.append(note)
        struck.append(note.onset)
      }
    }
    remember(struck)
    for index in passed.indices {
      passed[index] += given(in: index).prefix { $0.onset < stretch.span.upperBound + start }.count
    }
    settledSpans += 1
  }

  /// The given notes of a part that are neither settled nor gone.
  private func given(in part: Int) -> ArraySlice<Note> {
    given.tracks[part].notes[passed[part]...]
  }

  private mutating func settleGiven(before tick: Int) {
    var struck: [Int] = []
    for index in passed.indices {
      let notes = given(in: index).prefix { $0.onset < tick }
      passed[index] += notes.count
      score.tracks[index].notes += notes
      struck += notes.map(\.onset)
    }
    remember(struck)
  }

  private mutating func remember(_ struck: [Int]) {
    for onset in struck.sorted() where onset > onsets.last ?? -1 { onsets.append(onset) }
    onsets.removeFirst(max(0, onsets.count - Self.onsetCount))
  }

  /// The score from the stretch's start to a while after the next span's, or to the end.
  private mutating func excerpt(until next: Int?) -> Score {
    let end = next.map { $0 + longestShift } ?? .max
    var excerpt = score
    for index in score.tracks.indices {
      let settled = score.tracks[index].notes
      var (count, sounding) = before[index]
      while count < settled.count, settled[count].onset < start {
        sounding.append(settled[count])
        count += 1
      }
      sounding.removeAll { $0.end <= start }
      before[index] = (count, sounding)
      var notes = sounding.map { note in
        var rest = note
        rest.onset = start
        rest.duration = note.end - start
        return rest
      }
      notes += settled[count...]
      if index < passed.count { notes += given(in: index).prefix { $0.onset < end } }
      // No token before the next span tells an end after the stretch.
      for note in notes.indices where notes[note].end > end {
        notes[note].duration = end - notes[note].onset
      }
      excerpt.tracks[index].notes = notes
    }
    excerpt.tempos = changes(given.tempos, until: end) {
      $0.tick
    } moving: {
      $0.tick = $1
    }
    excerpt.timeSignatures = changes(given.timeSignatures, until: end) {
      $0.tick
    } moving: {
      $0.tick = $1
    }
    addOnset(at: end, to: &excerpt)
    excerpt.endTick = min(given.endTick, end)
    return excerpt.shifted(by: -start).sorted()
  }

  /// The changes of a stretch, with the one before its start and the one after its end.
  private func changes<Change>(
    _ all: [Change], until end: Int, tick: (Change) -> Int, moving: (inout Change, Int) -> Void
  ) -> [Change] {
    let first = max(0, all.partitioningIndex { tick($0) > start } - 1)
    let last = min(all.count, all.partitioningIndex { tick($0) >= end } + 1)
    var changes = Array(all[first..<max(first, last)])
    for index in changes.indices {
      // A change after the start that is the first of all is no other's successor.
      moving(&changes[index], min(max(tick(changes[index]), start), end))
    }
    return changes
  }

  /// Puts the first note after a stretch to its end, so that time passes towards it.
  private func addOnset(at end: Int, to excerpt: inout Score) {
    let later = passed.indices.compactMap { index -> (part: Int, note: Note)? in
      let notes = given.tracks[index].notes
      let next = notes.partitioningIndex { $0.onset >= end }
      return next < notes.count ? (index, notes[next]) : nil
    }
    guard let (part, next) = later.min(by: { $0.note.onset < $1.note.onset }) else { return }
    var note = next
    note.onset = end
    note.duration = min(note.duration, longestShift)
    excerpt.tracks[part].notes.append(note)
  }

  /// Encodes a stretch, and settles the tokens up to the last onset before its span, or up to a place in
  /// the silence after it.
  private mutating func tokenise(_ stretch: inout Stretch) {
    let tokens = merges.base.encode(stretch.score)
    let times = TokenTimes(tokens, of: stretch.score, in: merges.base)
    func index(after tick: Int) -> Int {
      min(times.indexReaching(tick - start) + 1, tokens.count - 1)
    }
    let old = place.map { max(0, index(after: $0.tick) - $0.back) } ?? 0
    var new = old
    let onset = onsets.last ?? -1
    // Bars and frames come one by one in silence too. Longer times are told from the last event on.
    let tick = max(onset, tellsEveryBar ? stretch.span.lowerBound + start - longestShift : -1)
    if tick > place?.tick ?? -1, times.indexReaching(tick - start) < tokens.count - 1 {
      let last = index(after: tick)
      let nearest = (max(old + 1, last - Self.longestWay)..<max(old + 1, last + 1)).last {
        merges.neverJoin(tokens[$0 - 1], tokens[$0])
      }
      new = nearest ?? (last - old > Self.longestUnsettled ? last : old)
      if new > old {
        place = (tick, last - new)
        let isSilent = tick > onset
        let bar =
          bars.partitioningIndex { $0 > (isSilent ? tick : onsets[0]) } - 2
          // In silence as many bars as tokens may be left unsettled.
          - (isSilent && merges.isSome ? Self.longestWay : 0)
        start = max(start, bars[max(0, bar)])
      }
    }
    stretch.tokens = tokens[..<old] + merges.merge(tokens[old..<new])
    stretch.settled = old..<stretch.tokens.count
    stretch.tokens += merges.merge(tokens[new...])
    stretch.settledBase = new
  }
}

/// The merges of a vocabulary, none where it has none.
private struct TokenMerges {
  /// The vocabulary without merges.
  let base: any Vocabulary
  private let merged: MergedVocabulary?
  /// Whether there are any.
  var isSome: Bool { merged != nil }
  /// The pairs of tokens that stand side by side in a merged one.
  private var pairs: Set<[Token]> = []

  init(_ vocabulary: any Vocabulary) {
    let vocabulary = vocabulary.withoutConditions
    merged = vocabulary as? MergedVocabulary
    base = merged?.base ?? vocabulary
    guard let merged else { return }
    for token in base.count..<merged.count {
      let tokens = merged.expand([Token(token)])
      pairs.formUnion(zip(tokens, tokens.dropFirst()).map { [$0, $1] })
    }
  }

  func merge(_ tokens: ArraySlice<Token>) -> [Token] {
    merged?.merge(Array(tokens)) ?? Array(tokens)
  }

  /// The longest time that a merged token lets pass, in a grid's ticks.
  func longestTime(in gridded: Score) -> Int {
    guard let merged else { return 0 }
    let seconds = (base.count..<merged.count).map { token in
      var decoder = base.makeDecoder()
      for part in merged.expand([Token(token)]) { decoder.consume(part) }
      return decoder.settledSeconds
    }
    return gridded.tempoMap.tick(atSeconds: seconds.max() ?? 0)
  }

  /// Whether no merge joins two tokens, whatever stands beside them: what is before and what is after can
  /// be merged apart.
  func neverJoin(_ left: Token, _ right: Token) -> Bool { !pairs.contains([left, right]) }
}

extension Score {
  fileprivate func shifted(by ticks: Int) -> Score {
    var score = self
    for track in tracks.indices {
      for note in tracks[track].notes.indices { score.tracks[track].notes[note].onset += ticks }
    }
    for index in tempos.indices { score.tempos[index].tick += ticks }
    for index in timeSignatures.indices { score.timeSignatures[index].tick += ticks }
    score.endTick += ticks
    return score
  }
}

extension VocabularyConfiguration {
  fileprivate var tellsEveryBar: Bool {
    switch self {
    case .performance, .tsd: false
    case .pianoroll, .remi: true
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.tellsEveryBar
    }
  }

  /// The longest time that a token lets pass, in a grid's ticks.
  fileprivate func longestShift(in gridded: Score) -> Int {
    guard case .ticksPerQuarter(let ticks) = gridded.division else { return 1 }
    switch self {
    case .performance(let settings): return settings.stepMilliseconds * settings.maximumShift
    case .pianoroll: return onsetStep(in: gridded)
    case .tsd(let settings), .remi(let settings):
      let beat = min(4, gridded.timeSignatures.map(\.denominator).min() ?? 4)
      return 4 * ticks / max(1, beat) * (settings.resolutions.map(\.beats).max() ?? 1)
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      return base.longestShift(in: gridded)
    }
  }
}
