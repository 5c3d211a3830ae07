public import FileStorage
public import StandardMIDIFile

/// Why a path gave no piece.
public struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// Nothing stands under the path, or no file matches the pattern.
    case missing
    /// The folder has no MIDI file in it, at any depth.
    case noMIDIFiles
    /// The file or folder cannot be read.
    case unreadable(FileError)
    /// The file is not a Standard MIDI File.
    case malformed(MIDIFileError)
    /// The piece has no note that the vocabulary can tell.
    case noNotes
  }

  /// The file, folder or pattern.
  public var path: String
  /// What is wrong.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason, path: String) {
    self.reason = reason
    self.path = path
  }

  /// The error as one line.
  public var description: String {
    switch reason {
    case .missing: "\(path): found nothing, expected MIDI files or a folder of them"
    case .noMIDIFiles: "\(path): found no MIDI file, expected .mid, .midi, .kar or .rmi"
    case .unreadable(let error): "\(error)"
    case .malformed(let error): "\(path): \(error)"
    case .noNotes: "\(path): found no notes that the vocabulary can tell, expected at least one"
    }
  }
}
