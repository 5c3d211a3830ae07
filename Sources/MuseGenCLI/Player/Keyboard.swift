import Foundation
import Synchronization

/// A key of the player.
enum Key: Hashable, Sendable {
  case up, down, left, right
  case character(Character)

  /// Reads keys from the bytes that a terminal sends for them.
  ///
  /// Arrows are `ESC [ A` to `D`, or with `O` for `[` (ECMA-48 and VT100 application mode); other
  /// sequences are skipped.
  static func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
    var keys: [Key] = []
    var sequence: [UInt8]?
    for byte in bytes {
      guard var started = sequence else {
        if byte == 0x1B {
          sequence = []
        } else if byte >= 0x20 && byte < 0x7F {
          keys.append(.character(Character(UnicodeScalar(byte)).lowercased().first ?? " "))
        }
        continue
      }
      started.append(byte)
      sequence = started
      // A sequence ends with a letter or tilde after its introducer.
      guard started.count > 1, (0x40...0x7E).contains(byte) else { continue }
      sequence = nil
      switch byte {
      case UInt8(ascii: "A"): keys.append(.up)
      case UInt8(ascii: "B"): keys.append(.down)
      case UInt8(ascii: "C"): keys.append(.right)
      case UInt8(ascii: "D"): keys.append(.left)
      default: break
      }
    }
    return keys
  }
}

/// Collects the keys that are pressed, on a thread that lives as long as the process.
final class Keyboard: Sendable {
  private let pressed = Mutex<[Key]>([])

  init() {
    let thread = Thread { [weak self] in
      while true {
        let data = FileHandle.standardInput.availableData
        guard !data.isEmpty, let self else { return }
        self.pressed.withLock { $0 += Key.decode(data) }
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
