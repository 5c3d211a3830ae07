public import Music

extension MetricalVocabulary {
  /// Moves a score onto the grid, as MidiTok does.
  ///
  /// Onsets move by at most half a step, metres to the next bar; durations, tempos and velocities become
  /// the nearest that can be told. What the settings exclude is left out.
  public func quantise(_ score: Score) -> Score {
    let piece = MetricalPiece(score, in: self)
    var builder = PieceBuilder(
      ticksPerQuarter: grid.ticksPerQuarter, stepTicks: grid.ticksPerQuarter / grid.positions)
    piece.forEachEvent { tick, event in
      builder.advance(to: tick)
      switch event {
      case .section(let section):
        guard settings.timeSignatures else { break }
        let signature = grid.signatures[section.signature]
        builder.changeTimeSignature(
          numerator: signature.numerator, denominator: signature.denominator)
      case .tempo(let bin):
        builder.changeTempo(microsecondsPerQuarter: grid.microsecondsPerQuarter[bin])
      case .note(let note):
        builder.strike(
          program: note.program, pitch: note.pitch,
          velocity: grid.velocities.isEmpty
            ? MetricalDecoder.plainVelocity : grid.velocities[grid.nearestVelocity(note.velocity)],
          duration: note.end - note.onset)
      case .controller(let moved):
        builder.move(program: moved.program, moved.event, layout.controllers)
      }
    }
    builder.finish()
    return builder.score
  }

  /// Where a score ends on the grid, in ticks of the quantised one.
  public func endTick(of score: Score) -> Int {
    let piece = MetricalPiece(score, in: self)
    let step = grid.ticksPerQuarter / grid.positions
    return max(piece.endTick, piece.notes.last.map { $0.onset + step } ?? 0)
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
    let piece = MetricalPiece(score, in: self)
    var writer = MetricalWriter(self, section: piece.sections[0], limit: limit)
    writer.tokens.reserveCapacity(6 * piece.notes.count + 4)
    writer.tokens.append(start)
    piece.forEachEvent { tick, event in
      switch event {
      case .section(let section): writer.write(section)
      case .tempo(let bin):
        writer.advance(to: tick)
        writer.tokens.append(layout.token(.tempo(bin)))
      case .note(let note):
        writer.advance(to: tick)
        writer.write(note)
      case .controller(let moved):
        writer.advance(to: tick)
        writer.write(moved)
      }
    }
    writer.tokens.append(end)
    return writer.tokens
  }
}

extension MetricalPiece {
  /// Quantises a score for a vocabulary.
  init(_ score: Score, in vocabulary: MetricalVocabulary) {
    self.init(
      score, grid: vocabulary.grid, settings: vocabulary.settings,
      layout: vocabulary.layout.controllers)
  }

  enum Event {
    case section(Section)
    case tempo(Int)
    case note(PlayedNote)
    case controller(PlayedController)
  }

  /// Gives the events in the order of their tokens.
  func forEachEvent(_ body: (_ tick: Int, Event) -> Void) {
    var section = 0
    var tempo = 0
    var note = 0
    var controller = 0
    while true {
      let sectionTick = section < sections.count ? sections[section].tick : .max
      let tempoTick = tempo < tempos.count ? tempos[tempo].tick : .max
      let noteTick = note < notes.count ? notes[note].onset : .max
      let movedTick = controller < controllers.count ? controllers[controller].tick : .max
      let tick = min(sectionTick, tempoTick, noteTick, movedTick)
      if tick == .max { return }
      if sectionTick == tick {
        body(tick, .section(sections[section]))
        section += 1
      } else if tempoTick == tick {
        body(tick, .tempo(tempos[tempo].bin))
        tempo += 1
      } else if noteTick == tick {
        body(tick, .note(notes[note]))
        note += 1
      } else {
        body(tick, .controller(controllers[controller]))
        controller += 1
      }
    }
  }
}

/// Writes the tokens of time and of notes.
struct MetricalWriter {
  private let vocabulary: MetricalVocabulary
  private let layout: MetricalLayout
  private let grid: MetricalGrid
  private(set) var section: MetricalPiece.Section
  /// The ticks of a step in the present metre.
  private(set) var step: Int
  /// Where the next note is told.
  private(set) var tick = 0
  /// The bar that has begun, as a tick; nil before the first.
  private var bar: Int?
  /// Whether a position token for the present tick is written.
  private var isPlaced = false
  /// How many tokens may be written; beyond it no more time is told.
  private let limit: Int
  var tokens: [Token] = []

  /// Begins a piece in common time.
  init(_ vocabulary: MetricalVocabulary) {
    let section = MetricalPiece.Section(tick: 0, signature: vocabulary.grid.commonTime)
    self.init(vocabulary, section: section, limit: .max)
  }

  init(_ vocabulary: MetricalVocabulary, section: MetricalPiece.Section, limit: Int) {
    self.vocabulary = vocabulary
    self.section = section
    self.limit = limit
    layout = vocabulary.layout
    grid = vocabulary.grid
    step = vocabulary.grid.step(section.signature)
  }

  mutating func write(_ new: MetricalPiece.Section) {
    switch vocabulary.scheme {
    case .tsd: shift(to: new.tick)
    case .remi:
      if !layout.signatures.isEmpty || new.tick > 0 { beginBars(to: new.tick, new.signature) }
    }
    tick = new.tick
    isPlaced = false
    section = new
    step = grid.step(new.signature)
    if vocabulary.scheme == .tsd, !layout.signatures.isEmpty {
      tokens.append(layout.token(.signature(new.signature)))
    }
  }

  mutating func advance(to later: Int) {
    switch vocabulary.scheme {
    case .tsd: shift(to: later)
    case .remi:
      beginBars(to: later, section.signature)
      guard tokens.count <= limit else { return }
      if later > tick || !isPlaced {
        tokens.append(layout.token(.position((later - (bar ?? 0)) / step)))
      }
      isPlaced = true
    }
    tick = later
  }

  /// Longest shifts first.
  private mutating func shift(to later: Int) {
    var rest = later - tick
    while rest > 0, tokens.count <= limit {
      let length = grid.longestLength(rest, step: step)
      tokens.append(layout.token(.shift(length)))
      rest -= grid.lengths[length] * step
    }
  }

  /// Begins each bar up to the one of a tick; the last of them in the metre given.
  private mutating func beginBars(to later: Int, _ signature: Int) {
    let barTicks = grid.bar(section.signature)
    while bar.map({ $0 + barTicks <= later }) ?? true, tokens.count <= limit {
      let next = bar.map { $0 + barTicks } ?? 0
      bar = next
      isPlaced = false
      tokens.append(layout.token(.bar))
      if !layout.signatures.isEmpty {
        tokens.append(
          layout.token(.signature(next + barTicks > later ? signature : section.signature)))
      }
    }
  }

  mutating func write(_ note: PlayedNote) {
    if !layout.programs.isEmpty { tokens.append(layout.token(.program(note.program))) }
    tokens.append(layout.token(note.program == drumKit ? .drum(note.pitch) : .pitch(note.pitch)))
    if !layout.velocities.isEmpty {
      tokens.append(layout.token(.velocity(grid.nearestVelocity(note.velocity))))
    }
    let length = grid.longestLength(note.end - note.onset, step: step)
    tokens.append(layout.token(.duration(length)))
  }

  mutating func write(_ moved: PlayedController) {
    if !layout.programs.isEmpty { tokens.append(layout.token(.program(moved.program))) }
    tokens.append(layout.token(.controller(moved.event)))
  }

  /// Tells that time has passed, in bars where there are positions: those are told with notes only.
  mutating func rest(to later: Int) {
    guard later > tick else { return }
    switch vocabulary.scheme {
    case .tsd: advance(to: later)
    case .remi:
      let begun = tokens.count
      beginBars(to: later, section.signature)
      if tokens.count > begun, let bar { tick = bar }
    }
  }

  /// Goes on behind a token that another wrote.
  mutating func follow(_ event: MetricalLayout.Event) {
    switch event {
    case .shift(let length): tick += grid.lengths[length] * step
    case .bar:
      let next = bar.map { $0 + grid.bar(section.signature) } ?? 0
      bar = next
      tick = max(tick, next)
      isPlaced = false
    case .position(let position):
      tick = max(tick, (bar ?? 0) + position * step)
      isPlaced = true
    case .signature(let signature):
      section = MetricalPiece.Section(tick: tick, signature: signature)
      step = grid.step(signature)
    default: break
    }
  }
}

/// Turns metrical events into music one by one.
struct MetricalDecoder: BuildingDecoder {
  /// The velocity of notes where velocities are not told.
  static let plainVelocity: UInt8 = 80

  private let layout: MetricalLayout
  private let grid: MetricalGrid
  var builder: PieceBuilder
  private var signature: Int
  /// The start of the present bar, nil before the first.
  private var bar: Int?
  private var beginsBar = false
  private var program: UInt8
  private var velocity = MetricalDecoder.plainVelocity
  /// The note whose duration is still to come.
  private var pending: (program: UInt8, pitch: UInt8)?

  init(_ vocabulary: MetricalVocabulary) {
    layout = vocabulary.layout
    grid = vocabulary.grid
    builder = PieceBuilder(
      ticksPerQuarter: grid.ticksPerQuarter, stepTicks: grid.ticksPerQuarter / grid.positions)
    signature = grid.commonTime
    program = vocabulary.settings.programs ? 0 : UInt8(vocabulary.settings.program)
  }

  mutating func consume(_ token: Token) {
    // What other vocabularies put between these tokens changes nothing.
    guard let event = layout.event(token) else { return }
    let followsBar = beginsBar
    beginsBar = false
    switch event {
    case .pitch(let pitch): pending = (program == drumKit ? 0 : program, pitch)
    case .drum(let pitch): pending = (drumKit, pitch)
    case .velocity(let bin): velocity = grid.velocities[bin]
    case .duration(let length):
      guard let note = pending else { break }
      pending = nil
      builder.strike(
        program: note.program, pitch: note.pitch, velocity: velocity,
        duration: grid.lengths[length] * grid.step(signature))
    case .shift(let length):
      builder.advance(to: builder.tick + grid.lengths[length] * grid.step(signature))
    case .bar:
      let next = bar.map { $0 + grid.bar(signature) } ?? 0
      bar = next
      beginsBar = true
      builder.advance(to: next)
    case .position(let position):
      let ticks = position * grid.step(signature)
      guard let bar, ticks < grid.bar(signature) else { break }
      builder.advance(to: bar + ticks)
    case .tempo(let bin):
      builder.changeTempo(microsecondsPerQuarter: grid.microsecondsPerQuarter[bin])
    case .program(let new): program = new
    case .signature(let new):
      // In REMI a metre holds for a whole bar.
      guard followsBar || layout.bar.isEmpty else { break }
      signature = new
      builder.changeTimeSignature(
        numerator: grid.signatures[new].numerator, denominator: grid.signatures[new].denominator)
    case .controller(let event): builder.move(program: program, event, layout.controllers)
    case .start, .end: break
    }
  }
}
