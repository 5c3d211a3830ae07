import Tokenization

/// The lowest note that was struck last: the bass of the last chord.
struct LastBass {
  /// Its pitch; nil before the first note.
  private(set) var pitch: UInt8?
  private var hasPassed = false
  /// Whether drums are struck by the tokens of pitches, behind their program.
  private let strikesDrumsAsPitches: Bool
  private var strikesDrums = false

  init(strikesDrumsAsPitches: Bool) { self.strikesDrumsAsPitches = strikesDrumsAsPitches }

  /// Takes what a token tells.
  mutating func advance(_ events: [TokenEvent]) {
    for event in events {
      if event.passesTime { hasPassed = true }
      switch event {
      case .program(let program): strikesDrums = strikesDrumsAsPitches && program >= 128
      case .note(let struck) where struck < 128 && !strikesDrums:
        pitch = hasPassed ? struck : min(struck, pitch ?? struck)
        hasPassed = false
      default: break
      }
    }
  }
}
