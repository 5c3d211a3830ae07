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
