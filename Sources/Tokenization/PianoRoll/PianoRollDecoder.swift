import Music

/// Turns frames into music one by one.
struct PianoRollDecoder: TokenDecoder {
  private let vocabulary: PianoRollVocabulary
  private var builder: PieceBuilder
  /// The pitches of the frame before, and those of the present one so far.
  private var sounding: UInt128 = 0
  private var struck: UInt128 = 0
  private var held: UInt128 = 0

  init(_ vocabulary: PianoRollVocabulary) {
    self.vocabulary = vocabulary
    builder = vocabulary.makeBuilder()
  }

  mutating func consume(_ token: Token) {
    switch vocabulary.layout.event(token) {
    case .note(let pitch):
      let bit: UInt128 = 1 << UInt128(pitch)
      guard (struck | held) & bit == 0 else { break }
      if !vocabulary.settings.holds, sounding & bit != 0 { held |= bit } else { struck |= bit }
    case .hold(let pitch):
      let bit: UInt128 = 1 << UInt128(pitch)
      guard sounding & ~struck & bit != 0 else { break }
      held |= bit
    case .endOfFrame: endFrame()
    case .start, .end, nil: break
    }
  }

  private mutating func endFrame() {
    vocabulary.play(struck: struck, released: sounding & ~held, on: &builder)
    sounding = struck | held
    struck = 0
    held = 0
    builder.advance(to: builder.tick + vocabulary.frameTicks)
  }

  mutating func finish() {
    // A frame that was begun is a frame.
    if struck | held != 0 { endFrame() }
    builder.finish()
  }

  var settledSeconds: Double { builder.seconds }
  mutating func takeSettledMessages() -> [TimedMessage] { builder.takeSettledMessages() }
  var score: Score { builder.score }
}
