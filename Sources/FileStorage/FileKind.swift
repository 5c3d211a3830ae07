import Glibc

/// What stands under a name.
public enum FileKind: Hashable, Sendable, CustomStringConvertible {
  /// A regular file: it has an end, and can be read twice.
  case file
  /// A folder.
  case folder
  /// A pipe, which gives its bytes once, and may never give any.
  case pipe
  /// A socket.
  case socket
  /// A device, which may never end.
  case device
  /// A link that leads nowhere, or in a circle.
  case brokenLink

  init(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFIFO: self = .pipe
    case S_IFSOCK: self = .socket
    case S_IFLNK: self = .brokenLink
    default: self = .device
    }
  }

  /// What a folder says of one of its names; nil for a link, and where the disk does not note it.
  ///
  /// - Parameter type: one of readdir(3)'s.
  init?(entryType type: Int) {
    switch type {
    case Int(DT_REG): self = .file
    case Int(DT_DIR): self = .folder
    case Int(DT_FIFO): self = .pipe
    case Int(DT_SOCK): self = .socket
    case Int(DT_CHR), Int(DT_BLK): self = .device
    default: return nil
    }
  }

  /// Whether bytes can be read from it: a file, and what passes for one where the user names it, such as
  /// `/dev/stdin`.
  public var givesBytes: Bool { self == .file || self == .pipe || self == .device }

  /// A few words, such as "a pipe".
  public var description: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .pipe: "a pipe"
    case .socket: "a socket"
    case .device: "a device"
    case .brokenLink: "a link that leads nowhere"
    }
  }

  /// Several of them, such as "pipes".
  public var plural: String {
    switch self {
    case .file: "files"
    case .folder: "folders"
    case .pipe: "pipes"
    case .socket: "sockets"
    case .device: "devices"
    case .brokenLink: "links that lead nowhere"
    }
  }
}

/// Which file or folder a name stands for: equal for all names of one.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// Finds out what a name stands for, links followed; nil where that is nothing.
  public init?(path: String) {
    guard let status = try? fileStatus(at: path) else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}

/// By what it is seen, without reading it, that a file is no longer what it was.
public struct FileStamp: Hashable, Sendable {
  /// How many bytes it has.
  public let size: Int
  /// When it was last written, in nanoseconds since 1970.
  public let time: Int64
  /// Which file it is on its disk.
  public let number: UInt64

  /// Creates a stamp that was kept.
  public init(size: Int, time: Int64, number: UInt64) {
    self.size = size
    self.time = time
    self.number = number
  }

  /// Looks at a file, links followed; nil where there is none under the name.
  public init?(path: String) {
    guard let status = try? fileStatus(at: path), status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    size = Int(status.st_size)
    time = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    number = UInt64(status.st_ino)
  }
}

/// Tells what stands under a name, links followed; nil where nothing does, or that cannot be told.
public func fileKind(at path: String) -> FileKind? { try? checkedFileKind(at: path) }

/// Tells what stands under a name, links followed.
///
/// - Parameter path: the name.
/// - Returns: what it is.
/// - Throws: ``FileError`` where nothing stands there, or a folder above it is closed.
public func checkedFileKind(at path: String) throws(FileError) -> FileKind {
  do {
    return FileKind(mode: try fileStatus(at: path).st_mode)
  } catch {
    guard error.errno == ENOENT || error.errno == ELOOP else { throw error }
    var link = stat()
    guard unsafe withSystemPath(path, { unsafe lstat($0, &link) }) == 0 else { throw error }
    return .brokenLink
  }
}

/// Tells how many bytes a file has, links followed; nil where there is none.
public func fileSize(at path: String) -> Int? {
  guard let status = try? fileStatus(at: path), status.st_mode & S_IFMT == S_IFREG else {
    return nil
  }
  return Int(status.st_size)
}

/// Tells when what stands under a name was last written, links followed; nil where nothing does.
///
/// - Parameter path: the file or folder.
/// - Returns: seconds since 1970.
public func modificationTime(at path: String) -> Double? {
  guard let status = try? fileStatus(at: path) else { return nil }
  return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
}

/// Tells whether a name is a link's own, wherever that leads.
public func isLink(at path: String) -> Bool {
  var status = stat()
  return unsafe withSystemPath(path) { unsafe lstat($0, &status) } == 0
    && status.st_mode & S_IFMT == S_IFLNK
}

/// Tells whether this process may run a file as a program.
public func isProgram(at path: String) -> Bool {
  guard fileKind(at: path) == .file else { return false }
  return unsafe withSystemPath(path) { unsafe access($0, X_OK) } == 0
}

private func fileStatus(at path: String) throws(FileError) -> stat {
  var status = stat()
  guard unsafe withSystemPath(path, { unsafe stat($0, &status) }) == 0 else {
    throw FileError(.read, path: path, errno: errno)
  }
  return status
}
