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
