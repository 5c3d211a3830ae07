public import Music
import StandardMIDIFile

extension Score {
  /// Reads a motif: notes as `C4` or `F#4/8`, chords as `C4+E4+G4`, rests as `R/4`, blanks between them.
  ///
  /// The number after a slash is the part of a whole note that it lasts, 4 where there is none.
  ///
  /// - Throws: ``GenerationError`` with the first word that is none of these.
  public init(motif: String) throws(GenerationError) {
    var notes: [Note] = []
    var tick = 0
    for word in motif.split(whereSeparator: \.isWhitespace) {
      let parts = word.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count <= 2, let part = Int(parts.count == 2 ? parts[1] : "4"),
        (1...64).contains(part)
      else { throw GenerationError(.motif(String(word))) }
      let duration = 1920 / part
      if parts[0].lowercased() != "r" {
        for name in parts[0].split(separator: "+", omittingEmptySubsequences: false) {
          guard let pitch = PitchName.pitch(name), Int8(name) == nil else {
            throw GenerationError(.motif(String(word)))
          }
          notes.append(Note(onset: tick, duration: duration, pitch: pitch, velocity: 80))
        }
      }
      tick += duration
    }
    self.init(tracks: [Track(notes: notes)], endTick: tick)
  }
}
