public import Archives
public import Downloads
public import FileStorage

/// Why a collection is not there.
public struct CollectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Hashable, Sendable {
    /// It has no archive that could be downloaded.
    case notAnArchive(homepage: String)
    /// It is there already.
    case exists(folder: String)
    /// A name that no folder should have.
    case invalidName
    /// The user has no home folder in which it could be kept.
    case noHome
    /// Nothing stands under the path.
    case missing
    /// What came is not what came the first time.
    case changed(found: String, pinned: String, pins: String)
    /// The file that keeps the checksums of first downloads cannot be understood.
    case malformedPins
    /// The task that put it there was cancelled.
    case cancelled
    /// Neither MIDI nor ABC files are in it.
    case noMusic
    /// It cannot be downloaded.
    case download(DownloadError)
    /// It cannot be unpacked.
    case archive(ArchiveError)
    /// A file cannot be read or written.
    case file(FileError)
  }

  /// What went wrong.
  public var reason: Reason
  /// The collection's name, or where it should come from.
  public var subject: String

  /// Creates an error.
  public init(_ reason: Reason, subject: String) {
    self.reason = reason
    self.subject = subject
  }

  /// One line: found, expected, what to do.
  public var description: String {
    switch reason {
    case .notAnArchive(let homepage):
      "\(subject): is not published as one archive; choose pieces at \(homepage)"
    case .exists(let folder): "\(subject): is there already: \(folder); remove that to get it anew"
    case .invalidName:
      "\"\(subject)\" is no name for a collection, expected letters, digits, - . and _"
    case .noHome:
      "\(subject): found no home folder to keep it in; set MUSEGEN_CORPORA to a folder"
    case .missing: "\(subject): found nothing, expected an archive, a folder or a music file"
    case .changed(let found, let pinned, let pins):
      "\(subject): found checksum \(found), but the first download had \(pinned); where the change "
        + "is to be trusted, remove it from \(pins)"
    case .malformedPins:
      "\(subject): found no JSON object of checksums by address; mend it, or remove it to trust the "
        + "next downloads anew"
    case .cancelled: "\(subject): stopped; nothing was kept"
    case .noMusic:
      "\(subject): found no music, expected .mid, .midi, .kar, .rmi, "
        + ".musicxml, .mxl or .abc files"
    case .download(let error): "\(error)"
    case .archive(let error): "\(error)"
    case .file(let error): "\(error)"
    }
  }
}
