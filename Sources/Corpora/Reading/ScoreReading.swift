public import Music
import StandardMIDIFile

/// Reads pieces as scores in parallel and keeps what a function makes of each.
///
/// The scores themselves are let go at once, so that many thousands of files fit.
///
/// - Parameters:
///   - paths: the files, as ``MIDIFileFinder`` gives them.
///   - threads: how many files to work on at once.
///   - transform: called with each path and score, on any thread; nil for a piece to leave out.
/// - Returns: the results in the paths' order, and the files that could not be read.
public func mapScores<Result: Sendable>(
  at paths: [String], threads: Int, _ transform: @Sendable (String, Score) -> Result?
) -> (results: [Result], skipped: [CorpusError]) {
  let books = TuneBooks()
  let readings = parallelMap(paths, threads: threads) { path in
    readScore(at: path, from: books).map { transform(path, $0) }
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

private func readScore(at path: String, from books: TuneBooks) -> Result<Score, CorpusError> {
  let bytes: [UInt8]
  do {
    let source = PieceSource(path)
    bytes = try source.midiFile(from: source.content(from: books))
  } catch {
    return .failure(error)
  }
  do {
    return .success(Score(try MIDIFile(bytes: bytes)))
  } catch {
    return .failure(CorpusError(.malformed(error), path: path))
  }
}
