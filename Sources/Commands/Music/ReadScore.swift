import MuseGen

/// Reads a MIDI or ABC file as a score; what had to be repaired is told on standard error.
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
