import Settings

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

  /// Reads a name: a tonic, then a mode after a hyphen; major where there is none.
  ///
  /// Minor has both the seventh of the natural and that of the harmonic scale.
  ///
  /// - Throws: ``GenerationError`` where it is no key.
  public init(_ name: String) throws(GenerationError) {
    let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
    guard let first = parts.first, let tonic = PitchName.pitchClass(first),
      let degrees = Scale.modes[parts.count > 1 ? parts[1].lowercased() : "major"]
    else {
      throw GenerationError(
        .setting(
          SettingError(
            "key", found: "\"\(name)\"",
            expected: "a tonic and a mode such as D-minor, F#-major or A-dorian")))
    }
    pitchClasses = degrees.reduce(0) { $0 | 1 << UInt16((tonic + $1) % 12) }
    self.name = name
  }

  /// Whether a pitch is in the scale.
  public func contains(_ pitch: UInt8) -> Bool { pitchClasses >> UInt16(pitch % 12) & 1 == 1 }
}
