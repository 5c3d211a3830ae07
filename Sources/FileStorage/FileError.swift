import Glibc

/// Why a file could not be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried.
  public enum Operation: String, Hashable, Sendable {
    /// Opening or reading.
    case read
    /// Creating, writing, synchronising or renaming.
    case write
    /// Listing a folder.
    case list
    /// Making a folder.
    case createFolder = "create folder"
  }

  /// What was tried.
  public var operation: Operation
  /// The file or folder.
  public var path: String
  /// The system's error number.
  public var errno: Int32

  /// Creates an error.
  public init(_ operation: Operation, path: String, errno: Int32) {
    self.operation = operation
    self.path = path
    self.errno = errno
  }

  /// Whether there is nothing under that name.
  public var isMissing: Bool { errno == ENOENT || errno == ENOTDIR }

  /// Whether nobody reads any more what goes to a pipe.
  public var isReaderGone: Bool { errno == EPIPE }
  /// Whether it is no fault of the file: the task was cancelled.
  public var isCancelled: Bool { errno == ECANCELED }

  /// Whether the disk gave out, rather than the name being wrong.
  public var isDiskTrouble: Bool { [ENOSPC, EDQUOT, EIO, EFBIG].contains(errno) }

  /// Whether no file can have this name here: too long, or one of its folders is a file.
  public var isUnusableName: Bool {
    [ENAMETOOLONG, ENOTDIR, EISDIR, EEXIST, EINVAL].contains(errno)
  }

  /// The system's words for ``errno``, in lower case.
  public var reason: String {
    switch errno {
    case ENOENT where operation == .write: return "its folder does not exist"
    case EISDIR: return "it is a folder"
    case EBADF: return "it is closed"
    case EINVAL where operation == .write: return "it is a socket or a disk"
    case EEXIST where operation == .write: return "it exists already"
    case EPERM where operation == .write: return "it is protected from writing"
    case EINVAL where operation == .read: return "it is a pipe, a socket or a device"
    // What open(2) says of sockets, and of devices that have gone.
    case ENXIO where operation == .read: return "it is a socket or a missing device"
    case ECANCELED: return "stopped"
    default:
      guard let text = unsafe strerror(errno) else { return "error \(errno)" }
      return unsafe String(cString: text).lowercased()
    }
  }

  /// One line: the path, what was tried and why it failed.
  public var description: String { "\(path): cannot \(operation.rawValue): \(reason)" }
}
