import Glibc

/// A folder of its own under `$TMPDIR`, removed with all in it when its owner is done.
public struct TemporaryFolder: ~Copyable {
  /// The folder.
  public let path: String

  /// Makes a folder that only this user can look into.
  ///
  /// - Throws: ``FileError`` where it cannot be made.
  public init() throws(FileError) {
    var parent = "/tmp"
    if let variable = unsafe getenv("TMPDIR"), unsafe variable[0] == UInt8(ascii: "/") {
      parent = unsafe String(cString: variable)
    }
    // mkdtemp writes over the six X and keeps the terminating zero.
    var template = Array((parent + "/musegen-XXXXXX").utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
    }
    guard made else { throw FileError(.createFolder, path: parent, errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? removeFolder(at: path) }
}
