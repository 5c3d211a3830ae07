import Glibc

/// A lock that one holder at a time can have, and that its end releases however it comes.
///
/// Reference: fcntl(2), "Open file description locks", Linux man-pages.
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  // F_OFD_GETLK and F_OFD_SETLK, which Swift does not see.
  private static let (get, set): (Int32, Int32) = (36, 37)

  /// Takes the lock; nil where another holds it.
  ///
  /// - Parameter path: a file for nothing else, made where it does not exist.
  /// - Throws: ``FileError`` where it cannot be made.
  public init?(path: String) throws(FileError) {
    let descriptor = unsafe withSystemPath(path) {
      unsafe open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw FileError(.write, path: path, errno: errno) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    guard unsafe fcntl(descriptor, FileLock.set, &lock) == 0 else {
      let reason = errno
      close(descriptor)
      if reason == EAGAIN || reason == EACCES { return nil }
      throw FileError(.write, path: path, errno: reason)
    }
    self.descriptor = descriptor
  }

  /// Whether somebody holds a lock, which is asked without taking it: who wants it then does not fail.
  ///
  /// - Parameter path: the lock's file.
  /// - Returns: whether it is held; false where there is no such file or it cannot be read.
  public static func isHeld(path: String) -> Bool {
    let descriptor = unsafe withSystemPath(path) {
      unsafe open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    // Whether a lock for reading could be had; asking for one for writing needs more rights.
    var lock = flock()
    lock.l_type = Int16(F_RDLCK)
    return unsafe fcntl(descriptor, get, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  deinit {
    // A process that is just being made has the descriptor too until its program begins, so that closing it here alone
    // would leave the lock held for as long.
    var lock = flock()
    lock.l_type = Int16(F_UNLCK)
    _ = unsafe fcntl(descriptor, FileLock.set, &lock)
    close(descriptor)
  }
}
