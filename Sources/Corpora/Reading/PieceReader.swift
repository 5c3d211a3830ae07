public import Music
import Reproducibility
import StandardMIDIFile
import Tokenization

/// Reads pieces as scores in parallel and keeps what a function makes of each.
///
/// The scores themselves are let go at once, so that many thousands of files fit.
///
/// - Parameters:
///   - paths: the files, as ``MIDIFileFinder`` gives them.
///   - threads: how many files to work on at once; nil for one a core.
///   - transform: called with each path and score, on any thread; nil for a piece to leave out.
/// - Returns: the results in the paths' order, and the files that could not be read.
/// - Throws: `CancellationError` where the task is cancelled before all are read.
public func mapScores<Result: Sendable>(
  at paths: [String], threads: Int? = nil, _ transform: @Sendable (String, Score) -> Result?
) throws(CancellationError) -> (results: [Result], skipped: [CorpusError]) {
  let sources = paths.map { PieceSource($0) }
  let books = TuneBooks(readingStreamsOf: sources)
  let readings = try parallelMap(Array(sources.indices), threads: threads) { index in
    readScore(of: sources[index], from: books).map { transform(paths[index], $0.score) }
  }
  var results: [Result] = []
  var skipped: [CorpusError] = []
  for reading in readings {
    switch reading {
    case .success(let result): if let result { results.append(result) }
    case .failure(let error): skipped.append(error)
    }
  }
  return (results, skipped)
}

/// A piece's score, the bytes or the text that it was read from, and how many faults that has.
private struct ScoreReading {
  var score: Score
  var content: [UInt8]
  var faultCount: Int
}

/// Reads one piece.
private func readScore(
  of source: PieceSource, from books: TuneBooks
) -> Result<ScoreReading, CorpusError> {
  let content: PieceSource.Content
  let file: PieceFile
  do {
    content = try source.content(from: books)
    file = try source.readAsMIDI(content)
  } catch {
    return .failure(error)
  }
  do {
    return .success(
      ScoreReading(
        score: Score(try MIDIFile(bytes: file.bytes)), content: content.bytes,
        faultCount: file.faults.count))
  } catch {
    return .failure(CorpusError(.malformed(error), path: source.path))
  }
}

/// Reads one piece and encodes it.
struct PieceReader: Sendable {
  let vocabulary: any Vocabulary
  private let measuresAttributes: Bool
  /// How many notes begin with each token; nil where the token before has to be known.
  private let noteCounts: [Int]?
  private let books: TuneBooks

  /// - Parameters:
  ///   - vocabulary: the vocabulary.
  ///   - sources: the pieces that will be read, those that are known to be files left out or not.
  ///   - measuresAttributes: whether what pieces are as a whole is taken too.
  init(vocabulary: any Vocabulary, of sources: [PieceSource], measuresAttributes: Bool) {
    self.vocabulary = vocabulary
    self.measuresAttributes = measuresAttributes
    books = TuneBooks(readingStreamsOf: sources)
    noteCounts = vocabulary.tellsHeldNotesAsStruck ? nil : vocabulary.noteCounts
  }

  /// A piece but for its place in the corpus, its tokens, and the lines from which near-duplicates are told.
  struct Reading: Sendable {
    var piece: Piece
    var tokens: [Token]
    var lines: PieceLines
    /// The works of which it is a movement; nil where its file has to be asked.
    var works: [String]?
  }

  /// Reads a piece; where its part may be given or not, a file is one piece with the part given, where it has that and
  /// others, and one that is whole.
  func read(_ source: PieceSource) -> Result<[Reading], CorpusError> {
    readScore(of: source, from: books).flatMap { reading in
      let whole = reading.score
      let accompanied = vocabulary.accompanied
      let hasPart = accompanied?.part.parting(whole) != nil
      if let accompanied, !hasPart, !accompanied.isOptional {
        return .failure(CorpusError(.noGivenPart(accompanied.part), path: source.path))
      }
      let (score, secondsLeftOut) = whole.leavingOutSilence()
      let limit = PieceBudget.tokens(ofBytes: reading.content.count)
      var encoded: [[Token]?] = []
      if accompanied == nil || hasPart { encoded.append(vocabulary.encode(score, limit: limit)) }
      if let accompanied, accompanied.isOptional {
        encoded.append(accompanied.encodeWhole(score, limit: limit))
      }
      let told = encoded.compactMap(\.self)
      guard told.count == encoded.count else {
        return .failure(
          CorpusError(.tooLong(bytes: reading.content.count), path: source.path))
      }
      let lastEnd = score.tracks.reduce(0) { max($0, $1.lastNoteEnd) }
      let piece = Piece(
        source: source, contentHash: hash(of: reading.content), noteHash: whole.noteHash,
        tokens: 0..<0, noteCount: 0, seconds: score.tempoMap.seconds(atTick: lastEnd),
        secondsLeftOut: secondsLeftOut,
        faultCount: reading.faultCount,
        attributes: measuresAttributes ? PieceAttributes(score, toldIn: vocabulary) : nil)
      let lines = PieceLines(of: whole)
      let works = MovementMark.works(of: source, in: reading.content)
      let readings = told.compactMap { tokens -> Reading? in
        var piece = piece
        piece.tokens = 0..<tokens.count
        piece.noteCount =
          noteCounts.map { counts in tokens.reduce(0) { $0 + counts[Int($1)] } }
          ?? vocabulary.noteCount(in: tokens)
        return piece.noteCount > 0
          ? Reading(piece: piece, tokens: tokens, lines: lines, works: works) : nil
      }
      guard !readings.isEmpty else {
        let reason: CorpusError.Reason =
          if let accompanied, !accompanied.isOptional {
            .noOtherPart(accompanied.part)
          } else {
            .noNotes
          }
        return .failure(CorpusError(reason, path: source.path))
      }
      return .success(readings)
    }
  }

  /// The hash of a file's bytes or a tune's text; 0 where it cannot be read.
  func contentHash(of source: PieceSource) -> UInt64 {
    (try? source.content(from: books)).map { hash(of: $0.bytes) } ?? 0
  }

  private func hash(of content: [UInt8]) -> UInt64 {
    var hash = StableHash()
    hash.combine(content)
    return hash.value
  }
}

extension Score {
  /// A hash of which notes are struck when, relative to the first of them.
  ///
  /// Onsets count in 24ths of a quarter note, so that the file's division does not matter; pitches
  /// count from the first one, but for drums.
  var noteHash: UInt64 {
    guard case .ticksPerQuarter(let ticks) = division else {
      // Half a second of time code counts as a quarter note.
      return resampled(ticksPerQuarter: 480).noteHash
    }
    let ticksPerQuarter = max(1, ticks)
    // A number for each note, which sorts faster than three: whether it is of drums, the onset, the pitch.
    let drums: UInt64 = 1 << 63
    var strikes: [UInt64] = []
    strikes.reserveCapacity(tracks.reduce(0) { $0 + $1.notes.count })
    var firstOnset = Int.max
    for track in tracks {
      for note in track.notes {
        // Onsets beyond all music are one.
        let onset = min(max((note.onset * 24 + ticksPerQuarter / 2) / ticksPerQuarter, 0), 1 << 54)
        firstOnset = min(firstOnset, onset)
        strikes.append((track.isDrums ? drums : 0) | UInt64(onset) << 8 | UInt64(note.pitch))
      }
    }
    strikes.sortNearby(by: <)
    let firstPitch = Int((strikes.first ?? 0) & 0xFF)
    var hash = StableHash()
    var previous: UInt64?
    for strike in strikes where strike != previous {
      let onset = Int((strike & ~drums) >> 8)
      let pitch = Int(strike & 0xFF)
      hash.combine(onset - firstOnset)
      hash.combine(strike & drums != 0 ? pitch + 1_000 : pitch - firstPitch)
      previous = strike
    }
    return hash.value
  }
}
