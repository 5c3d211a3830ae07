public import Corpora
public import Music

/// Pieces in which copied passages are looked for.
///
/// A passage is shared where the steps of a `NoteLine` of each piece are the same: those of the
/// highest notes of a track, or of all notes in the order of their onsets, chords from below.
public struct Repertoire: Sendable {
  private struct Piece: Sendable {
    var name: String
    var lines: [NoteLine]
    var tempoMap: TempoMap
    var metreMap: MetreMap?

    init(_ score: Score, name: String) {
      self.name = name
      lines = NoteLine.lines(of: score)
      tempoMap = score.tempoMap
      metreMap = score.metreMap
    }
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
      Piece(score, name: path)
    }
    repertoire.pieces = read.results
    return (repertoire, read.skipped)
  }

  /// The number of pieces.
  public var count: Int { pieces.count }

  /// Adds a piece.
  public mutating func append(_ score: Score, name: String) {
    pieces.append(Piece(score, name: name))
  }

  /// The longest passage that a piece shares with any piece here; nil where not even two notes are.
  ///
  /// Of several as long the first is told.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - isLeftOut: whether a piece here, by its name, is not looked at: the piece itself.
  /// - Returns: the passage; nil where not even two notes are shared.
  /// - Complexity: O((*n* + *m*) log *n*) for *n* notes of the piece and *m* of the repertoire.
  public func longestPassage(
    sharedWith score: Score, leavingOut isLeftOut: (String) -> Bool = { _ in false }
  ) -> SharedPassage? {
    let query = Piece(score, name: "")
    var symbols: [Int32] = []
    var starts: [Int] = []
    for (index, line) in query.lines.enumerated() {
      starts.append(symbols.count)
      // No step is negative, so no match goes from one line into the next.
      symbols += line.steps.map(Int32.init) + [Int32(-1 - index)]
    }
    let automaton = SuffixAutomaton(symbols)
    var best: (steps: Int, end: Int, piece: Int, line: Int, last: Int)?
    for (number, piece) in pieces.enumerated() where !isLeftOut(piece.name) {
      for (lineNumber, line) in piece.lines.enumerated() {
        var cursor = SuffixAutomaton.Cursor()
        for (last, step) in line.steps.enumerated() {
          automaton.advance(&cursor, by: Int32(step))
          guard cursor.length > 0, cursor.length + 1 > best?.steps ?? 0 else { continue }
          var (end, steps) = (automaton.end(of: cursor), cursor.length)
          if steps <= last,
            let before = NoteLine.laterSteps(ofIntervalIn: line.steps[last - steps]),
            let longer = automaton.end(
              of: cursor, behind: Int32(before.lowerBound)...Int32(before.upperBound))
          {
            (end, steps) = (longer, steps + 1)
          }
          if steps > best?.steps ?? 0 { best = (steps, end, number, lineNumber, last) }
        }
      }
    }
    guard let best, let from = starts.lastIndex(where: { $0 <= best.end }) else { return nil }
    let source = pieces[best.piece]
    let here = place(
      in: query.lines[from], of: query, lastStep: best.end - starts[from], steps: best.steps)
    let there = place(
      in: source.lines[best.line], of: source, lastStep: best.last, steps: best.steps)
    return SharedPassage(
      noteCount: best.steps + 1,
      transposition: (here.pitches.first ?? 0)
        - (there.pitches.first ?? 0), source: source.name, here: here, there: there)
  }

  private func place(
    in line: NoteLine, of piece: Piece, lastStep: Int, steps: Int
  ) -> SharedPassage.Place {
    let notes = lastStep + 1 - steps...lastStep + 1
    let start = Int(line.onsets[notes.lowerBound])
    return SharedPassage.Place(
      track: line.track.map { $0 + 1 }, bar: piece.metreMap.map { $0.bar(at: start) + 1 },
      seconds: piece.tempoMap.seconds(atTick: start),
      endSeconds: piece.tempoMap.seconds(atTick: Int(line.onsets[notes.upperBound])),
      pitches: line.pitches[notes].map(Int.init))
  }
}

/// A passage that a piece shares with another, possibly transposed or at another tempo.
public struct SharedPassage: Hashable, Sendable, Codable {
  /// How many notes it has.
  public var noteCount: Int
  /// How many semitones higher it stands in the piece than in the other.
  public var transposition: Int
  /// The other piece's name, as the repertoire has it.
  public var source: String
  /// Where it stands in the piece.
  public var here: Place
  /// Where it stands in the other.
  public var there: Place

  /// Where a passage stands.
  public struct Place: Hashable, Sendable, Codable {
    /// The track whose highest notes it is, from 1; nil where it is of all tracks' notes.
    public var track: Int?
    /// The bar in which it begins, from 1; nil where the file has no metre.
    public var bar: Int?
    /// When its first note is struck, in seconds.
    public var seconds: Double
    /// When its last note is struck, in seconds.
    public var endSeconds: Double
    /// Its notes' MIDI pitches.
    public var pitches: [Int]
  }
}
