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

extension PianoRollVocabulary {
  /// The token that ends a frame.
  public var endOfFrame: Token { Token(layout.endOfFrame) }

  /// The pitches that can be told.
  public var pitches: ClosedRange<Int> { settings.lowestPitch...settings.highestPitch }

  /// The token of a pitch that is struck, or without hold tokens sounds; nil outside ``pitches``.
  public func note(_ pitch: Int) -> Token? { pitches.contains(pitch) ? layout.note(pitch) : nil }

  /// The token of a pitch held from the frame before; nil outside ``pitches`` or without such tokens.
  public func hold(_ pitch: Int) -> Token? {
    settings.holds && pitches.contains(pitch) ? layout.hold(pitch) : nil
  }

  /// The pitch of a note or hold token; nil for the others.
  public func pitch(of token: Token) -> Int? {
    switch layout.event(token) {
    case .note(let pitch), .hold(let pitch): Int(pitch)
    default: nil
    }
  }
}

extension PianoRollVocabulary {
  /// The ticks of a quarter note of decoded music.
  public var ticksPerQuarterNote: Int { ticksPerQuarter }
  /// The ticks of a frame of decoded music.
  public var ticksPerFrame: Int { frameTicks }
}
