import Music

/// Turns performance events into music one by one.
struct PerformanceDecoder: TokenDecoder {
  private let layout: PerformanceLayout
  private let stepTicks: Int
  private var builder: PieceBuilder
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
    case .start, .end, nil: break
    }
  }

  var settledSeconds: Double { builder.seconds }
  mutating func takeSettledMessages() -> [TimedMessage] { builder.takeSettledMessages() }
  mutating func finish() { builder.finish() }
  var score: Score { builder.score }
}
