import Glibc

/// More than this is not taken from a pipe or a device, which may never end.
private let longestStream = 1 << 30

/// Reads a whole file.
///
/// - Parameter path: the file's path.
/// - Returns: its bytes.
/// - Throws: ``FileError`` where it cannot be opened or read.
public func readFile(at path: String) throws(FileError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError(.read, path: path, errno: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else {
    throw FileError(.read, path: path, errno: errno)
  }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw FileError(.read, path: path, errno: EISDIR)
  }

  // A pipe has no size: start small and grow. One byte more than the size lets the last read see
  // the end of the file.
  var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size), 0) + 1)
  var count = 0
  while true {
    if count == bytes.count {
      bytes.append(contentsOf: repeatElement(0, count: max(count, 65_536)))
    }
    let start = count
    // The buffer holds bytes.count - start bytes from `start` on; read writes no more than that.
    let received = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
    }
    if received < 0 {
      if errno == EINTR { continue }
      throw FileError(.read, path: path, errno: errno)
    }
    if received == 0 { break }
    count += received
    if count > longestStream, status.st_mode & S_IFMT != S_IFREG {
      throw FileError(.read, path: path, errno: EFBIG)
    }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Reads a file piece by piece, for files that are larger than memory.
///
/// - Parameters:
///   - path: the file's path.
///   - body: called with one piece after the other, none empty.
/// - Throws: ``FileError`` where it cannot be opened or read.
public func readFileInPieces(
  at path: String, _ body: (ArraySlice<UInt8>) -> Void
) throws(FileError) {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError(.read, path: path, errno: errno) }
  defer { close(descriptor) }
  var buffer = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    // read writes at most the buffer's bytes.
    let received = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    if received < 0 {
      if errno == EINTR { continue }
      throw FileError(.read, path: path, errno: errno)
    }
    if received == 0 { return }
    body(buffer[..<received])
  }
}
