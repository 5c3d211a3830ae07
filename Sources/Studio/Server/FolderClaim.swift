import FileStorage
import Synchronization

/// A studio's claim to its folder: another would empty this one's bin, and write over pieces that it does not know.
final class FolderClaim: Sendable {
  private let lock: Mutex<FileLock?>

  /// Claims a folder, until the claim is released or the process ends, however that comes.
  ///
  /// - Parameter folder: the folder, made where it is missing.
  /// - Throws: ``StudioError`` where another studio has it, or it cannot be used.
  init(folder: String) throws(StudioError) {
    guard let lock = try Self.lock(in: folder) else { throw StudioError(.folderTaken(folder)) }
    self.lock = Mutex<FileLock?>(lock)
  }

  private static func lock(in folder: String) throws(StudioError) -> FileLock? {
    do {
      try createFolder(at: folder)
      return try FileLock(path: "\(folder)/lock")
    } catch {
      throw StudioError(.folder(error))
    }
  }

  /// Lets another studio have the folder.
  func release() { lock.withLock { $0 = nil } }
}
