/// A major or minor key.
public struct Key: Hashable, Sendable, CustomStringConvertible {
  /// The keynote's pitch class, 0 for C to 11 for B.
  public var tonic: Int
  /// Whether the key is minor.
  public var isMinor: Bool

  /// Creates a key.
  public init(tonic: Int, isMinor: Bool) {
    self.tonic = tonic
    self.isMinor = isMinor
  }

  /// The key's name, such as `Eb major`.
  public var description: String {
    // Db major has five flats, C# major would have seven sharps.
    let name = tonic == 1 ? "Db" : Pitch.classNames[tonic]
    return "\(name) \(isMinor ? "minor" : "major")"
  }
}

extension KeySignature {
  /// The key.
  public var key: Key {
    // A sharp more is a fifth up, seven semitones; the minor key is three semitones below the major.
    Key(tonic: ((7 * sharps + (isMinor ? 9 : 0)) % 12 + 12) % 12, isMinor: isMinor)
  }

  /// The key's name as it is spelt with these sharps or flats, such as `E flat major`.
  public var name: String {
    // Along the line of fifths … B flat, F, C, G, … each seven letters have one sharp more.
    let fifths = sharps + (isMinor ? 4 : 1)
    let letter = (fifths % 7 + 7) % 7
    let accidentals = (fifths - letter) / 7
    let sign = accidentals < 0 ? " flat" : " sharp"
    return "\(Array("FCGDAEB")[letter])\(String(repeating: sign, count: abs(accidentals))) "
      + (isMinor ? "minor" : "major")
  }
}
