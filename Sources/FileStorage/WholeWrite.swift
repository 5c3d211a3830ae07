import Glibc

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
      throw FileError(.write, path: name, errno: errno)
    }
    written += sent
  }
}
