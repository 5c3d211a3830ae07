import Music

/// Which metrical event may come next, so that every sequence is one that the encoder writes.
///
/// At one time the metre comes first, then the tempo, then notes that rise by program and pitch; metre
/// and tempo tokens change something, metres at bars only; no pitch of a program is struck while it
/// sounds; positions rise within a bar; time-shifts fall as the encoder cuts them; a piece ends with an
/// event, not with silence.
struct MetricalGrammar: Grammar {
  private enum Previous {
    case nothing, start, signature, tempo, shift, bar, position, program, pitch, velocity, note, end
  }

  private let layout: MetricalLayout
  private let grid: MetricalGrid
  private let scheme: MetricalVocabulary.Scheme
  private let positionsOfSignature: [Int]

  private var sounding: SoundingPitches
  private var previous = Previous.nothing
  private var tick = 0
  private var signature: Int
  private var sectionTick = 0
  private var tempo = -1
  /// The start of the present bar, -1 before the first.
  private var bar = -1
  private var position = -1
  private var signatureChanged = false
  /// How long a further shift may be, in ticks.
  private var shiftLimit = Int.max
  private var pending: (program: Int, pitch: Int)?
  /// Before this tick nothing is struck.
  private var earliestTick = 0

  private(set) var allowed: TokenMask

  var polyphony: Int? {
    get { sounding.polyphony }
    set {
      sounding.polyphony = newValue
      refresh()
    }
  }

  init(_ vocabulary: MetricalVocabulary) {
    layout = vocabulary.layout
    grid = vocabulary.grid
    scheme = vocabulary.scheme
    signature = -1
    positionsOfSignature = vocabulary.grid.signatures.map {
      $0.numerator * vocabulary.grid.positions
    }
    sounding = SoundingPitches(vocabulary.settings)
    allowed = TokenMask(count: layout.count)
    refresh()
  }

  /// The metre in force: 4/4 before the first that is told.
  private var metre: Int { signature < 0 ? grid.commonTime : signature }
  private var tellsSignatures: Bool { !layout.signatures.isEmpty }
  private var tellsTempos: Bool { !layout.tempos.isEmpty }

  mutating func rest(until tick: Int) {
    earliestTick = tick
    refresh()
  }

  mutating func advance(_ token: Token) {
    guard let event = layout.event(token) else { return }
    take(event)
    refresh()
  }

  private mutating func take(_ event: MetricalLayout.Event) {
    switch event {
    case .start: previous = .start
    case .end: previous = .end
    case .signature(let new):
      previous = .signature
      signatureChanged = new != signature
      if signatureChanged { sectionTick = tick }
      signature = new
    case .tempo(let new):
      previous = .tempo
      tempo = new
    case .shift(let length):
      let ticks = grid.lengths[length] * grid.step(metre)
      let gap =
        length + 1 < grid.lengths.count ? grid.lengths[length + 1] * grid.step(metre) - ticks : .max
      shiftLimit = min(previous == .shift ? shiftLimit - ticks : .max, gap - 1)
      previous = .shift
      move(to: tick + ticks)
    case .bar:
      previous = .bar
      bar = bar < 0 ? 0 : bar + grid.bar(metre)
      position = -1
      move(to: max(tick, bar))
    case .position(let new):
      previous = .position
      position = new
      move(to: max(tick, max(0, bar) + new * grid.step(metre)))
    case .program(let new):
      previous = .program
      sounding.program = Int(new)
    case .pitch(let pitch):
      previous = .pitch
      pending = (sounding.melodicProgram, Int(pitch))
    case .drum(let pitch):
      previous = .pitch
      pending = (Int(drumKit), Int(pitch))
    case .velocity: previous = .velocity
    case .duration(let length):
      previous = .note
      guard let note = pending else { break }
      pending = nil
      sounding.strike(
        note.program, note.pitch, until: tick + grid.lengths[length] * grid.step(metre))
    }
  }

  private mutating func move(to later: Int) {
    tick = later
    sounding.move(to: later)
  }

  private mutating func refresh() {
    allowed.removeAll()
    switch previous {
    case .nothing: allowed[Token(layout.start)] = true
    case .end: allowed[Token(layout.end)] = true
    case .program: allowPitches()
    case .pitch: allowed.insert(layout.velocities.isEmpty ? layout.durations : layout.velocities)
    case .velocity: allowed.insert(layout.durations)
    default:
      switch scheme {
      case .tsd: allowAfterShiftsOrNotes()
      case .remi: allowAfterBarsOrNotes()
      }
    }
    if allowed.isEmpty {
      allowed.insert(layout.shifts)
      allowed.insert(layout.bar)
    }
  }

  /// TSD: a shift, or what else may come at this time.
  private mutating func allowAfterShiftsOrNotes() {
    if tellsSignatures, signature < 0 { return allowed.insert(layout.signatures) }
    if tellsTempos, tempo < 0 { return allowed.insert(layout.tempos) }
    if previous == .shift {
      let step = grid.step(metre)
      let count = grid.lengths.partitioningIndex { $0 * step > shiftLimit }
      allowed.insert(layout.shifts.lowerBound..<layout.shifts.lowerBound + count)
      if tellsSignatures, (tick - sectionTick) % grid.bar(metre) == 0 {
        allowOthers(layout.signatures, but: signature)
      }
    } else {
      allowed.insert(layout.shifts)
      allowed[Token(layout.end)] = true
    }
    if tick < earliestTick { return allowOnlyShiftsTowardsEarliest() }
    if previous == .shift || previous == .signature { allowOthers(layout.tempos, but: tempo) }
    allowNotes()
  }

  /// REMI: a bar, a position, or what else may come at this position.
  private mutating func allowAfterBarsOrNotes() {
    let isFirst = tellsTempos && tempo < 0
    switch previous {
    case .start:
      allowed.insert(layout.bar)
      if !tellsSignatures, !tellsTempos { allowed[Token(layout.end)] = true }
      return
    case .bar where tellsSignatures: return allowed.insert(layout.signatures)
    case .position:
      allowOthers(layout.tempos, but: tempo)
      if !isFirst { allowNotes() }
      return
    case .bar, .signature:
      if isFirst { return allowed.insert(layout.positions.prefix(1)) }
      allowed.insert(layout.bar)
      if previous == .signature, signatureChanged { allowed[Token(layout.end)] = true }
    default:
      allowed.insert(layout.bar)
      allowed[Token(layout.end)] = true
      allowNotes()
    }
    let positions = layout.positions.lowerBound
    let limit = positions + positionsOfSignature[metre]
    let step = grid.step(metre)
    let first = max(position + 1, (earliestTick - max(0, bar) + step - 1) / step)
    if positions + first < limit { allowed.insert(positions + first..<limit) }
  }

  private mutating func allowOthers(_ tokens: Range<Int>, but present: Int) {
    allowed.insert(tokens)
    if present >= 0, !tokens.isEmpty { allowed[Token(tokens.lowerBound + present)] = false }
  }

  /// TSD: of the shifts those that reach where notes may come, and the one that begins the way there.
  private mutating func allowOnlyShiftsTowardsEarliest() {
    let least = grid.longestLength(earliestTick - tick, step: grid.step(metre))
    var towards = TokenMask(count: layout.count)
    towards.insert(layout.shifts.dropFirst(least))
    towards[Token(layout.end)] = true
    let both = allowed.intersection(towards)
    if both.isEmpty { allowed.insert(layout.shifts) } else { allowed = both }
  }

  private mutating func allowNotes() {
    guard tick >= earliestTick else { return }
    guard !layout.programs.isEmpty else { return allowPitches() }
    allowed.insert(sounding.strikablePrograms, first: layout.programs.lowerBound)
    if sounding.strikable(Int(drumKit)) != 0 {
      allowed[Token(layout.programs.upperBound - 1)] = true
    }
  }

  private mutating func allowPitches() {
    if sounding.program == Int(drumKit) {
      allowed.insert(
        sounding.strikable(Int(drumKit)) >> UInt128(layout.lowestDrum),
        first: layout.drums.lowerBound)
    } else {
      allowed.insert(
        sounding.strikable(sounding.program) >> UInt128(layout.lowestPitch),
        first: layout.pitches.lowerBound)
    }
  }
}
