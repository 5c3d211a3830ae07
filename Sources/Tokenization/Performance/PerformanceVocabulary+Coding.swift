public import Music

extension PerformanceVocabulary {
  /// Moves a score onto the grid of steps, at 120 quarter notes a minute and 1 ms a tick.
  ///
  /// Each onset and end moves by at most half a step; a note lasts at least a step. Drums, other
  /// programs and pitches that the settings exclude are left out.
  public func quantise(_ score: Score) -> Score {
    let notes = gridNotes(score)
    var builder = PieceBuilder(ticksPerQuarter: 500, stepTicks: settings.stepMilliseconds)
    var moves = gridControllers(score, notes)[...]
    func move(before step: Int) {
      while let next = moves.first, next.tick < step {
        builder.advance(to: next.tick * settings.stepMilliseconds)
        builder.move(program: next.program, next.event, layout.controllers)
        moves.removeFirst()
      }
    }
    for note in notes {
      move(before: note.onset)
      builder.advance(to: note.onset * settings.stepMilliseconds)
      builder.strike(
        program: note.program, pitch: note.pitch,
        velocity: layout.velocity(ofBin: layout.bin(ofVelocity: note.velocity)),
        duration: (note.end - note.onset) * settings.stepMilliseconds)
    }
    move(before: .max)
    builder.finish()
    return builder.score
  }

  /// Turns a score into tokens, from ``start`` to ``end``.
  ///
  /// - Complexity: O(n log n) in the number of notes.
  public func encode(_ score: Score) -> [Token] { write(score, limit: .max) }

  /// Turns a score into tokens where they are no more than a limit; else nil.
  public func encode(_ score: Score, limit: Int) -> [Token]? {
    let tokens = write(score, limit: limit)
    return tokens.count <= limit ? tokens : nil
  }

  /// The tokens of a score, not all of them where they are more than a limit.
  private func write(_ score: Score, limit: Int) -> [Token] {
    let notes = gridNotes(score)
    var releases = notes.map { note in
      (UInt64(note.end) << 16) | (UInt64(note.program) << 8) | UInt64(note.pitch)
    }
    releases.sortNearby(by: <)
    var writer = PerformanceWriter(
      layout: layout, tellsPrograms: settings.programs, limit: limit)
    writer.tokens.reserveCapacity(4 * notes.count + 2)
    writer.tokens.append(start)
    let moves = gridControllers(score, notes)
    var next = 0
    var move = 0
    /// Writes what comes before the notes that are struck at a step.
    func write(before onset: Int) {
      while true {
        let release = next < releases.count ? Int(releases[next] >> 16) : .max
        let moved = move < moves.count ? moves[move].tick : .max
        if release <= moved, release <= onset, release < .max {
          writer.release(releases[next])
          next += 1
        } else if moved < onset {
          writer.move(moves[move])
          move += 1
        } else {
          return
        }
      }
    }
    for note in notes {
      write(before: note.onset)
      writer.strike(note)
    }
    write(before: .max)
    writer.tokens.append(end)
    return writer.tokens
  }

  /// Where a score ends on the grid of steps, in milliseconds.
  public func endTick(of score: Score) -> Int {
    let end = step(
      atSeconds: min(score.tempoMap.seconds(atTick: score.endTick), PieceLimit.seconds))
    return settings.stepMilliseconds * max(end, (gridNotes(score).last?.onset ?? -1) + 1)
  }

  func step(atSeconds seconds: Double) -> Int {
    Self.step(atSeconds: seconds, stepsPerSecond: stepsPerSecond)
  }

  private static func step(atSeconds seconds: Double, stepsPerSecond: Double) -> Int {
    // What lies half-way between two steps but for rounding errors goes up, as it does exactly.
    let steps = seconds * stepsPerSecond + 1e-7
    // To the nearest, halves away from zero, as `rounded()` has it; but that is a call for each note.
    let whole = Int(steps)
    let rest = steps - Double(whole)
    return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole
  }

  private var stepsPerSecond: Double { 1_000 / Double(settings.stepMilliseconds) }

  /// The notes in steps, in canonical form.
  private func gridNotes(_ score: Score) -> [PlayedNote] {
    var onsets = TempoMap.Cursor(score.tempoMap)
    var ends = onsets
    let played = score.playedNotes(foldingPedals: settings.controllers?.pedal != true)
    // Divided once, not for each note.
    let stepsPerSecond = stepsPerSecond
    var notes: [PlayedNote] = []
    notes.reserveCapacity(played.count)
    for var note in played {
      guard let program = program(telling: note) else { continue }
      let onset = onsets.seconds(atTick: note.onset)
      if onset > PieceLimit.seconds { continue }
      let end = min(ends.seconds(atTick: note.end), PieceLimit.seconds)
      note.onset = Self.step(atSeconds: onset, stepsPerSecond: stepsPerSecond)
      note.end = Self.step(atSeconds: end, stepsPerSecond: stepsPerSecond)
      note.program = program
      notes.append(note)
    }
    return canonical(consume notes, polyphony: settings.polyphony)
  }

  /// The program that tells a note; nil for one that is left out.
  private func program(telling note: PlayedNote) -> UInt8? {
    guard settings.lowestPitch...settings.highestPitch ~= Int(note.pitch) else { return nil }
    if settings.programs { return note.program }
    let isTold = (note.program == drumKit) == (settings.program == Int(drumKit))
    return isTold ? UInt8(settings.program) : nil
  }

  /// The movements of pedals and wheels in steps.
  private func gridControllers(_ score: Score, _ notes: [PlayedNote]) -> [PlayedController] {
    guard !layout.controllers.isEmpty else { return [] }
    let tempoMap = score.tempoMap
    let grid = ControllerGrid(
      nearest: { tick in
        let seconds = tempoMap.seconds(atTick: tick)
        return seconds > PieceLimit.seconds ? nil : step(atSeconds: seconds)
      },
      following: { $0 })
    return score.playedControllers(
      layout.controllers, of: notes, on: grid, program: program(telling:))
  }
}

/// Writes performance events, each velocity and program only where it changes.
struct PerformanceWriter {
  let layout: PerformanceLayout
  let tellsPrograms: Bool
  /// How many tokens may be written; beyond it no more time is told.
  let limit: Int
  var tokens: [Token] = []
  /// Where the next event is told.
  private(set) var step = 0
  private var bin = -1
  private var program = -1

  init(layout: PerformanceLayout, tellsPrograms: Bool, limit: Int = .max) {
    self.layout = layout
    self.tellsPrograms = tellsPrograms
    self.limit = limit
  }

  mutating func release(_ packed: UInt64) {
    shift(to: Int(packed >> 16))
    change(to: UInt8(truncatingIfNeeded: packed >> 8))
    tokens.append(layout.token(.noteOff(UInt8(truncatingIfNeeded: packed))))
  }

  mutating func strike(_ note: PlayedNote) {
    shift(to: note.onset)
    change(to: note.program)
    if !layout.velocities.isEmpty {
      let new = layout.bin(ofVelocity: note.velocity)
      if new != bin {
        bin = new
        tokens.append(layout.token(.velocity(bin)))
      }
    }
    tokens.append(layout.token(.noteOn(note.pitch)))
  }

  mutating func move(_ moved: PlayedController) {
    shift(to: moved.tick)
    change(to: moved.program)
    tokens.append(layout.token(.controller(moved.event)))
  }

  /// Goes on behind a token that another wrote.
  mutating func follow(_ event: PerformanceLayout.Event) {
    switch event {
    case .shift(let steps): step += steps
    case .velocity(let new): bin = new
    case .program(let new): program = Int(new)
    default: break
    }
  }

  mutating func shift(to later: Int) {
    while step < later, tokens.count <= limit {
      let steps = min(later - step, layout.shifts.count)
      tokens.append(layout.token(.shift(steps)))
      step += steps
    }
  }

  private mutating func change(to new: UInt8) {
    guard tellsPrograms, Int(new) != program else { return }
    program = Int(new)
    tokens.append(layout.token(.program(new)))
  }
}

/// Turns performance events into music one by one.
struct PerformanceDecoder: BuildingDecoder {
  private let layout: PerformanceLayout
  private let stepTicks: Int
  var builder: PieceBuilder
  private var velocity: UInt8
  private var program: UInt8

  init(_ vocabulary: PerformanceVocabulary) {
    layout = vocabulary.layout
    stepTicks = vocabulary.settings.stepMilliseconds
    builder = PieceBuilder(ticksPerQuarter: 500, stepTicks: stepTicks)
    velocity = PerformanceLayout.plainVelocity
    program = vocabulary.settings.programs ? 0 : UInt8(vocabulary.settings.program)
  }

  mutating func consume(_ token: Token) {
    switch layout.event(token) {
    case .noteOn(let pitch): builder.strike(program: program, pitch: pitch, velocity: velocity)
    case .noteOff(let pitch): builder.release(program: program, pitch: pitch)
    case .shift(let steps): builder.advance(to: builder.tick + steps * stepTicks)
    case .velocity(let bin): velocity = layout.velocity(ofBin: bin)
    case .program(let new): program = new
    case .controller(let event): builder.move(program: program, event, layout.controllers)
    case .start, .end, nil: break
    }
  }
}
