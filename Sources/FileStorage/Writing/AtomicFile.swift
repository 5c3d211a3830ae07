import Glibc

/// A file that appears under its name only when it is whole.
///
/// Until ``commit()`` it has no name at all, so that nothing is left behind whatever ends the process;
/// where the file system has no such files, it has one of its own in the same folder, which the next
/// file that is written there removes if its process was killed. A pipe or a device under the name is
/// sent the bytes once they are whole, and so is an open file that is named as `/dev/stdout`.
///
/// Reference: open(2), `O_TMPFILE`, link(2), rename(2) and fsync(2), Linux man-pages.
public struct AtomicFile: ~Copyable {
  /// The final name, as it was given.
  public let path: String
  /// The file, open for reading and writing until ``commit()``, for libraries that write by themselves.
  public let descriptor: Int32
  private let replacement: Replacement
  private let target: FileTarget
  /// The name until ``commit()``; nil where it has none.
  private var temporaryPath: String?

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: the final name; where a link stands there, the file goes to where it leads.
  ///   - replacement: what may be done where a file stands there.
  /// - Throws: ``FileError`` where the folder is missing or closed to writing, with `EEXIST` for a file
  ///   that may not be replaced, and with `EPERM` for one that is protected from writing.
  public init(path: String, replacement: Replacement = .always) throws(FileError) {
    try self.init(path: path, replacement: replacement, isNamed: false)
  }

  /// Begins a file, as on a file system that has no files without a name where `isNamed`.
  init(path: String, replacement: Replacement, isNamed: Bool) throws(FileError) {
    let target = try FileTarget(path: path, replacement: replacement)
    let folder = target.isStream ? temporaryFiles : FileTarget.folder(of: target.path)
    TemporaryName.removeLeftovers(in: folder)
    var descriptor = isNamed ? -1 : AtomicFile.openUnnamed(in: folder)
    var temporary: String?
    if descriptor < 0 {
      let name = TemporaryName.make(in: folder)
      descriptor = Temporaries.making { note in
        note(name)
        return unsafe withSystemPath(name) {
          unsafe open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
      }
      guard descriptor >= 0 else {
        let error = FileError(.write, path: path, errno: errno)
        Temporaries.keep(name)
        throw error
      }
      temporary = name
    }
    self.path = path
    self.descriptor = descriptor
    self.replacement = replacement
    self.target = target
    temporaryPath = temporary
  }

  /// Opens a file without a name; negative where that cannot be, or no name could be given to it.
  private static func openUnnamed(in folder: String) -> Int32 {
    // O_TMPFILE, a macro that Swift does not see: __O_TMPFILE and O_DIRECTORY.
    let unnamed = 0o20_000_000 | O_DIRECTORY
    let descriptor = unsafe withSystemPath(folder) {
      unsafe open($0, unnamed | O_RDWR | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { return -1 }
    guard unsafe withSystemPath(place(of: descriptor), { unsafe access($0, F_OK) }) == 0 else {
      close(descriptor)
      return -1
    }
    return descriptor
  }

  /// Where an open file is found that has no name.
  private static func place(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  /// Appends bytes.
  ///
  /// - Parameter bytes: what to append.
  /// - Throws: ``FileError`` where the disk is full or gone.
  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try FileStorage.write(bytes, to: descriptor, ofFileNamed: path)
  }

  /// Appends numbers of two bytes each, the lower first.
  ///
  /// - Parameter numbers: what to append.
  /// - Throws: ``FileError`` where the disk is full or gone.
  public mutating func write(numbers: [UInt16]) throws(FileError) {
    let numbers = isLittleEndian ? numbers : numbers.map(\.byteSwapped)
    var problem: FileError?
    unsafe numbers.withUnsafeBytes { bytes in
      do throws(FileError) {
        try unsafe FileStorage.write(bytes, to: descriptor, ofFileNamed: path)
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
  }

  /// Puts the file under its name, flushed to the disk.
  ///
  /// - Throws: ``FileError``; what stood there then stands as it was. Of a pipe or a device that gives
  ///   out half-way, part of the bytes are sent. `ECANCELED` where the task is cancelled while a pipe
  ///   is waited for.
  public consuming func commit() throws(FileError) {
    if target.isStream {
      return try sendBytes(of: descriptor, toStreamAt: path, openAs: target.descriptor)
    }
    guard fsync(descriptor) == 0 else { throw FileError(.write, path: path, errno: errno) }
    // What came or was protected in the meantime counts, too.
    let now: FileTarget
    do {
      now = try FileTarget(path: target.path, replacement: replacement)
    } catch {
      throw FileError(.write, path: path, errno: error.errno)
    }
    if let standing = now.standing {
      fchmod(descriptor, standing.mode)
      // Only the superuser can give a file to its owner; others have it by now.
      if geteuid() == 0 { _ = fchown(descriptor, standing.owner, standing.group) }
    }
    if replacement == .never || now.standing == nil {
      let problem = linkUnderName()
      guard problem == EEXIST, replacement == .always else {
        guard problem == 0 else { throw FileError(.write, path: path, errno: problem) }
        return flushFolder(of: target.path)
      }
    }
    let temporary = temporaryPath ?? TemporaryName.make(in: FileTarget.folder(of: target.path))
    if temporaryPath == nil {
      guard AtomicFile.link(AtomicFile.place(of: descriptor), temporary) else {
        throw FileError(.write, path: path, errno: errno)
      }
      temporaryPath = temporary
    }
    guard AtomicFile.rename(temporary, target.path) else {
      throw FileError(.write, path: path, errno: errno)
    }
    temporaryPath = nil
    Temporaries.keep(temporary)
    flushFolder(of: target.path)
  }

  /// Gives the file its name where that is free; the error's number, 0 for none.
  private borrowing func linkUnderName() -> Int32 {
    if AtomicFile.link(temporaryPath ?? AtomicFile.place(of: descriptor), target.path) { return 0 }
    let problem = errno
    guard let temporaryPath, [EPERM, EOPNOTSUPP, ENOSYS].contains(problem) else { return problem }
    // A file system without links: an empty file of ours keeps the name free of others.
    let claim = unsafe withSystemPath(target.path) {
      unsafe open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    guard claim >= 0 else { return errno }
    close(claim)
    return AtomicFile.rename(temporaryPath, target.path) ? 0 : errno
  }

  private static func link(_ old: String, _ new: String) -> Bool {
    unsafe withSystemPath(old) { old in
      unsafe withSystemPath(new) { unsafe linkat(AT_FDCWD, old, AT_FDCWD, $0, AT_SYMLINK_FOLLOW) }
    } == 0
  }

  private static func rename(_ old: String, _ new: String) -> Bool {
    unsafe withSystemPath(old) { old in unsafe withSystemPath(new) { unsafe Glibc.rename(old, $0) }
    } == 0
  }

  deinit {
    close(descriptor)
    // A name that was linked or renamed away is gone, or is the second one of a file that has its own.
    if let temporaryPath {
      _ = unsafe withSystemPath(temporaryPath) { unsafe unlink($0) }
      Temporaries.keep(temporaryPath)
    }
  }
}

/// Writes a whole file so that its name never holds a part of it.
///
/// - Parameters:
///   - bytes: the content.
///   - path: the file's name; a pipe or a device there is sent the bytes.
///   - replacement: what may be done where a file stands there.
/// - Throws: ``FileError``; the old file, if any, then stands as it was.
public func writeFile(
  _ bytes: [UInt8], at path: String, replacement: Replacement = .always
) throws(FileError) {
  var file = try AtomicFile(path: path, replacement: replacement)
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
  var problem: FileError?
  unsafe bytes.withUnsafeBytes { bytes in
    do throws(FileError) {
      try unsafe write(bytes, to: descriptor, ofFileNamed: name)
    } catch {
      problem = error
    }
  }
  if let problem { throw problem }
}

private func write(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, ofFileNamed name: String
) throws(FileError) {
  var written = 0
  while written < bytes.count {
    // write reads at most bytes.count - written bytes from `written` on.
    let sent = unsafe Glibc.write(
      descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
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
