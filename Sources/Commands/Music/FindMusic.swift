import FileStorage
import MuseGen

/// Finds the pieces that arguments name: files, folders, patterns and collections of `musegen corpus`.
///
/// Where `abc2midi` is not installed, ABC files are left out with one line on standard error.
///
/// - Parameter arguments: what the user typed.
/// - Returns: the pieces' paths, at least one.
/// - Throws: ``Failure`` where nothing is found.
func findMusic(_ arguments: [String]) throws -> [String] {
  let found: [String]
  do {
    found = try MIDIFileFinder().findPieces(in: arguments.map(namedCollection))
  } catch {
    throw Failure(.noInput, error.description)
  }
  guard ABCConverter() == nil else { return found }
  let readable = found.filter { !TuneBook.isTune($0) }
  let missing = found.count - readable.count
  guard missing > 0 else { return found }
  let reason =
    "\(missing.counted("ABC tune")) need \(ABCConverter.program), which is not installed; "
    + "install abcmidi"
  guard !readable.isEmpty else { throw Failure(.unavailable, reason) }
  Terminal.warn("\(reason); skipped")
  return readable
}

/// The folder of a collection of `musegen corpus`, where an argument is its name and no file's.
func namedCollection(_ argument: String) -> String {
  let store = CollectionStore.standard()
  guard fileKind(at: argument) == nil, store.collection(named: argument) != nil else {
    return argument
  }
  return store.path(of: argument)
}
