import Glibc

/// Where a file is to go: what stands there, and whether it may.
struct FileTarget {
  /// The name that it gets: the one that was given, or the one that a link there leads to.
  let path: String
  /// Whether that is a pipe, a device or a file that is open already, which takes bytes and is not replaced.
  let isStream: Bool
  /// The file that is open already; nil where it is another.
  let descriptor: Int32?
  /// The mode, owner and group of the file that is to be replaced.
  let standing: (mode: mode_t, owner: uid_t, group: gid_t)?

  /// Links that lead to links are followed so often, as the kernel does.
  private static let mostLinks = 40

  /// Looks at a name.
  ///
  /// - Parameters:
  ///   - path: the name.
  ///   - replacement: what may be done where a file stands there.
  /// - Throws: ``FileError`` where no file can be written under the name: `EEXIST` for one that may not
  ///   be replaced, `EPERM` for one that is protected from writing, `EISDIR` for a folder, `EINVAL`
  ///   for a socket or a disk.
  init(path: String, replacement: Replacement) throws(FileError) {
    if let descriptor = openFile(named: path) {
      let mode = fcntl(descriptor, F_GETFL)
      let isClosed = StandardStream(rawValue: descriptor)?.wasClosed ?? false
      // What is closed when another program is begun was not given to this one: it has opened it itself.
      let isGiven = descriptor <= STDERR_FILENO || fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0
      guard mode >= 0, !isClosed, isGiven, mode & O_ACCMODE != O_RDONLY else {
        throw FileError(.write, path: path, errno: EBADF)
      }
      self.path = path
      self.descriptor = descriptor
      isStream = true
      standing = nil
      return
    }
    descriptor = nil
    var status = stat()
    var target = path
    var isThere = false
    if unsafe withSystemPath(path, { unsafe stat($0, &status) }) == 0 {
      isThere = true
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw FileError(.write, path: path, errno: EISDIR)
      case S_IFIFO, S_IFCHR:
        guard unsafe withSystemPath(path, { unsafe access($0, W_OK) }) == 0 else {
          throw FileError(.write, path: path, errno: errno)
        }
        self.path = path
        isStream = true
        standing = nil
        return
      default: throw FileError(.write, path: path, errno: EINVAL)
      }
    } else if errno != ENOENT {
      throw FileError(.write, path: path, errno: errno)
    }
    var links = 0
    while let next = FileTarget.destination(ofLink: target) {
      links += 1
      guard links <= FileTarget.mostLinks else {
        throw FileError(.write, path: path, errno: ELOOP)
      }
      target =
        next.utf8.first == UInt8(ascii: "/") ? next : FileTarget.folder(of: target) + "/" + next
    }
    if isThere {
      // The superuser may write to any file: for him the mode says what is meant.
      guard status.st_mode & 0o222 != 0,
        unsafe withSystemPath(target, { unsafe access($0, W_OK) }) == 0
      else {
        throw FileError(.write, path: path, errno: EPERM)
      }
      if replacement == .never { throw FileError(.write, path: path, errno: EEXIST) }
    }
    self.path = target
    isStream = false
    standing = isThere ? (status.st_mode & 0o777, status.st_uid, status.st_gid) : nil
  }

  /// The folder that a name stands in.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What a link holds; nil for a name that is no link.
  private static func destination(ofLink path: String) -> String? {
    let size = Int(PATH_MAX)
    var bytes = [CChar](repeating: 0, count: size)
    // readlink writes at most `size` bytes, without a zero at the end.
    let count = unsafe withSystemPath(path) { unsafe readlink($0, &bytes, size) }
    guard count >= 0 else { return nil }
    return String(systemPath: bytes[..<count].map { UInt8(bitPattern: $0) })
  }
}

/// The file of this process that a name in `/dev` or `/proc` stands for, open already; nil for all other names.
///
/// What is written there is to come where that file stands, behind what it holds: a name that leads to it would
/// begin it anew.
///
/// Reference: proc(5), `/proc/[pid]/fd`.
public func openFile(named path: String) -> Int32? {
  if path == "/dev/stdout" { return StandardStream.output.rawValue }
  if path == "/dev/stderr" { return StandardStream.error.rawValue }
  for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
    return Int32(path.dropFirst(folder.count)).flatMap { $0 >= 0 ? $0 : nil }
  }
  return nil
}

/// Flushes a folder's list of names to the disk, as far as its file system can.
///
/// - Parameter path: a file or folder in it.
func flushFolder(of path: String) {
  let folder = unsafe withSystemPath(FileTarget.folder(of: path)) {
    unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }
  guard folder >= 0 else { return }
  // Some file systems cannot; what is in the folder is safe by then.
  fsync(folder)
  close(folder)
}
