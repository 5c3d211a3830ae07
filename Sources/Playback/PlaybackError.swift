public import FileStorage
public import Settings

/// Why something could not be heard or rendered.
public struct PlaybackError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, and where.
  public enum Reason: Hashable, Sendable {
    /// No SoundFont was found; `name` is what was asked for, nil for any.
    case soundFontMissing(name: String?, searched: [String])
    /// A file is not a SoundFont that can be played; `problem` says what was found instead.
    case soundFontInvalid(path: String, problem: String)
    /// A setting lies outside its range.
    case setting(SettingError)
    /// The synthesizer could not be made.
    case synthesizerFailed(problem: String)
    /// A sound device could not be opened.
    case deviceUnavailable(name: String, problem: String)
    /// A sound device takes no sample format, rate or channel count that can be played.
    case deviceUnsuitable(name: String, problem: String)
    /// A sound device went away while it played.
    case deviceLost(name: String, problem: String)
    /// A file name does not end in the name of an audio format that can be written.
    case formatUnknown(path: String, expected: [String])
    /// An audio file could not be encoded.
    case encodingFailed(path: String, problem: String)
    /// A file could not be read or written.
    case file(FileError)
    /// The MIDI sequencer or one of its ports cannot be reached.
    case portUnavailable(name: String?, problem: String)
    /// JACK cannot be reached.
    case jackUnavailable(problem: String)
  }

  /// What went wrong, and where.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line that says what was found and what was expected.
  public var description: String {
    switch reason {
    case .soundFontMissing(let name, let searched):
      "\(name ?? "SoundFont"): not found in \(Self.text(searched)); apt install fluid-soundfont-gm"
    case .soundFontInvalid(let path, let problem):
      "\(path): \(problem)"
    case .setting(let error):
      error.description
    case .synthesizerFailed(let problem):
      "the synthesizer cannot start: \(problem)"
    case .deviceUnavailable(let name, let problem):
      "sound device \(name): \(problem)"
    case .deviceUnsuitable(let name, let problem):
      "sound device \(name): \(problem)"
    case .deviceLost(let name, let problem):
      "sound device \(name) was lost: \(problem)"
    case .formatUnknown(let path, let expected):
      "\(path): found no audio format of that name, expected a name ending in "
        + expected.map { ".\($0)" }.joined(separator: ", ")
    case .encodingFailed(let path, let problem):
      "\(path): cannot be encoded: \(problem)"
    case .file(let error):
      error.description
    case .portUnavailable(let name, let problem):
      "MIDI port \(name ?? "sequencer"): \(problem)"
    case .jackUnavailable(let problem): "JACK: \(problem)"
    }
  }
}

extension PlaybackError {
  private static func text(_ folders: [String]) -> String {
    folders.isEmpty ? "any folder" : folders.joined(separator: ", ")
  }

  /// Throws unless a setting is what it may be.
  static func check(
    _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(PlaybackError) {
    do {
      try SettingError.check(key, found, holds, expected)
    } catch {
      throw PlaybackError(.setting(error))
    }
  }

  /// Throws unless a setting lies in its range.
  static func check<Value: Comparable & CustomStringConvertible>(
    _ key: String, _ found: Value, in range: ClosedRange<Value>
  ) throws(PlaybackError) {
    try check(
      key, found, range.contains(found), "\(range.lowerBound) to \(range.upperBound)")
  }
}
