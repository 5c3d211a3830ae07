/// A chord by its root and what is built on it.
public struct Chord: Hashable, Sendable {
  /// What stands on a chord's root.
  public enum Quality: String, CaseIterable, Hashable, Sendable {
    /// Root, major third, fifth.
    case major = ""
    /// Root, minor third, fifth.
    case minor = "m"
    /// A major chord with a minor seventh.
    case dominantSeventh = "7"
    /// A minor chord with a minor seventh.
    case minorSeventh = "m7"
    /// A major chord with a major seventh.
    case majorSeventh = "maj7"
    /// Root, minor third, diminished fifth.
    case diminished = "dim"
    /// A diminished chord with a minor seventh.
    case halfDiminished = "m7b5"
    /// Root, major third, augmented fifth.
    case augmented = "aug"
    /// Root, fourth, fifth.
    case suspendedFourth = "sus4"

    /// The chord's tones in semitones above its root.
    public var intervals: [Int] {
      switch self {
      case .major: [0, 4, 7]
      case .minor: [0, 3, 7]
      case .dominantSeventh: [0, 4, 7, 10]
      case .minorSeventh: [0, 3, 7, 10]
      case .majorSeventh: [0, 4, 7, 11]
      case .diminished: [0, 3, 6]
      case .halfDiminished: [0, 3, 6, 10]
      case .augmented: [0, 4, 8]
      case .suspendedFourth: [0, 5, 7]
      }
    }
  }

  /// The root's pitch class, 0 for C to 11 for B.
  public var root: Int
  /// What stands on it.
  public var quality: Quality

  /// Creates a chord.
  public init(root: Int, quality: Quality) {
    self.root = root
    self.quality = quality
  }

  /// The chord's pitch classes, root first.
  public var pitchClasses: [Int] { quality.intervals.map { (root + $0) % 12 } }

  /// The name, such as `Dm`, `G7` or `Bb`, spelt with the sharps or flats of a key.
  public func name(in key: Key?) -> String {
    (key?.pitchClassNames ?? Pitch.classNames)[root] + quality.rawValue
  }
}

extension Key {
  /// The pitch classes' names, C first, with sharps where the key has sharps and flats where it has flats.
  var pitchClassNames: [String] {
    let major = isMinor ? tonic + 3 : tonic
    switch 7 * major % 12 {
    case 0: return Pitch.classNames
    // Of six each is named, Eb minor by flats.
    case 1...(isMinor ? 5 : 6):
      return ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    default: return ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]
    }
  }
}
