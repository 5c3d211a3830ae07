import Glibc

/// A folder that appears under its name only when all that belongs into it is there.
///
/// Files go into a folder of a temporary name beside it; ``commit()`` flushes them to the disk and
/// renames. Without a commit nothing is left behind; what a killed process leaves is removed by the next
/// that writes beside it.
public struct AtomicFolder: ~Copyable {
  /// The final name.
  public let path: String
  /// The name until ``commit()``.
  public let temporaryPath: String
  private var isCommitted = false

  /// Makes the temporary folder, and those above it.
  ///
  /// - Parameter path: the final name.
  /// - Throws: ``FileError`` where it cannot be made, or something stands under the name.
  public init(path: String) throws(FileError) {
    guard fileKind(at: path) == nil else {
      throw FileError(.createFolder, path: path, errno: EEXIST)
    }
    let folder = folder(of: path)
    try createFolder(at: folder)
    TemporaryName.removeLeftovers(in: folder)
    let temporary = TemporaryName.make(in: folder)
    let made = Temporaries.making { note in
      note(temporary)
      return unsafe withSystemPath(temporary) { unsafe mkdir($0, 0o777) }
    }
    guard made == 0 else {
      let error = FileError(.createFolder, path: path, errno: errno)
      Temporaries.keep(temporary)
      throw error
    }
    self.path = path
    temporaryPath = temporary
  }

  /// Writes a file into the folder; one of the same name is replaced.
  ///
  /// - Parameters:
  ///   - bytes: the content.
  ///   - name: the file's path inside the folder; folders in it are made.
  /// - Throws: ``FileError`` where it cannot be written, and with `EINVAL` where the path would lead
  ///   out of the folder.
  public mutating func write(_ bytes: [UInt8], at name: String) throws(FileError) {
    // At bytes, as the system does: to Swift, a slash and an accent behind it are one character.
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard !parts.contains(where: { ["", ".", ".."].contains(String(Substring($0))) }),
      !name.utf8.contains(0)
    else {
      throw FileError(.write, path: name, errno: EINVAL)
    }
    let target = temporaryPath + "/" + name
    let descriptor = try Temporaries.making { _ throws(FileError) in
      try createFolder(at: folder(of: target))
      return unsafe withSystemPath(target) {
        unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
      }
    }
    guard descriptor >= 0 else { throw FileError(.write, path: name, errno: errno) }
    defer { close(descriptor) }
    try FileStorage.write(bytes, to: descriptor, ofFileNamed: name)
  }

  /// Puts the folder under its name, all that is in it flushed to the disk.
  ///
  /// - Throws: ``FileError`` where that is taken by now, or the disk gave out.
  public mutating func commit() throws(FileError) {
    try flush(temporaryPath)
    guard
      unsafe withSystemPath(
        temporaryPath, { old in unsafe withSystemPath(path) { unsafe rename(old, $0) } })
        == 0
    else {
      throw FileError(.write, path: path, errno: errno)
    }
    isCommitted = true
    flushFolder(of: path)
  }

  deinit {
    if !isCommitted { try? removeFolder(at: temporaryPath) }
    Temporaries.keep(temporaryPath)
  }
}

/// Flushes a file, or a folder and all in it, to the disk; links are not followed.
///
/// - Parameter path: the file or folder.
/// - Throws: ``FileError`` where the disk gave out.
private func flush(_ path: String) throws(FileError) {
  let descriptor = unsafe withSystemPath(path) {
    unsafe open($0, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
  }
  guard descriptor >= 0 else {
    // A link, or a socket, or what a umask closes to reading: the system flushes that in its time.
    if [ELOOP, ENXIO, EACCES].contains(errno) { return }
    throw FileError(.write, path: path, errno: errno)
  }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else {
    throw FileError(.write, path: path, errno: errno)
  }
  if status.st_mode & S_IFMT == S_IFDIR {
    for name in try listFolder(at: path) { try flush(path + "/" + name) }
  }
  // Some file systems cannot flush folders, and need not.
  guard fsync(descriptor) == 0 || errno == EINVAL else {
    throw FileError(.write, path: path, errno: errno)
  }
}
