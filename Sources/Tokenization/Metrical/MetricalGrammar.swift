import Music

/// Which metrical event may come next, so that every sequence is one that the encoder writes.
///
/// At one time the metre comes first, then the tempo, then notes that rise by program and pitch, then controllers; metre
/// and tempo tokens change something, metres at bars only; no pitch of a program is struck while it
/// sounds; positions rise within a bar; time-shifts fall as the encoder cuts them; a piece ends with an
/// event, not with silence, and with its pedals up.
struct MetricalGrammar: Grammar {
  private enum Previous {
    case nothing, start, signature, tempo, shift, bar, position, program, pitch, velocity, note
    case controller, end
  }

  private let layout: MetricalLayout
  private let grid: MetricalGrid
  private let scheme: MetricalVocabulary.Scheme
  private let positionsOfSignature: [Int]

  private var sounding: SoundingPitches
  private var controllers: ControllerStates
  private var previous = Previous.nothing
  private var tick = 0
  private var signature: Int
  private var sectionTick = 0
  private var tempo = -1
  /// The start of the present bar, -1 before the first.
  private var bar = -1
  /// How many bars have begun.
  private var barCount = 0
  private var position = -1
  private var signatureChanged = false
  /// How long a further shift may be, in ticks.
  private var shiftLimit = Int.max
  private var pending: (program: Int, pitch: Int)?
  /// Before this tick nothing is struck.
  private var earliestTick = 0

  private(set) var allowed: TokenMask

  var longestNoteSeconds: Double? {
    didSet { refresh() }
  }
  var longestRestSeconds: Double? {
    didSet { refresh() }
  }
  var sectionBars: Int? {
    didSet { refresh() }
  }
  var wanted: TokenMask? {
    didSet {
      sounding.wanted = wanted.map { WantedStrikes($0, layout) } ?? WantedStrikes()
      refresh()
    }
  }
  private var clock: NoteClock

  init(_ vocabulary: MetricalVocabulary) {
    layout = vocabulary.layout
    grid = vocabulary.grid
    scheme = vocabulary.scheme
    signature = -1
    positionsOfSignature = vocabulary.grid.signatures.map {
      $0.numerator * vocabulary.grid.positions
    }
    sounding = SoundingPitches(vocabulary.settings)
    controllers = ControllerStates(layout.controllers)
    clock = NoteClock(secondsPerTick: 0.5 / Double(vocabulary.grid.ticksPerQuarter))
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
      clock.secondsPerTick = grid.secondsPerTick(new)
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
      barCount += 1
      position = -1
      if let sectionBars, (barCount - 1) % max(1, sectionBars) == 0 { controllers.liftPedals() }
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
      let end = tick + grid.lengths[length] * grid.step(metre)
      clock.strike(until: end, isTimed: longestNoteSeconds != nil)
      sounding.strike(note.program, note.pitch, until: end)
      controllers.strike(note.program)
    case .controller(let event):
      previous = .controller
      controllers.move(sounding.program, event)
    }
  }

  private mutating func move(to later: Int) {
    tick = later
    clock.move(to: later)
    if later <= earliestTick { clock.beginRest() }
    controllers.passTime()
    sounding.move(to: later)
  }

  private mutating func refresh() {
    allowed.removeAll()
    switch previous {
    case .nothing: allowed[Token(layout.start)] = true
    case .end: allowed[Token(layout.end)] = true
    case .program:
      allowPitches()
      allowMoves()
    case .pitch:
      if layout.velocities.isEmpty {
        allowed.insert(durations)
      } else {
        allowed.insert(layout.velocities)
      }
    case .velocity: allowed.insert(durations)
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

  /// The durations of a note that ends in time, the shortest among them.
  private var durations: Range<Int> {
    let limit = min(
      longestNoteSeconds.map { clock.ticks(in: $0) } ?? .max, sectionEnd.map { $0 - tick } ?? .max)
    guard limit < .max else { return layout.durations }
    let step = grid.step(metre)
    let count = max(1, grid.lengths.partitioningIndex { $0 * step > limit })
    return layout.durations.prefix(count)
  }

  /// Where the present section ends; nil where there are none, or bars are not told.
  private var sectionEnd: Int? {
    guard let sectionBars, barCount > 0 else { return nil }
    return bar + grid.bar(metre) * (sectionBars - (barCount - 1) % sectionBars)
  }

  /// How many ticks may pass before a note has to be struck.
  ///
  /// A step where the limit is shorter than one; as far as the next note's end where none can be struck
  /// that is wanted.
  private var reach: Int {
    guard let longestRestSeconds, tick >= earliestTick else { return .max }
    let reach = clock.ticks(in: longestRestSeconds - clock.restSeconds)
    let step = grid.step(metre)
    if reach >= step { return reach }
    if clock.struckTick == tick { return step }
    if sounding.canStrikeWanted { return reach }
    return max(step, (sounding.nextEnd ?? tick) - tick)
  }

  /// TSD: a shift, or what else may come at this time.
  private mutating func allowAfterShiftsOrNotes() {
    if tellsSignatures, signature < 0 { return allowed.insert(layout.signatures) }
    if tellsTempos, tempo < 0 { return allowed.insert(layout.tempos) }
    let step = grid.step(metre)
    let limit = min(reach, previous == .shift ? shiftLimit : .max)
    allowed.insert(layout.shifts.prefix(grid.lengths.partitioningIndex { $0 * step > limit }))
    if previous == .shift {
      if tellsSignatures, (tick - sectionTick) % grid.bar(metre) == 0 {
        allowOthers(layout.signatures, but: signature)
      }
    } else {
      allowEnd()
    }
    if tick < earliestTick { return allowOnlyShiftsTowardsEarliest() }
    if previous == .shift || previous == .signature { allowTempos() }
    allowNotes()
  }

  /// REMI: a bar, a position, or what else may come at this position.
  private mutating func allowAfterBarsOrNotes() {
    let isFirst = tellsTempos && tempo < 0
    switch previous {
    case .start:
      allowed.insert(layout.bar)
      if !tellsSignatures, !tellsTempos { allowEnd() }
      return
    case .bar where tellsSignatures: return allowed.insert(layout.signatures)
    case .position:
      allowTempos()
      if !isFirst { allowNotes() }
      return
    case .bar, .signature:
      if isFirst { return allowed.insert(layout.positions.prefix(1)) }
      if previous == .signature, signatureChanged { allowEnd() }
    default:
      allowEnd()
      allowNotes()
    }
    allowBarAndPositions()
  }

  /// REMI: the next bar and the positions that are left of this one, as far as time may go on.
  private mutating func allowBarAndPositions() {
    let start = max(0, bar)
    let step = grid.step(metre)
    let reach = reach
    let first = max(position + 1, (earliestTick - start + step - 1) / step)
    let all = positionsOfSignature[metre]
    let nextBar = bar < 0 ? 0 : bar + grid.bar(metre)
    // A step leads over the bar line where no position is left.
    if nextBar - tick <= reach || first >= all && reach >= step { allowed.insert(layout.bar) }
    let last = min(all, reach > grid.bar(metre) ? all : (tick + reach - start) / step + 1)
    if first < last { allowed.insert(layout.positions.dropFirst(first).prefix(last - first)) }
  }

  /// The tempos but the present one at which no note that sounds would last too long.
  private mutating func allowTempos() {
    allowOthers(layout.tempos, but: tempo)
    guard let longestNoteSeconds, tempo >= 0 else { return }
    let slowest = clock.slowestSecondsPerTick(notesLasting: longestNoteSeconds)
    for bin in grid.tempos.indices where grid.secondsPerTick(bin) > slowest {
      allowed[Token(layout.tempos.lowerBound + bin)] = false
    }
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

  /// The end, where no pedal holds notes on.
  private mutating func allowEnd() {
    if controllers.areLifted { allowed[Token(layout.end)] = true }
  }

  /// Whether controllers may move: where a note is due, it comes before them.
  private var mayMoveControllers: Bool { !controllers.isEmpty && reach >= grid.step(metre) }

  /// What moves the controllers of the program that is told.
  private mutating func allowMoves() {
    guard mayMoveControllers else { return }
    let program = sounding.program
    controllers.insertMoves(of: program, sounds: sounding.sounds(program), into: &allowed)
  }

  private mutating func allowNotes() {
    guard tick >= earliestTick else { return }
    guard !layout.programs.isEmpty else {
      allowPitches()
      return allowMoves()
    }
    if mayMoveControllers {
      for program in controllers.movable(besides: -1, sounds: sounding.sounds) {
        allowed[Token(layout.programs.lowerBound + program)] = true
      }
    }
    guard !controllers.hasMoved else { return }
    allowed.insert(sounding.strikablePrograms, first: layout.programs.lowerBound)
    if sounding.strikable(Int(drumKit)) != 0 {
      allowed[Token(layout.programs.upperBound - 1)] = true
    }
  }

  private mutating func allowPitches() {
    guard !controllers.hasMoved else { return }
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
