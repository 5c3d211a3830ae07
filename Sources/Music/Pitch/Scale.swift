/// The pitch classes of a key or mode, such as `D-minor`.
public struct Scale: Hashable, Sendable {
  /// A bit for each pitch class, C in the lowest.
  public let pitchClasses: UInt16
  /// The name: a tonic and a mode with a hyphen between, such as `F#-dorian`, however it was written.
  public let name: String

  private static let modes: [String: [Int]] = [
    "major": [0, 2, 4, 5, 7, 9, 11], "ionian": [0, 2, 4, 5, 7, 9, 11],
    "minor": [0, 2, 3, 5, 7, 8, 10, 11], "aeolian": [0, 2, 3, 5, 7, 8, 10],
    "dorian": [0, 2, 3, 5, 7, 9, 10], "phrygian": [0, 1, 3, 5, 7, 8, 10],
    "lydian": [0, 2, 4, 6, 7, 9, 11], "mixolydian": [0, 2, 4, 5, 7, 9, 10],
    "locrian": [0, 1, 3, 5, 6, 8, 10], "pentatonic": [0, 2, 4, 7, 9],
    "blues": [0, 3, 5, 6, 7, 10], "whole-tone": [0, 2, 4, 6, 8, 10],
    "chromatic": Array(0..<12),
  ]

  /// Reads a tonic and a mode as they are commonly written: `F#-dorian`, `D minor`, `Dm`, `bb major`,
  /// `E flat`; major where there is no mode.
  ///
  /// Minor has both the seventh of the natural and that of the harmonic scale. Nil where the name is
  /// no scale's.
  public init?(_ name: String) {
    // `bb` is B flat, `bblues` a blues on B: the longest tonic behind which a mode stands.
    let text = name.drop(while: \.isWhitespace)
    for length in (1...3).reversed() where length <= text.count {
      let (tonic, rest) = Scale.readingSign(text.prefix(length), text.dropFirst(length))
      guard let pitchClass = Pitch.pitchClass(named: tonic), let mode = Scale.mode(rest),
        let degrees = Scale.modes[mode]
      else { continue }
      pitchClasses = degrees.reduce(0) { $0 | 1 << UInt16((pitchClass + $1) % 12) }
      let signs = tonic.dropFirst().map { $0 == "♯" ? "#" : $0 == "♭" ? "b" : String($0) }
      self.name = "\(tonic.prefix(1).uppercased())\(signs.joined())-\(mode)"
      return
    }
    return nil
  }

  /// A tonic with the sign that stands behind it as a word, and what is behind that.
  private static func readingSign(
    _ tonic: Substring, _ rest: Substring
  ) -> (tonic: String, rest: Substring) {
    let words = rest.drop(while: isSeparator)
    for (word, sign) in [("sharp", "#"), ("flat", "b")]
    where tonic.count == 1 && words.lowercased().hasPrefix(word) {
      return (tonic + sign, words.dropFirst(word.count))
    }
    return (String(tonic), rest)
  }

  /// The name of a mode in any of its spellings; nil for a text that is none.
  private static func mode(_ text: Substring) -> String? {
    let words = text.split(whereSeparator: isSeparator)
    switch words.joined(separator: "-") {
    case "", "M": return "major"
    case "m": return "minor"
    case let name:
      switch name.lowercased() {
      case "maj": return "major"
      case "min": return "minor"
      case "wholetone": return "whole-tone"
      case let name: return modes[name] == nil ? nil : name
      }
    }
  }

  private static func isSeparator(_ character: Character) -> Bool {
    character.isWhitespace || character == "-" || character == "_"
  }

  /// Whether a pitch is in the scale.
  public func contains(_ pitch: UInt8) -> Bool { pitchClasses >> UInt16(pitch % 12) & 1 == 1 }
}
