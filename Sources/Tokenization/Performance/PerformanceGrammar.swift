/// Which performance event may come next, so that every sequence is one that the encoder writes.
///
/// At a step note-offs rise by program and pitch, then note-ons do, then controllers; only sounding pitches are
/// released and only silent ones struck; velocity and program tokens change something and are followed
/// by what they are for; a time-shift that is not the longest ends the silence; a piece ends on its
/// last note-off, or the last pedal's lift.
struct PerformanceGrammar: Grammar {
  private enum Previous {
    case nothing, start, longestShift, shorterShift, velocity, program, note, controller, end
  }

  private let layout: PerformanceLayout
  private let tellsPrograms: Bool
  private let pitches: UInt128

  /// The sounding pitches of each program, a bit each; of one where programs are not told apart.
  private var sounding: [UInt128]
  private var soundingCount = 0
  private var allocation = ChannelAllocation()
  private var program: Int
  private var bin = -1
  private var previous = Previous.nothing
  /// The note-offs and the note-ons of this step.
  private var offs = NoteOrder()
  private var ons = NoteOrder()
  private var controllers: ControllerStates

  private(set) var allowed: TokenMask

  var longestNoteSeconds: Double? {
    didSet {
      // A note is overdue when the limit is over; the decoder has ended it by then.
      longestNoteSteps = wholeSteps(longestNoteSeconds, of: stepSeconds, rounded: .up)
      refresh()
    }
  }
  private var longestNoteSteps: Int?
  var longestRestSeconds: Double? {
    didSet {
      longestRestSteps = wholeSteps(longestRestSeconds, of: stepSeconds)
      refresh()
    }
  }
  private var longestRestSteps: Int?
  /// Unused: bars are not told.
  var sectionBars: Int?
  var wanted: TokenMask? {
    didSet {
      wantedPitches = wanted.map { $0.pitches(layout.noteOns, lowest: layout.lowestPitch) } ?? .max
      refresh()
    }
  }
  private var wantedPitches = UInt128.max
  private let polyphony: Int?
  private let stepSeconds: Double
  private var ages = NoteAges()
  /// How many steps have to pass before a note may be struck.
  private var restSteps = 0
  private var step = 0
  private let stepTicks: Int
  /// How many steps have passed since a note was struck, or since the start.
  private var rest = 0

  init(_ vocabulary: PerformanceVocabulary) {
    let settings = vocabulary.settings
    layout = vocabulary.layout
    tellsPrograms = settings.programs
    polyphony = settings.polyphony
    stepTicks = settings.stepMilliseconds
    stepSeconds = Double(settings.stepMilliseconds) / 1000
    pitches = UInt128(pitches: settings.lowestPitch...settings.highestPitch)
    sounding = Array(repeating: 0, count: settings.programs ? 129 : 1)
    program = settings.programs ? -1 : 0
    controllers = ControllerStates(layout.controllers)
    allowed = TokenMask(count: layout.count)
    refresh()
  }

  mutating func rest(until tick: Int) {
    restSteps = max(0, (tick + stepTicks - 1) / stepTicks - step)
    refresh()
  }

  mutating func advance(_ token: Token) {
    switch layout.event(token) {
    case .noteOn(let pitch):
      previous = .note
      rest = 0
      guard program >= 0 else { break }
      let bit: UInt128 = 1 << UInt128(pitch)
      if sounding[program] & bit == 0 {
        soundingCount += 1
        if longestNoteSteps != nil { ages.strike(program * 128 + Int(pitch)) }
      }
      sounding[program] |= bit
      ons.append(program, Int(pitch))
      controllers.strike(program)
      if tellsPrograms { _ = allocation.allocate(UInt8(program)) }
    case .noteOff(let pitch):
      previous = .note
      guard program >= 0 else { break }
      let bit: UInt128 = 1 << UInt128(pitch)
      if sounding[program] & bit != 0 { soundingCount -= 1 }
      sounding[program] &= ~bit
      offs.append(program, Int(pitch))
    case .shift(let steps):
      previous = steps == layout.shifts.count ? .longestShift : .shorterShift
      ages.pass(steps)
      step += steps
      restSteps = max(0, restSteps - steps)
      rest = restSteps > 0 ? 0 : rest + steps
      offs.removeAll()
      ons.removeAll()
      controllers.passTime()
    case .velocity(let new):
      previous = .velocity
      bin = new
    case .program(let new):
      previous = .program
      program = Int(new)
    case .controller(let event):
      previous = .controller
      guard program >= 0 else { break }
      controllers.move(program, event)
    case .start: previous = .start
    case .end: previous = .end
    case nil: break
    }
    refresh()
  }

  private mutating func refresh() {
    allowed.removeAll()
    if previous == .nothing {
      allowed.insert(layout.start..<layout.start + 1)
      return
    }
    if previous == .end {
      allowed.insert(layout.end..<layout.end + 1)
      return
    }
    let silent = program < 0 ? 0 : strikable(program)
    let needsVelocity = bin < 0 && !layout.velocities.isEmpty
    if !needsVelocity { insert(silent, at: layout.noteOns) }
    if previous != .velocity {
      if program >= 0 { insert(releasable(program), at: layout.noteOffs) }
      if silent != 0 { allowVelocities() }
      let mayMove = mayMoveControllers
      if mayMove, program >= 0 {
        controllers.insertMoves(of: program, sounds: sounding[program] != 0, into: &allowed)
      }
      if previous != .program {
        allowPrograms()
        if mayMove { allowProgramsToMove() }
      }
    }
    switch previous {
    case .start, .note, .controller, .longestShift:
      let shortest = max(0, min(restSteps, layout.shifts.count) - 1)
      let longest = restSteps > 0 ? layout.shifts.count : longestShift()
      if shortest < longest { allowed.insert(layout.shifts.prefix(longest).dropFirst(shortest)) }
    default: break
    }
    if soundingCount == 0, controllers.areLifted,
      previous == .start || previous == .note || previous == .controller
    {
      allowed.insert(layout.end..<layout.end + 1)
    }
    if longestNoteSteps != nil { allowOnlyOverdueReleases() }
    // Only after a sequence that was not sampled with this mask.
    if allowed.isEmpty { allowed.insert(layout.shifts) }
  }

  /// Where a note has sounded too long and may be released now, nothing else is allowed.
  private mutating func allowOnlyOverdueReleases() {
    guard let longestNoteSteps, previous != .velocity else { return }
    let overdue = ages.lowestOverdue(after: longestNoteSteps) { [sounding] in
      sounds($0, in: sounding)
    }
    guard let overdue else { return }
    let (owner, pitch) = (overdue / 128, UInt128(overdue % 128))
    guard releasable(owner) >> pitch & 1 == 1 else { return }
    let release = layout.token(
      owner == program ? .noteOff(UInt8(pitch)) : .program(UInt8(owner)))
    guard allowed[release] else { return }
    allowed.removeAll()
    allowed[release] = true
  }

  /// How many steps may pass before a note has to be struck.
  private func longestShift() -> Int {
    var steps = layout.shifts.count
    if let longestRestSteps, rest + steps > longestRestSteps {
      let isDue = rest >= longestRestSteps
      if !isDue { steps = longestRestSteps - rest } else if canMakeWay { steps = 0 }
    }
    return steps
  }

  /// Whether a wanted note can be struck at this step, after another's release if need be.
  private var canMakeWay: Bool {
    let programs = tellsPrograms ? sounding.indices : 0..<1
    return programs.contains { program in
      guard !tellsPrograms || wants(program) else { return false }
      return (strikable(program) | releasable(program)) & wantedPitches != 0
    }
  }

  private func wants(_ program: Int) -> Bool {
    allocation.isAvailable(UInt8(program))
      && wanted?[layout.token(.program(UInt8(program)))] ?? true
  }

  private mutating func insert(_ bits: UInt128, at tokens: Range<Int>) {
    allowed.insert((bits & pitches) >> UInt128(layout.lowestPitch), first: tokens.lowerBound)
  }

  private mutating func allowVelocities() {
    allowed.insert(layout.filledVelocities)
    if bin >= 0 { allowed[layout.token(.velocity(bin))] = false }
  }

  private mutating func allowPrograms() {
    guard tellsPrograms else { return }
    for other in sounding.indices where other != program {
      let mayStrike = strikable(other) != 0 && allocation.isAvailable(UInt8(other))
      if mayStrike || releasable(other) != 0 {
        allowed[layout.token(.program(UInt8(other)))] = true
      }
    }
  }

  /// Whether controllers may move: where a note is due, it comes before them.
  private var mayMoveControllers: Bool {
    guard !controllers.isEmpty, restSteps == 0 else { return false }
    return longestRestSteps.map { rest < $0 || !canMakeWay } ?? true
  }

  private mutating func allowProgramsToMove() {
    guard tellsPrograms else { return }
    for other in controllers.movable(besides: program, sounds: { sounding[$0] != 0 }) {
      allowed[layout.token(.program(UInt8(other)))] = true
    }
  }

  /// The pitches of a program that may be struck now.
  private func strikable(_ program: Int) -> UInt128 {
    guard restSteps == 0, !controllers.hasMoved, soundingCount < polyphony ?? .max else { return 0 }
    return ~sounding[program] & pitches & ons.later(of: program)
  }

  /// The pitches of a program that may be released now.
  private func releasable(_ program: Int) -> UInt128 {
    ons.isEmpty && !controllers.hasMoved ? sounding[program] & offs.later(of: program) : 0
  }
}

/// Whether a note, told as program · 128 + pitch, sounds.
private func sounds(_ note: Int, in sounding: [UInt128]) -> Bool {
  sounding[note / 128] >> UInt128(note % 128) & 1 == 1
}
