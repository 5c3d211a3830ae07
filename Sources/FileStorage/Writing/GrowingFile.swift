import Glibc

/// A file that grows over several attempts and appears under its name only when it is whole.
///
/// Until ``commit()`` it is called `NAME.part` and stays on the disk when the process ends, so that
/// the next one can go on where it stopped. One process at a time can hold it.
public struct ResumableFile: ~Copyable {
  /// The final name.
  public let path: String
  /// The name until ``commit()``.
  public let partPath: String
  /// How many bytes are there.
  public private(set) var count: Int
  private let descriptor: Int32

  /// Opens what is there of the file, or begins it; nil where another process holds it.
  ///
  /// - Parameter path: the final name.
  /// - Throws: ``FileError`` where it cannot be made.
  public init?(path: String) throws(FileError) {
    let partPath = path + ".part"
    let opened = unsafe withSystemPath(partPath) {
      unsafe open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    }
    guard opened >= 0 else { throw FileError(.write, path: partPath, errno: errno) }
    var own = stat()
    var named = stat()
    // Whoever held it before may have given it its final name while we waited.
    guard flock(opened, LOCK_EX | LOCK_NB) == 0, unsafe fstat(opened, &own) == 0,
      unsafe withSystemPath(partPath, { unsafe lstat($0, &named) }) == 0,
      own.st_ino == named.st_ino
    else {
      close(opened)
      return nil
    }
    self.path = path
    self.partPath = partPath
    count = Int(own.st_size)
    descriptor = opened
  }

  /// Appends bytes.
  ///
  /// - Parameter bytes: what to append.
  /// - Throws: ``FileError`` where the disk is full or gone; what was written of them stays.
  public mutating func append(_ bytes: [UInt8]) throws(FileError) {
    do {
      try write(bytes, to: descriptor, ofFileNamed: partPath)
      count += bytes.count
    } catch {
      var status = stat()
      if unsafe fstat(descriptor, &status) == 0 { count = Int(status.st_size) }
      throw error
    }
  }

  /// Throws away what is there.
  ///
  /// - Throws: ``FileError`` where it cannot be emptied.
  public mutating func restart() throws(FileError) {
    guard ftruncate(descriptor, 0) == 0 else {
      throw FileError(.write, path: partPath, errno: errno)
    }
    count = 0
  }

  /// Puts the file under its name.
  ///
  /// - Throws: ``FileError``; what stood there before then still stands.
  public mutating func commit() throws(FileError) {
    guard fsync(descriptor) == 0,
      unsafe withSystemPath(
        partPath, { old in unsafe withSystemPath(path) { unsafe rename(old, $0) } }) == 0
    else {
      throw FileError(.write, path: path, errno: errno)
    }
    flushFolder(of: path)
  }

  deinit {
    // Closing does not unlock it while a process that was just forked has a copy of the descriptor, until its exec.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// A file that grows line by line, or record by record; each is written by one system call.
public struct LogFile: ~Copyable, Sendable {
  /// The file's name.
  public let path: String
  private let descriptor: Int32

  /// Opens a log at its end, making it where it does not exist.
  ///
  /// - Parameter path: the file's name.
  /// - Throws: ``FileError`` where it cannot be opened.
  public init(path: String) throws(FileError) {
    self.path = path
    // Without waiting: nobody may ever read from a pipe that stands there.
    descriptor = unsafe withSystemPath(path) {
      unsafe open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    }
    guard descriptor >= 0 else { throw FileError(.write, path: path, errno: errno) }
  }

  /// Appends a line.
  ///
  /// - Parameter line: the text, without its line feed.
  /// - Throws: ``FileError`` where the disk is full or gone; then none of it stands there.
  public func append(_ line: String) throws(FileError) {
    try append(Array(line.utf8) + [UInt8(ascii: "\n")])
  }

  /// Appends a record, which tells itself where it ends.
  ///
  /// - Parameter bytes: the record.
  /// - Throws: ``FileError`` where the disk is full or gone; then none of it stands there.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    // write reads at most bytes.count bytes from the array's start.
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    guard written == bytes.count else {
      let error = FileError(.write, path: path, errno: written < 0 ? errno : ENOSPC)
      if written > 0 { takeAway(written) }
      throw error
    }
  }

  /// Takes away half a record, behind which the next one would be none, unless somebody else has appended since.
  private func takeAway(_ count: Int) {
    var status = stat()
    let end = lseek(descriptor, 0, SEEK_CUR)
    guard unsafe fstat(descriptor, &status) == 0, status.st_size == end else { return }
    ftruncate(descriptor, end - count)
  }

  deinit { close(descriptor) }
}
