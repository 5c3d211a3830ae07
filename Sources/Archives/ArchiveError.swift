public import FileStorage

/// Why an archive was not unpacked.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// Not a whole .zip, .tar or .tar.gz; libarchive's words.
    case malformed(String)
    /// An entry whose name leads out of the folder.
    case leadsOutside(entry: String)
    /// More files, more bytes or a higher compression than music has.
    case bomb(String)
    /// The task that unpacked it was cancelled.
    case cancelled
    /// A file of the archive cannot be written, or the archive not be read.
    case file(FileError)
  }

  /// What was found.
  public var reason: Reason
  /// The archive.
  public var path: String

  /// Creates an error.
  public init(_ reason: Reason, path: String) {
    self.reason = reason
    self.path = path
  }

  /// One line: the archive, what was found and what was expected.
  public var description: String { "\(path): \(reason)" }
}

extension ArchiveError.Reason: CustomStringConvertible {
  /// What was found and what was expected.
  public var description: String {
    switch self {
    case .malformed(let problem): "\(problem), expected a .zip, .tar or .tar.gz"
    case .leadsOutside(let entry):
      "the entry \(entry) leads out of the folder; nothing was unpacked"
    case .bomb(let problem): "\(problem); nothing was unpacked"
    case .cancelled: "stopped; nothing was unpacked"
    case .file(let error): "\(error)"
    }
  }
}
