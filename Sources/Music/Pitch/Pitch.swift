/// A pitch by its MIDI number and its name in scientific pitch notation: 60 is C4, middle C.
public struct Pitch: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The MIDI number, 0 to 127.
  public let number: Int

  /// Creates the pitch of a number.
  public init(_ number: some BinaryInteger) { self.number = Int(number) }

  /// Reads a name such as `F#4`, `Bb-1` or `e♭5`; nil where it names no pitch from 0 to 127.
  public init?(name: some StringProtocol) {
    guard let mark = name.firstIndex(where: { $0.isNumber || $0 == "-" }),
      let semitones = Pitch.semitones(name[..<mark]), let octave = Int(name[mark...]),
      (-1...10).contains(octave)
    else { return nil }
    number = 12 * (octave + 1) + semitones
    guard (0...127).contains(number) else { return nil }
  }

  /// The name, such as `F#4` or `Bb3`: the black keys are C#, Eb, F#, Ab and Bb.
  public var name: String {
    let pitchClass = pitchClass
    return "\(Pitch.classNames[pitchClass])\((number - pitchClass) / 12 - 1)"
  }

  /// The pitch class, 0 for C to 11 for B.
  public var pitchClass: Int { (number % 12 + 12) % 12 }

  /// Whether it is one of the piano's black keys.
  public var isBlackKey: Bool { [1, 3, 6, 8, 10].contains(pitchClass) }

  /// The name.
  public var description: String { name }

  /// Whether one pitch is lower than another.
  public static func < (left: Pitch, right: Pitch) -> Bool { left.number < right.number }

  /// The pitch class that a name without octave stands for, such as 10 for `Bb`; nil where it is none.
  public static func pitchClass(named name: some StringProtocol) -> Int? {
    semitones(name).map { ($0 + 12) % 12 }
  }

  /// The names of the pitch classes, C first.
  static let classNames = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]

  private static let naturals: [Character: Int] = [
    "c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11,
  ]

  /// The semitones above C of a letter with at most two sharps or flats; nil where it is no such name.
  private static func semitones(_ name: some StringProtocol) -> Int? {
    guard let letter = name.first?.lowercased().first, var semitones = naturals[letter],
      name.count <= 3
    else { return nil }
    for sign in name.dropFirst() {
      switch sign {
      case "#", "♯": semitones += 1
      case "b", "♭": semitones -= 1
      default: return nil
      }
    }
    return semitones
  }
}

/// The pitch classes of a key or mode, such as `D-minor`.
public struct Scale: Hashable, Sendable {
  /// A bit for each pitch class, C in the lowest.
  public let pitchClasses: UInt16
  /// The name it was made from.
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

  /// Reads a name: a tonic, then a mode after a hyphen, such as `F#-dorian`; major where there is none.
  ///
  /// Minor has both the seventh of the natural and that of the harmonic scale. Nil where the name is
  /// no scale's.
  public init?(_ name: String) {
    let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
    guard let first = parts.first, let tonic = Pitch.pitchClass(named: first),
      let degrees = Scale.modes[parts.count > 1 ? parts[1].lowercased() : "major"]
    else { return nil }
    pitchClasses = degrees.reduce(0) { $0 | 1 << UInt16((tonic + $1) % 12) }
    self.name = name
  }

  /// Whether a pitch is in the scale.
  public func contains(_ pitch: UInt8) -> Bool { pitchClasses >> UInt16(pitch % 12) & 1 == 1 }
}
