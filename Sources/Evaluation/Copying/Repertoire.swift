public import Corpora
public import Music

/// Pieces in which copied passages are looked for.
///
/// A passage is shared where the steps of a ``NoteLine`` of each piece are the same: those of the
/// highest notes of a track, or of all notes in the order of their onsets, chords from below.
public struct Repertoire: Sendable {
  private struct Piece: Sendable {
    var name: String
    var lines: [NoteLine]
    var clock: BarClock
  }

  private var pieces: [Piece] = []

  /// Creates an empty repertoire.
  public init() {}

  /// Reads files in parallel.
  ///
  /// - Parameters:
  ///   - paths: the files, as `MIDIFileFinder` gives them.
  ///   - threads: how many to work on at once.
  /// - Returns: what could be read, named by its path, and the files that could not.
  /// - Throws: `CancellationError` where the task is cancelled before all are read.
  public static func read(
    _ paths: [String], threads: Int
  ) throws(CancellationError) -> (repertoire: Repertoire, skipped: [CorpusError]) {
    var repertoire = Repertoire()
    let read = try mapScores(at: paths, threads: threads) { path, score in
      Piece(name: path, lines: NoteLine.lines(of: score), clock: BarClock(score))
    }
    repertoire.pieces = read.results
    return (repertoire, read.skipped)
  }

  /// The number of pieces.
  public var count: Int { pieces.count }

  /// Adds a piece.
  public mutating func append(_ score: Score, name: String) {
    pieces.append(Piece(name: name, lines: NoteLine.lines(of: score), clock: BarClock(score)))
  }

  /// The longest passage that a piece shares with any piece here; nil where not even two notes are.
  ///
  /// Of several as long the first is told.
  ///
  /// - Complexity: O(n) in the notes of the piece and of the repertoire.
  public func longestPassage(sharedWith score: Score) -> SharedPassage? {
    let query = NoteLine.lines(of: score)
    var symbols: [Int32] = []
    var starts: [Int] = []
    for (index, line) in query.enumerated() {
      starts.append(symbols.count)
      // No step is negative, so no match goes from one line into the next.
      symbols += line.steps.map(Int32.init) + [Int32(-1 - index)]
    }
    let automaton = SuffixAutomaton(symbols)
    var best: (steps: Int, end: Int, piece: Int, line: Int, last: Int)?
    for (number, piece) in pieces.enumerated() {
      for (lineNumber, line) in piece.lines.enumerated() {
        var cursor = SuffixAutomaton.Cursor()
        for (last, step) in line.steps.enumerated() {
          automaton.advance(&cursor, by: Int32(step))
          guard cursor.length > 0, cursor.length + 1 > best?.steps ?? 0 else { continue }
          let end = automaton.end(of: cursor)
          var steps = cursor.length
          let (before, earlier) = (end - steps, last - steps)
          if before >= 0, earlier >= 0, symbols[before] >= 0,
            NoteLine.sameInterval(Int16(symbols[before]), line.steps[earlier])
          {
            steps += 1
          }
          if steps > best?.steps ?? 0 { best = (steps, end, number, lineNumber, last) }
        }
      }
    }
    guard let best, let from = starts.lastIndex(where: { $0 <= best.end }) else { return nil }
    let source = pieces[best.piece]
    let here = place(
      in: query[from], lastStep: best.end - starts[from], steps: best.steps, clock: BarClock(score))
    let there = place(
      in: source.lines[best.line], lastStep: best.last, steps: best.steps, clock: source.clock)
    return SharedPassage(
      noteCount: best.steps + 1,
      transposition: (here.pitches.first ?? 0)
        - (there.pitches.first ?? 0), source: source.name, here: here, there: there)
  }

  private func place(
    in line: NoteLine, lastStep: Int, steps: Int, clock: BarClock
  ) -> SharedPassage.Place {
    let notes = lastStep + 1 - steps...lastStep + 1
    let start = Int(line.onsets[notes.lowerBound])
    return SharedPassage.Place(
      track: line.track.map { $0 + 1 }, bar: clock.bar(atTick: start),
      seconds: clock.seconds(atTick: start),
      endSeconds: clock.seconds(atTick: Int(line.onsets[notes.upperBound])),
      pitches: line.pitches[notes].map(Int.init))
  }
}
