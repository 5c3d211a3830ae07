import Tokenization

/// Every frame holds the given voice's pitch, and the piece ends after the last frame.
///
/// The pitch is struck or held as given; nothing sounds above a soprano or below a bass. A frame is a
/// stage. A frame's pitches come in order, so until the given one is there only those before it may come,
/// and the frame may not end.
struct FrameConstraint: TokenConstraint {
  private let vocabulary: PianoRollVocabulary
  private let given: [GivenVoice.Frame?]
  private let voice: HarmonizationSettings.Voice
  /// The pitches of the other voices.
  private let written: Range<Int>

  private(set) var wanted: TokenMask
  private(set) var stage = 0
  private(set) var isComplete = false
  /// How many pitches the present frame has, and whether the given one is among them.
  private var pitchCount = 0
  private var hasGiven = false

  init(
    _ vocabulary: PianoRollVocabulary, tokenCount: Int, given: [GivenVoice.Frame?],
    voice: HarmonizationSettings.Voice, written: ClosedRange<Int>
  ) {
    self.vocabulary = vocabulary
    self.given = given
    self.voice = voice
    self.written = Range(written)
    wanted = TokenMask(count: tokenCount)
    refresh()
  }

  mutating func advance(_ token: Token) {
    if token == vocabulary.endOfFrame {
      stage += 1
      pitchCount = 0
      hasGiven = false
    } else if token == vocabulary.end {
      stage += 1
      isComplete = true
    } else if let pitch = vocabulary.pitch(of: token) {
      pitchCount += 1
      if stage < given.count, pitch == given[stage]?.pitch { hasGiven = true }
    }
    refresh()
  }

  private mutating func refresh() {
    wanted.removeAll()
    let pitches = vocabulary.pitches
    guard stage < given.count else { return wanted[vocabulary.end] = true }
    guard let frame = given[stage] else {
      wanted[vocabulary.endOfFrame] = true
      return want(pitches.lowerBound..<pitches.upperBound + 1)
    }
    let isAscending = vocabulary.settings.order == .ascending
    let lower = pitches.lowerBound..<frame.pitch
    let higher = frame.pitch + 1..<pitches.upperBound + 1
    if hasGiven {
      wanted[vocabulary.endOfFrame] = true
      if isAscending, voice != .soprano { want(higher) }
      if !isAscending, voice != .bass { want(lower) }
    } else {
      let note = vocabulary.note(frame.pitch)
      if let token = frame.isStruck ? note : vocabulary.hold(frame.pitch) ?? note {
        wanted[token] = true
      }
      // The last pitch that a frame may have must be the given one.
      guard pitchCount + 1 < vocabulary.settings.polyphony ?? .max else { return }
      if isAscending, voice != .bass { want(lower) }
      if !isAscending, voice != .soprano { want(higher) }
    }
  }

  private mutating func want(_ pitches: Range<Int>) {
    for pitch in pitches.clamped(to: written) {
      if let token = vocabulary.note(pitch) { wanted[token] = true }
      if let token = vocabulary.hold(pitch) { wanted[token] = true }
    }
  }
}
