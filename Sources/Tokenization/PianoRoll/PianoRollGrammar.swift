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

  var longestNoteSeconds: Double? {
    didSet {
      longestNoteFrames = wholeSteps(longestNoteSeconds, of: frameSeconds)
      findOverdue()
      refresh()
    }
  }
  private var longestNoteFrames: Int?
  var longestRestSeconds: Double? {
    didSet {
      longestRestFrames = wholeSteps(longestRestSeconds, of: frameSeconds)
      refresh()
    }
  }
  private var longestRestFrames: Int?
  var sectionBars: Int?
  private let barFrames: Int
  var wanted: TokenMask? {
    didSet {
      wantedPitches = wanted.map { $0.pitches(layout.notes, lowest: layout.lowestPitch) } ?? .max
      refresh()
    }
  }
  private var wantedPitches = UInt128.max
  private let polyphony: Int?
  private let frameSeconds: Double
  private var frame = 0
  /// The frame in which each sounding pitch was struck.
  private var struck = Array(repeating: 0, count: 128)
  /// The frame in which a note was last struck.
  private var lastStruck = 0
  /// The pitches that have sounded for as long as they may.
  private var overdue: UInt128 = 0

  init(_ vocabulary: PianoRollVocabulary) {
    let settings = vocabulary.settings
    layout = vocabulary.layout
    isDescending = settings.order == .descending
    holds = settings.holds
    polyphony = settings.polyphony
    barFrames = settings.framesPerWhole
    frameSeconds = 240 / Double(settings.tempo) / Double(settings.framesPerWhole)
    pitches = UInt128(pitches: settings.lowestPitch...settings.highestPitch)
    allowed = TokenMask(count: vocabulary.count)
    refresh()
  }

  /// Nothing to do: a piece's frames go on to its end, rests among them.
  mutating func rest(until tick: Int) {}

  mutating func advance(_ token: Token) {
    switch layout.event(token) {
    case .note(let pitch):
      let bit: UInt128 = 1 << UInt128(pitch)
      present |= bit
      if holds || sounding & bit == 0 {
        struck[Int(pitch)] = frame
        lastStruck = frame
      }
      last = pitch
      previous = .pitch
    case .hold(let pitch):
      present |= sounding & (1 << UInt128(pitch))
      last = pitch
      previous = .pitch
    case .endOfFrame:
      sounding = present
      present = 0
      frame += 1
      if let sectionBars, frame % (sectionBars * barFrames) == 0 { sounding = 0 }
      previous = .frame
      findOverdue()
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
      let room = (polyphony ?? .max) - present.nonzeroBitCount
      guard room > 0 else { return }
      let free = pitches & (previous == .frame ? .max : beyondLast)
      let strikes = holds ? free : free & ~sounding
      var continuations = free & sounding & ~overdue
      let wantedStrikes = strikes & wantedPitches
      if isDue, wantedStrikes != 0 {
        allowed[Token(layout.endOfFrame)] = false
        continuations &= room > 1 ? before(wantedStrikes) : 0
      }
      let notes = holds ? strikes : strikes | continuations
      allowed.insert(notes >> UInt128(layout.lowestPitch), first: layout.notes.lowerBound)
      if holds {
        allowed.insert(
          continuations >> UInt128(layout.lowestPitch), first: layout.holds.lowerBound)
      }
    }
  }

  /// Whether a note has to be struck in this frame.
  private var isDue: Bool { frame - lastStruck >= longestRestFrames ?? .max }

  private mutating func findOverdue() {
    overdue = 0
    guard let longestNoteFrames else { return }
    var rest = sounding
    while rest != 0 {
      let pitch = rest.trailingZeroBitCount
      if frame - struck[pitch] >= longestNoteFrames { overdue |= 1 << UInt128(pitch) }
      rest &= rest - 1
    }
  }

  /// The pitches that come before the last of some in the frame's order.
  private func before(_ pitches: UInt128) -> UInt128 {
    if isDescending { return (.max << UInt128(pitches.trailingZeroBitCount)) << 1 }
    return (1 << UInt128(127 - pitches.leadingZeroBitCount)) - 1
  }

  /// The pitches that come after the last one in the frame's order.
  private var beyondLast: UInt128 {
    let bit: UInt128 = 1 << UInt128(last)
    return isDescending ? bit - 1 : ~(bit | (bit - 1))
  }
}
