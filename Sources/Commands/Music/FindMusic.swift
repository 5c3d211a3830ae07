import FileStorage
import MuseGen

/// Finds the pieces that arguments name, and gives their paths; as ``findPieces(_:)``.
func findMusic(_ arguments: [String]) throws -> [String] {
  try findPieces(arguments).map(\.path)
}

/// Finds the pieces that arguments name: files, folders, patterns, tunes of ABC files and collections
/// of `musegen corpus`.
///
/// What is left out is told on standard error, ABC files where `abc2midi` is not installed among it.
///
/// - Parameter arguments: what the user typed.
/// - Returns: the pieces, at least one.
/// - Throws: ``Failure`` where nothing is found.
func findPieces(_ arguments: [String]) throws -> [PieceSource] {
  let found: FoundPieces
  do {
    found = try MIDIFileFinder(collections: .standard()).find(arguments)
  } catch {
    throw Failure(.noInput, error.description)
  }
  tellLeftOut(found.leftOut)
  guard ABCConverter() == nil else { return found.pieces }
  let readable = found.pieces.filter { !$0.isABC }
  let missing = found.pieces.count - readable.count
  guard missing > 0 else { return found.pieces }
  let reason =
    "\(missing.counted("ABC tune")) need \(ABCConverter.program), which is not installed; "
    + "install abcmidi"
  guard !readable.isEmpty else { throw Failure(.unavailable, reason) }
  Terminal.warn("\(reason); skipped")
  return readable
}

/// Tells what a search left out: what was made into MIDI files in one line, anything else in its own.
private func tellLeftOut(_ leftOut: [CorpusError]) {
  var made: [CorpusError] = []
  for error in leftOut {
    if case .madeInto = error.reason {
      made.append(error)
    } else {
      Terminal.warn("\(error); skipped")
    }
  }
  guard let first = made.first else { return }
  let files =
    made.count == 1 ? "" : "\(made.count.counted("ABC file")) were made into MIDI files: "
  Terminal.warn("\(files)\(first); skipped")
}
