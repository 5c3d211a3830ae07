import FileStorage
import Synchronization

/// A file that is written again and again while what it holds grows.
final class RewrittenFile: Sendable {
  /// Its name.
  let path: String
  private let replacement: Replacement
  /// Whether what stands there is what was written here.
  private let isOurs = Mutex(false)

  /// A file under the name that the user gave.
  init(given path: String, overwrite: OverwriteOptions) {
    self.path = path
    replacement = overwrite.replacement
  }

  /// Writes the whole file; what was written here before is replaced.
  func write(_ bytes: [UInt8]) throws {
    try Failure.writing {
      try isOurs.withLock { isOurs in
        try writeFile(bytes, at: path, replacement: isOurs ? .always : replacement)
        isOurs = true
      }
    }
  }
}
