import Tokenization

/// The lowest note that was struck last: the bass of the last chord.
struct LastBass {
  /// Its pitch; nil before the first note.
  private(set) var pitch: UInt8?
  private var hasPassed = false

  /// Takes what a token tells.
  mutating func advance(_ events: [TokenEvent]) {
    for event in events {
      if event.passesTime { hasPassed = true }
      guard case .note(let struck) = event, struck < 128 else { continue }
      pitch = hasPassed ? struck : min(struck, pitch ?? struck)
      hasPassed = false
    }
  }
}
