import Music

/// Turns what is being played into metrical events one by one.
///
/// A note tells its length, so that it is told when it has ended, and those struck after it then as well; one
/// that is held longer than can be told is told with the longest length.
struct MetricalEncoder: TokenEncoder {
  private let vocabulary: MetricalVocabulary
  private var grid: MetricalGrid { vocabulary.grid }
  private var writer: MetricalWriter
  /// Where the present tempo was told, and how long a tick lasts at it.
  private var tempoTick = 0
  private var tempoSeconds = 0.0
  private var secondsPerTick: Double
  /// What is not told yet, by onset, program and pitch.
  private var waiting: [Waiting] = []
  /// How long the note released last was, in steps; a quarter note before there is one.
  private var lastSteps: Int
  let canTellAtOnce = true
  var tellsAtOnce = false

  private struct Waiting {
    var note: PlayedNote
    /// When it was struck last, in ticks beside the grid.
    var strike: Double
    var isHeld: Bool
    /// Where it ends at the earliest, having been struck before at the same tick.
    var earliestEnd = 0
    /// Whether it is told, and waits only to tell the next one's length.
    var isTold = false

    /// Its place among the others.
    var order: (Int, UInt8, UInt8) { (note.onset, note.program, note.pitch) }
  }

  init(_ vocabulary: MetricalVocabulary) {
    self.vocabulary = vocabulary
    writer = MetricalWriter(vocabulary)
    secondsPerTick = 0.5 / Double(vocabulary.grid.ticksPerQuarter)
    lastSteps = vocabulary.grid.positions
  }

  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    guard velocity > 0, tells(program, pitch) else { return }
    var note = PlayedNote(onset: 0, end: .max, pitch: pitch, velocity: velocity, program: program)
    if !vocabulary.settings.programs { note.program = UInt8(vocabulary.settings.program) }
    let strike = ticks(at: seconds)
    note.onset = max(onGrid(strike), onGridFromNow)
    if let last = lastIndex(program: note.program, pitch: pitch) {
      if waiting[last].isHeld { close(last, at: strike) }
      if waiting[last].note.onset == note.onset {
        waiting[last].note.velocity = max(waiting[last].note.velocity, velocity)
        waiting[last].earliestEnd = waiting[last].note.end
        waiting[last].strike = strike
        waiting[last].isHeld = true
        return
      }
      waiting[last].note.end = min(waiting[last].note.end, note.onset)
    }
    if let polyphony = vocabulary.settings.polyphony {
      guard waiting.count(where: { $0.isHeld || $0.note.end > note.onset }) < polyphony else {
        return
      }
    }
    var place = waiting.count
    let new = Waiting(note: note, strike: strike, isHeld: true)
    while place > 0, waiting[place - 1].order > new.order { place -= 1 }
    waiting.insert(new, at: place)
    if tellsAtOnce { tellStrike(at: place) }
  }

  mutating func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    // A drum's key ends no note of its pitch where drums are not told, nor the other way round.
    guard tells(program, pitch) else { return }
    let told = vocabulary.settings.programs ? program : UInt8(vocabulary.settings.program)
    guard let last = lastIndex(program: told, pitch: pitch), waiting[last].isHeld else { return }
    close(last, at: ticks(at: seconds))
  }

  mutating func releaseAll(at seconds: Double) {
    let end = ticks(at: seconds)
    for index in waiting.indices where waiting[index].isHeld { close(index, at: end) }
  }

  mutating func listen(until seconds: Double) {
    let settled = onGrid(ticks(at: seconds))
    let longest = (grid.lengths.last ?? 1) * writer.step
    var count = 0
    while count < waiting.count {
      let note = waiting[count].note
      if waiting[count].isHeld {
        guard settled - note.onset >= longest else { break }
        waiting[count].note.end = note.onset + longest
      } else {
        // Until its end on the grid another strike may cut it short.
        guard note.onset < settled, note.end <= settled else { break }
      }
      tell(count)
      count += 1
    }
    waiting.removeFirst(count)
  }

  mutating func rest(until seconds: Double) {
    releaseAll(at: seconds)
    for index in waiting.indices { tell(index) }
    waiting.removeAll(keepingCapacity: true)
    writer.rest(to: onGrid(ticks(at: seconds)))
  }

  mutating func follow(_ token: Token) {
    guard let event = vocabulary.layout.event(token) else { return }
    if case .tempo(let bin) = event {
      tempoSeconds += Double(writer.tick - tempoTick) * secondsPerTick
      tempoTick = writer.tick
      secondsPerTick = grid.secondsPerTick(bin)
    }
    writer.follow(event)
  }

  mutating func takeTokens() -> [Token] {
    defer { writer.tokens.removeAll(keepingCapacity: true) }
    return writer.tokens
  }

  /// Whether the vocabulary has tokens for a note.
  private func tells(_ program: UInt8, _ pitch: UInt8) -> Bool {
    let note = PlayedNote(onset: 0, end: .max, pitch: pitch, velocity: 1, program: program)
    return MetricalPiece.tells(note, vocabulary.settings)
  }

  /// A moment in ticks, between which it may lie.
  private func ticks(at seconds: Double) -> Double {
    max(0, Double(tempoTick) + (seconds - tempoSeconds) / secondsPerTick)
  }

  /// The tick of the grid that is nearest.
  private func onGrid(_ ticks: Double) -> Int { steps(in: ticks) * writer.step }

  /// What lies half-way between two steps but for rounding errors goes up, as it does exactly.
  private func steps(in ticks: Double) -> Int {
    Int(min(ticks / Double(writer.step) + 1e-6, 1e12).rounded())
  }

  /// The first tick of the grid at which a note can still be told.
  private var onGridFromNow: Int { (writer.tick + writer.step - 1) / writer.step * writer.step }

  private func lastIndex(program: UInt8, pitch: UInt8) -> Int? {
    waiting.lastIndex { $0.note.pitch == pitch && $0.note.program == program }
  }

  private mutating func close(_ index: Int, at end: Double) {
    let steps = max(1, steps(in: end - waiting[index].strike))
    lastSteps = steps
    let length = grid.nearestLength(steps * writer.step, step: writer.step)
    waiting[index].note.end = max(
      waiting[index].earliestEnd,
      waiting[index].note.onset + grid.lengths[length] * writer.step)
    waiting[index].isHeld = false
  }

  private mutating func tell(_ index: Int) {
    if waiting[index].isTold { return }
    waiting[index].isTold = true
    writer.advance(to: max(writer.tick, waiting[index].note.onset))
    writer.write(waiting[index].note)
  }

  /// Tells a note whose length is not known.
  private mutating func tellStrike(at index: Int) {
    waiting[index].note.end = waiting[index].note.onset + lastSteps * writer.step
    tell(index)
  }
}
