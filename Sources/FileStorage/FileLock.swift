import Glibc

/// A lock that one process at a time can hold, and that its end releases however it comes.
///
/// Reference: flock(2), Linux man-pages.
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock; nil where another process holds it.
  ///
  /// - Parameter path: a file for nothing else, made where it does not exist.
  /// - Throws: ``FileError`` where it cannot be made.
  public init?(path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(.write, path: path, errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(descriptor)
      if reason == EWOULDBLOCK { return nil }
      throw FileError(.write, path: path, errno: reason)
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
