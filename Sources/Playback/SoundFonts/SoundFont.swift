import FileStorage
import Glibc

/// A file of instrument sounds: SoundFont 2 (`.sf2`), or the same with compressed samples (`.sf3`).
///
/// Reference: SoundFont Technical Specification 2.04, section 4, "SoundFont 2 RIFF File Format".
public struct SoundFont: Hashable, Sendable {
  /// The file.
  public let path: String

  /// Opens a file far enough to see that it is a SoundFont.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``PlaybackError`` where it cannot be read, is not a SoundFont or is cut short.
  public init(path: String) throws(PlaybackError) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SoundFont.unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw SoundFont.unreadable(path, errno) }
    var header = [UInt8](repeating: 0, count: 12)
    // read writes at most the 12 bytes of the array.
    let count = unsafe header.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, 12) }
    guard count >= 0 else { throw SoundFont.unreadable(path, errno) }
    guard count == 12, header[..<4].elementsEqual("RIFF".utf8),
      header[8...].elementsEqual("sfbk".utf8)
    else {
      throw PlaybackError(.soundFontInvalid(path: path, problem: "is not a SoundFont"))
    }
    let declared = 8 + header[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard Int(status.st_size) >= declared else {
      throw PlaybackError(
        .soundFontInvalid(
          path: path, problem: "is cut short: found \(status.st_size) bytes, expected \(declared)"))
    }
  }

  private static func unreadable(_ path: String, _ errno: Int32) -> PlaybackError {
    PlaybackError(.file(FileError(.read, path: path, errno: errno)))
  }
}
