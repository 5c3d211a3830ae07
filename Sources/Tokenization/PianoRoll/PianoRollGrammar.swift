/// Which piano-roll event may come next: pitches in order, holds of sounding ones only, an end of the
/// piece between frames only.
struct PianoRollGrammar: Grammar {
  private enum Previous { case nothing, frame, pitch, end }

  private let layout: PianoRollLayout
  private let isDescending: Bool
  private let holds: Bool
  private let pitches: UInt128

  private var previous = Previous.nothing
  /// The pitches of the frame before, and those of the present one so far.
  private var sounding: UInt128 = 0
  private var present: UInt128 = 0
  private var last: UInt8 = 0

  private(set) var allowed: TokenMask

  var polyphony: Int? {
    didSet { refresh() }
  }

  init(_ vocabulary: PianoRollVocabulary) {
    let settings = vocabulary.settings
    layout = vocabulary.layout
    isDescending = settings.order == .descending
    holds = settings.holds
    polyphony = settings.polyphony
    pitches = UInt128(pitches: settings.lowestPitch...settings.highestPitch)
    allowed = TokenMask(count: vocabulary.count)
    refresh()
  }

  /// Nothing to do: a piece's frames go on to its end, rests among them.
  mutating func rest(until tick: Int) {}

  mutating func advance(_ token: Token) {
    switch layout.event(token) {
    case .note(let pitch):
      present |= 1 << UInt128(pitch)
      last = pitch
      previous = .pitch
    case .hold(let pitch):
      present |= sounding & (1 << UInt128(pitch))
      last = pitch
      previous = .pitch
    case .endOfFrame:
      sounding = present
      present = 0
      previous = .frame
    case .start: previous = .frame
    case .end: previous = .end
    case nil: break
    }
    refresh()
  }

  private mutating func refresh() {
    allowed.removeAll()
    switch previous {
    case .nothing: allowed[Token(layout.start)] = true
    case .end: allowed[Token(layout.end)] = true
    case .frame, .pitch:
      allowed[Token(layout.endOfFrame)] = true
      if previous == .frame { allowed[Token(layout.end)] = true }
      guard present.nonzeroBitCount < polyphony ?? .max else { return }
      let free = pitches & (previous == .frame ? .max : beyondLast)
      allowed.insert(free >> UInt128(layout.lowestPitch), first: layout.notes.lowerBound)
      if holds {
        allowed.insert(
          (free & sounding) >> UInt128(layout.lowestPitch), first: layout.holds.lowerBound)
      }
    }
  }

  /// The pitches that come after the last one in the frame's order.
  private var beyondLast: UInt128 {
    let bit: UInt128 = 1 << UInt128(last)
    return isDescending ? bit - 1 : ~(bit | (bit - 1))
  }
}
