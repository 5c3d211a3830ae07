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

/// A key of the player.
package enum Key: Hashable, Sendable {
  case up, down, left, right
  /// Ctrl-Z, which the terminal does not heed itself while single keys are read.
  case suspend
  case character(Character)
}

/// Tells keys from the bytes that a terminal sends for them, one by one.
///
/// Arrows are `ESC [ A` to `D`, or with `O` for `[` (ECMA-48 and VT100 application mode); other
/// sequences are skipped.
package struct KeyDecoder {
  private enum Place {
    case between, afterEscape, insideSequence
  }

  private var place = Place.between

  /// Creates a decoder between two keys.
  package init() {}

  /// Takes the next byte and returns the key that it completes.
  package mutating func decode(_ byte: UInt8) -> Key? {
    switch (place, byte) {
    case (_, 0x1B):
      place = .afterEscape
      return nil
    case (.afterEscape, UInt8(ascii: "[")), (.afterEscape, UInt8(ascii: "O")):
      place = .insideSequence
      return nil
    case (.insideSequence, _):
      // A sequence ends with a letter or tilde; before it come numbers and semicolons.
      guard (0x40...0x7E).contains(byte) else { return nil }
      place = .between
      return KeyDecoder.arrow(byte)
    default:
      // The escape key by itself does not swallow the key after it.
      place = .between
      if byte == 0x1A { return .suspend }
      guard (0x20..<0x7F).contains(byte) else { return nil }
      return .character(Character(UnicodeScalar(byte)).lowercased().first ?? " ")
    }
  }

  private static func arrow(_ byte: UInt8) -> Key? {
    switch byte {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    default: nil
    }
  }
}
