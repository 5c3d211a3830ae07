import Glibc

/// Opens a file that is there for a process that is to write into it.
///
/// - Parameter path: the file's path.
/// - Returns: a descriptor, which the caller closes.
/// - Throws: ``FileError`` where it cannot be opened.
public func openForWriting(at path: String) throws(FileError) -> Int32 {
  let descriptor = unsafe withSystemPath(path) {
    unsafe open($0, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
  }
  guard descriptor >= 0 else { throw FileError(.write, path: path, errno: errno) }
  return descriptor
}
