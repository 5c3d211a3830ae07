import MuseGen

/// Reads a MIDI file as a score; what had to be repaired is told on standard error.
func readScore(at path: String) throws -> Score {
  let bytes: [UInt8]
  do {
    bytes = try readFile(at: path)
  } catch {
    throw Failure(.noInput, error.description)
  }
  do {
    return Score(try MIDIFile(bytes: bytes))
  } catch {
    throw Failure(.data, "\(path): \(error)")
  }
}
