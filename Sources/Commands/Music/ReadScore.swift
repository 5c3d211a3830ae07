import MuseGen

/// Reads a MIDI file, or a tune of an ABC file, as a score.
///
/// - Parameter path: a file, or `book.abc#3`.
/// - Returns: the score; what is wrong with the file is repaired without a word.
/// - Throws: ``Failure`` where it cannot be read or holds no music.
func readScore(at path: String) throws -> Score {
  let bytes: [UInt8]
  do {
    bytes = try readMIDIFile(at: path)
  } catch {
    throw Failure(error)
  }
  do {
    return Score(try MIDIFile(bytes: bytes))
  } catch {
    throw Failure(.data, "\(path): \(error)")
  }
}
