public import FileStorage

/// Why something could not be heard or rendered.
public struct PlaybackError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, and where.
  public enum Reason: Hashable, Sendable {
    /// No SoundFont was found; `name` is what was asked for, nil for any.
    case soundFontMissing(name: String?, searched: [String])
    /// A file is not a SoundFont that can be played; `problem` says what was found instead.
    case soundFontInvalid(path: String, problem: String)
    /// A setting lies outside its range.
    case settingInvalid(name: String, found: String, expected: String)
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
    /// Rendering was given up because it was asked for no longer.
    case cancelled(path: String)
    /// A file could not be read or written.
    case file(FileError)
    /// The MIDI sequencer or one of its ports cannot be reached.
    case portUnavailable(name: String?, problem: String)
  }

  /// What went wrong, and where.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line that says what was found, what was expected and what can be done.
  public var description: String {
    switch reason {
    case .soundFontMissing(let name, let searched):
      let folders = searched.isEmpty ? "any folder" : searched.joined(separator: ", ")
      return "\(name ?? "SoundFont"): not found in \(folders); "
        + "apt install fluid-soundfont-gm, or name one with --soundfont"
    case .soundFontInvalid(let path, let problem):
      return "\(path): \(problem); name another SoundFont with --soundfont"
    case .settingInvalid(let name, let found, let expected):
      return "\(name): found \(found), expected \(expected)"
    case .synthesizerFailed(let problem):
      return "the synthesizer cannot start: \(problem)"
    case .deviceUnavailable(let name, let problem):
      return "sound device \(name): \(problem); "
        + "choose another with --device, or write a file with musegen render"
    case .deviceUnsuitable(let name, let problem):
      return "sound device \(name): \(problem); try --device plug:\(name)"
    case .deviceLost(let name, let problem):
      return "sound device \(name) was lost: \(problem)"
    case .formatUnknown(let path, let expected):
      return "\(path): found no audio format of that name, expected a name ending in "
        + expected.map { ".\($0)" }.joined(separator: ", ")
    case .encodingFailed(let path, let problem):
      return "\(path): cannot be encoded: \(problem)"
    case .cancelled(let path):
      return "\(path): not written, for rendering was stopped"
    case .file(let error):
      return error.description
    case .portUnavailable(let name, let problem):
      return "MIDI port \(name ?? "sequencer"): \(problem); musegen devices lists the ports"
    }
  }
}
