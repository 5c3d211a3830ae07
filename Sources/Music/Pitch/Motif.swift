/// A word of a motif that is neither a note nor a chord nor a rest.
public struct MotifError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The word.
  public var word: String

  /// Creates an error.
  public init(word: String) { self.word = word }

  /// What the words of a motif look like.
  public static let forms = "C4, C4+E4+G4, F#4/8 or R/4"

  /// One line: found and expected.
  public var description: String {
    "\"\(word)\" in the motif is no note, expected such as \(MotifError.forms)"
  }
}

extension Score {
  /// Reads a motif: notes as `C4` or `F#4/8`, chords as `C4+E4+G4`, rests as `R/4`, blanks between them.
  ///
  /// The number after a slash is the part of a whole note that it lasts, 4 where there is none.
  ///
  /// - Throws: ``MotifError`` with the first word that is none of these.
  public init(motif: String) throws(MotifError) {
    var notes: [Note] = []
    var tick = 0
    for word in motif.split(whereSeparator: \.isWhitespace) {
      let parts = word.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count <= 2, let part = Int(parts.count == 2 ? parts[1] : "4"),
        (1...64).contains(part)
      else { throw MotifError(word: String(word)) }
      let duration = 1920 / part
      if parts[0].lowercased() != "r" {
        for name in parts[0].split(separator: "+", omittingEmptySubsequences: false) {
          guard let pitch = Pitch(name: name) else { throw MotifError(word: String(word)) }
          notes.append(
            Note(onset: tick, duration: duration, pitch: UInt8(pitch.number), velocity: 80))
        }
      }
      tick += duration
    }
    self.init(tracks: [Track(notes: notes)], endTick: tick)
  }
}
