/// Which token stands for which metrical event.
struct MetricalLayout: Sendable {
  enum Event: Hashable {
    case pitch(UInt8)
    case drum(UInt8)
    case velocity(Int)
    case duration(Int)
    case shift(Int)
    case bar
    case position(Int)
    case tempo(Int)
    case program(UInt8)
    case signature(Int)
    case start
    case end
    case controller(ControllerEvent)
  }

  let lowestPitch: Int
  let lowestDrum: Int
  let pitches: Range<Int>
  let drums: Range<Int>
  let velocities: Range<Int>
  let durations: Range<Int>
  let shifts: Range<Int>
  let bar: Range<Int>
  let positions: Range<Int>
  let tempos: Range<Int>
  let programs: Range<Int>
  let signatures: Range<Int>
  let start: Int
  let end: Int
  let controllers: ControllerLayout

  init(_ settings: MetricalConfiguration, grid: MetricalGrid, scheme: MetricalVocabulary.Scheme) {
    var next = 0
    func take(_ count: Int) -> Range<Int> {
      next += count
      return next - count..<next
    }
    let hasDrums = settings.programs || settings.program == Int(drumKit)
    let hasPitches = settings.programs || settings.program != Int(drumKit)
    lowestPitch = settings.lowestPitch
    lowestDrum = settings.lowestDrum
    pitches = take(hasPitches ? settings.highestPitch - settings.lowestPitch + 1 : 0)
    drums = take(hasDrums ? settings.highestDrum - settings.lowestDrum + 1 : 0)
    velocities = take(grid.velocities.count)
    durations = take(grid.lengths.count)
    shifts = take(scheme == .tsd ? grid.lengths.count : 0)
    bar = take(scheme == .remi ? 1 : 0)
    let longestBar = grid.signatures.map(\.numerator).max() ?? 4
    positions = take(scheme == .remi ? longestBar * grid.positions : 0)
    tempos = take(grid.tempos.count)
    programs = take(settings.programs ? 129 : 0)
    signatures = take(settings.timeSignatures ? grid.signatures.count : 0)
    start = take(1).lowerBound
    end = take(1).lowerBound
    controllers = ControllerLayout(settings.controllers, first: next)
  }

  var count: Int { controllers.upperBound }

  func event(_ token: Token) -> Event? {
    let token = Int(token)
    if token < pitches.upperBound { return .pitch(UInt8(lowestPitch + token)) }
    if token < drums.upperBound { return .drum(UInt8(lowestDrum + token - drums.lowerBound)) }
    if token < velocities.upperBound { return .velocity(token - velocities.lowerBound) }
    if token < durations.upperBound { return .duration(token - durations.lowerBound) }
    if token < shifts.upperBound { return .shift(token - shifts.lowerBound) }
    if token < bar.upperBound { return .bar }
    if token < positions.upperBound { return .position(token - positions.lowerBound) }
    if token < tempos.upperBound { return .tempo(token - tempos.lowerBound) }
    if token < programs.upperBound { return .program(UInt8(token - programs.lowerBound)) }
    if token < signatures.upperBound { return .signature(token - signatures.lowerBound) }
    if token == start { return .start }
    if token == end { return .end }
    return controllers.event(token).map(Event.controller)
  }

  func token(_ event: Event) -> Token {
    switch event {
    case .pitch(let pitch): Token(Int(pitch) - lowestPitch + pitches.lowerBound)
    case .drum(let pitch): Token(Int(pitch) - lowestDrum + drums.lowerBound)
    case .velocity(let bin): Token(velocities.lowerBound + bin)
    case .duration(let length): Token(durations.lowerBound + length)
    case .shift(let length): Token(shifts.lowerBound + length)
    case .bar: Token(bar.lowerBound)
    case .position(let position): Token(positions.lowerBound + position)
    case .tempo(let bin): Token(tempos.lowerBound + bin)
    case .program(let program): Token(programs.lowerBound + Int(program))
    case .signature(let signature): Token(signatures.lowerBound + signature)
    case .start: Token(start)
    case .end: Token(end)
    case .controller(let event): controllers.token(event)
    }
  }
}
