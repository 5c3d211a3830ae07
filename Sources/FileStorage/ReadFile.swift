import Glibc

/// More than this is not taken from a pipe or a device, which may never end.
private let longestStream = 1 << 30

/// Reads a whole file.
///
/// - Parameters:
///   - path: the file's path.
///   - limit: the most bytes that it may have; nil for any number.
/// - Returns: its bytes.
/// - Throws: ``FileError`` where it cannot be opened or read, with `EFBIG` where it is too large.
public func readFile(at path: String, limit: Int? = nil) throws(FileError) -> [UInt8] {
  let file = try OpenFile(path: path)
  var status = stat()
  guard unsafe fstat(file.descriptor, &status) == 0 else {
    throw FileError(.read, path: path, errno: errno)
  }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw FileError(.read, path: path, errno: EISDIR)
  }
  let isStream = status.st_mode & S_IFMT != S_IFREG
  let limit = limit ?? (isStream ? longestStream : .max)
  // Before a byte is asked for: a sparse file may be said to be larger than any memory.
  guard status.st_size <= limit else { throw FileError(.read, path: path, errno: EFBIG) }

  // A pipe has no size: start small and grow. One byte more than the size lets the last read see
  // the end of the file.
  var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size), 0) + 1)
  var count = 0
  while true {
    if count == bytes.count {
      bytes.append(contentsOf: repeatElement(0, count: max(count, 65_536)))
    }
    let received = try file.read(into: &bytes, from: count)
    if received == 0 { break }
    count += received
    guard count <= limit else { throw FileError(.read, path: path, errno: EFBIG) }
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
  let file = try OpenFile(path: path)
  var buffer = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let received = try file.read(into: &buffer, from: 0)
    if received == 0 { return }
    body(buffer[..<received])
  }
}

/// A file that is open for reading.
private struct OpenFile: ~Copyable {
  let path: String
  let descriptor: Int32

  init(path: String) throws(FileError) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, path: path, errno: errno) }
    self.path = path
  }

  /// Fills a buffer from a place on as far as one call can; 0 at the end of the file.
  func read(into bytes: inout [UInt8], from start: Int) throws(FileError) -> Int {
    while true {
      // The buffer holds count - start bytes from `start` on; read writes no more than that.
      let received = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
      }
      if received >= 0 { return received }
      guard errno == EINTR else { throw FileError(.read, path: path, errno: errno) }
    }
  }

  deinit { close(descriptor) }
}
