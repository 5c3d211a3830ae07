import Glibc

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a temporary name in the same folder; ``commit()`` flushes them to the disk, renames
/// and flushes the folder. Without a commit nothing is left behind, but for a crash, which leaves
/// the temporary file and the old one untouched.
///
/// Reference: rename(2) and fsync(2), Linux man-pages.
public struct AtomicFile: ~Copyable {
  /// The final name.
  public let path: String
  /// The name until ``commit()``, for libraries that open files by themselves.
  public let temporaryPath: String
  private let descriptor: Int32
  private var isCommitted = false

  /// Creates the temporary file.
  ///
  /// - Parameter path: the final name; what stands there is replaced by ``commit()``.
  /// - Throws: ``FileError`` where the folder is missing or closed to writing.
  public init(path: String) throws(FileError) {
    var status = stat()
    var target = path
    if unsafe lstat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw FileError(.write, path: path, errno: EISDIR)
      }
      // Write through a symbolic link instead of replacing it.
      if status.st_mode & S_IFMT == S_IFLNK {
        guard let resolved = unsafe realpath(path, nil) else {
          throw FileError(.write, path: path, errno: errno)
        }
        target = unsafe String(cString: resolved)
        unsafe free(resolved)
        guard unsafe stat(target, &status) == 0 else {
          throw FileError(.write, path: path, errno: errno)
        }
      }
      // A device or a pipe must not be replaced by a file.
      if status.st_mode & S_IFMT != S_IFREG {
        throw FileError(.write, path: path, errno: EINVAL)
      }
    }
    let name = target.split(separator: "/").last.map(String.init) ?? ""
    let suffix = name.split(separator: ".").last.map { ".\($0)" } ?? ""
    let folder = AtomicFile.folder(of: target)
    // The suffix stays last: libraries choose the format by it.
    let temporary = "\(folder)/.\(name).\(getpid()).\(UInt32.random(in: 0 ... .max))\(suffix)"
    Temporaries.add(temporary)
    let opened = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard opened >= 0 else {
      let error = FileError(.write, path: path, errno: errno)
      Temporaries.keep(temporary)
      throw error
    }
    self.path = target
    temporaryPath = temporary
    descriptor = opened
  }

  /// Appends bytes.
  ///
  /// - Parameter bytes: what to append.
  /// - Throws: ``FileError`` where the disk is full or gone.
  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try FileStorage.write(bytes, to: descriptor, ofFileNamed: path)
  }

  /// Puts the file under its name.
  ///
  /// - Throws: ``FileError``; the old file then stands as it was.
  public consuming func commit() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError(.write, path: path, errno: errno) }
    guard unsafe rename(temporaryPath, path) == 0 else {
      throw FileError(.write, path: path, errno: errno)
    }
    isCommitted = true
    let folder = unsafe open(AtomicFile.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      // Some file systems cannot flush a folder; the file itself is safe by now.
      fsync(folder)
      close(folder)
    }
  }

  deinit {
    close(descriptor)
    if !isCommitted { unsafe unlink(temporaryPath) }
    Temporaries.keep(temporaryPath)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// Writes a whole file so that its name never holds a part of it.
///
/// - Parameters:
///   - bytes: the content.
///   - path: the file's name.
/// - Throws: ``FileError``; the old file, if any, then stands as it was.
public func writeFile(_ bytes: [UInt8], at path: String) throws(FileError) {
  var file = try AtomicFile(path: path)
  try file.write(bytes)
  try file.commit()
}

/// Writes all bytes, in as many calls as it takes.
///
/// - Parameters:
///   - bytes: what to write.
///   - descriptor: an open file.
///   - name: what an error calls it.
/// - Throws: ``FileError`` where the disk is full or gone.
func write(
  _ bytes: [UInt8], to descriptor: Int32, ofFileNamed name: String
) throws(FileError) {
  var written = 0
  while written < bytes.count {
    let start = written
    // write reads at most bytes.count - start bytes from `start` on.
    let sent = unsafe bytes.withUnsafeBytes { buffer in
      unsafe Glibc.write(
        descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
    }
    if sent < 0 {
      if errno == EINTR { continue }
      // A pipe or a terminal that somebody else has told not to wait.
      if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&waiting, 1, -1)
        continue
      }
      throw FileError(.write, path: name, errno: errno)
    }
    written += sent
  }
}
