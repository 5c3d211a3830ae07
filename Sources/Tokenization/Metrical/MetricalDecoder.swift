import Music

/// Turns metrical events into music one by one.
struct MetricalDecoder: TokenDecoder {
  /// The velocity of notes where velocities are not told.
  static let plainVelocity: UInt8 = 80

  private let layout: MetricalLayout
  private let grid: MetricalGrid
  private var builder: PieceBuilder
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
    let event = layout.event(token)
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
    case .start, .end, nil: break
    }
  }

  var settledSeconds: Double { builder.seconds }
  mutating func takeSettledMessages() -> [TimedMessage] { builder.takeSettledMessages() }
  mutating func finish() { builder.finish() }
  var score: Score { builder.score }
}
