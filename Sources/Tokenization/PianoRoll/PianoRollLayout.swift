/// Which token stands for which piano-roll event.
struct PianoRollLayout: Sendable {
  enum Event: Hashable {
    case note(UInt8)
    case hold(UInt8)
    case endOfFrame
    case start
    case end
  }

  let lowestPitch: Int
  let notes: Range<Int>
  let holds: Range<Int>
  let endOfFrame: Int
  let start: Int
  let end: Int

  init(_ settings: PianoRollVocabulary.Configuration) {
    lowestPitch = settings.lowestPitch
    let pitchCount = settings.highestPitch - settings.lowestPitch + 1
    notes = 0..<pitchCount
    holds = pitchCount..<(settings.holds ? 2 * pitchCount : pitchCount)
    endOfFrame = holds.upperBound
    start = endOfFrame + 1
    end = start + 1
  }

  func event(_ token: Token) -> Event? {
    let token = Int(token)
    if token < notes.upperBound { return .note(UInt8(lowestPitch + token)) }
    if token < holds.upperBound { return .hold(UInt8(lowestPitch + token - holds.lowerBound)) }
    if token == endOfFrame { return .endOfFrame }
    if token == start { return .start }
    if token == end { return .end }
    return nil
  }

  func note(_ pitch: Int) -> Token { Token(notes.lowerBound + pitch - lowestPitch) }
  func hold(_ pitch: Int) -> Token { Token(holds.lowerBound + pitch - lowestPitch) }
}
