import Foundation
import Synchronization

/// Collects the keys that are pressed, on a thread that lives as long as the process.
final class Keyboard: Sendable {
  private let pressed = Mutex<[Key]>([])

  init() {
    let thread = Thread { [weak self] in
      var decoder = KeyDecoder()
      // A terminal that was closed is an error here, or the end; there are no more keys then.
      while let byte = try? FileHandle.standardInput.read(upToCount: 1)?.first {
        guard let self else { return }
        if let key = decoder.decode(byte) { self.pressed.withLock { $0.append(key) } }
      }
    }
    thread.start()
  }

  /// Removes and returns the keys since the last call.
  func take() -> [Key] {
    pressed.withLock { keys in
      defer { keys = [] }
      return keys
    }
  }
}
