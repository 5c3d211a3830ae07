/// Names of pitches, such as `F#4`, with C4 = 60 as in most of the literature on MIDI.
public enum PitchName {
  private static let naturals: [Character: Int] = [
    "c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11,
  ]

  /// The semitones above C of a letter with any sharps and flats; nil where it is no such name.
  static func semitones(_ text: some StringProtocol) -> Int? {
    guard let letter = text.first?.lowercased().first, var result = naturals[letter],
      text.count <= 3
    else { return nil }
    for sign in text.dropFirst() {
      switch sign {
      case "#", "♯": result += 1
      case "b", "♭": result -= 1
      default: return nil
      }
    }
    return result
  }

  /// The pitch class of a name without octave, 0 to 11.
  static func pitchClass(_ text: some StringProtocol) -> Int? {
    semitones(text).map { ($0 + 12) % 12 }
  }

  /// The pitch of a name with its octave, or of a number from 0 to 127; nil where it is neither.
  public static func pitch(_ text: some StringProtocol) -> UInt8? {
    if let number = UInt8(text) { return number < 128 ? number : nil }
    guard let mark = text.firstIndex(where: { $0.isNumber || $0 == "-" }),
      let semitones = semitones(text[..<mark]), let octave = Int(text[mark...]),
      (-1...10).contains(octave)
    else { return nil }
    let pitch = 12 * (octave + 1) + semitones
    return (0...127).contains(pitch) ? UInt8(pitch) : nil
  }
}
