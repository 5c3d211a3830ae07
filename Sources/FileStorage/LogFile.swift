import Glibc

/// A file that grows line by line; each line is written by one system call.
public struct LogFile: ~Copyable {
  /// The file's name.
  public let path: String
  private let descriptor: Int32

  /// Opens a log at its end, making it where it does not exist.
  ///
  /// - Parameter path: the file's name.
  /// - Throws: ``FileError`` where it cannot be opened.
  public init(path: String) throws(FileError) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(.write, path: path, errno: errno) }
  }

  /// Appends a line.
  ///
  /// - Parameter line: the text, without its line feed.
  /// - Throws: ``FileError`` where the disk is full or gone.
  public func append(_ line: String) throws(FileError) {
    let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
    // write reads at most bytes.count bytes from the array's start.
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    guard written == bytes.count else {
      throw FileError(.write, path: path, errno: written < 0 ? errno : ENOSPC)
    }
  }

  deinit { close(descriptor) }
}
