/// Which token stands for which performance event.
struct PerformanceLayout: Sendable {
  enum Event: Hashable {
    case noteOn(UInt8)
    case noteOff(UInt8)
    case shift(Int)
    case velocity(Int)
    case start
    case end
    case program(UInt8)
    case controller(ControllerEvent)
  }

  let lowestPitch: Int
  let pitchCount: Int
  let noteOns: Range<Int>
  let noteOffs: Range<Int>
  let shifts: Range<Int>
  let velocities: Range<Int>
  let start: Int
  let end: Int
  let programs: Range<Int>
  let controllers: ControllerLayout
  private let velocityBins: Int
  /// How many velocities share a bin, as in the reference's implementation.
  private let binSize: Int

  init(_ settings: PerformanceVocabulary.Configuration) {
    lowestPitch = settings.lowestPitch
    pitchCount = settings.highestPitch - settings.lowestPitch + 1
    velocityBins = settings.velocityBins
    binSize = (127 + velocityBins - 1) / max(velocityBins, 1)
    noteOns = 0..<pitchCount
    noteOffs = pitchCount..<2 * pitchCount
    shifts = noteOffs.upperBound..<noteOffs.upperBound + settings.maximumShift
    velocities = shifts.upperBound..<shifts.upperBound + settings.velocityBins
    start = velocities.upperBound
    end = start + 1
    programs = end + 1..<end + 1 + (settings.programs ? 129 : 0)
    controllers = ControllerLayout(settings.controllers, first: programs.upperBound)
  }

  var count: Int { controllers.upperBound }

  func event(_ token: Token) -> Event? {
    let token = Int(token)
    if token < noteOns.upperBound { return .noteOn(UInt8(lowestPitch + token)) }
    if token < noteOffs.upperBound {
      return .noteOff(UInt8(lowestPitch + token - noteOffs.lowerBound))
    }
    if token < shifts.upperBound { return .shift(token - shifts.lowerBound + 1) }
    if token < velocities.upperBound { return .velocity(token - velocities.lowerBound) }
    if token == start { return .start }
    if token == end { return .end }
    if token < programs.upperBound { return .program(UInt8(token - programs.lowerBound)) }
    return controllers.event(token).map(Event.controller)
  }

  func token(_ event: Event) -> Token {
    switch event {
    case .noteOn(let pitch): Token(Int(pitch) - lowestPitch)
    case .noteOff(let pitch): Token(noteOffs.lowerBound + Int(pitch) - lowestPitch)
    case .shift(let steps): Token(shifts.lowerBound + steps - 1)
    case .velocity(let bin): Token(velocities.lowerBound + bin)
    case .start: Token(start)
    case .end: Token(end)
    case .program(let program): Token(programs.lowerBound + Int(program))
    case .controller(let event): controllers.token(event)
    }
  }

  /// The velocity of notes where velocities are not told apart.
  static let plainVelocity: UInt8 = 80

  /// The bin of a velocity of 1 to 127, counted from 0; 0 where there are no bins.
  func bin(ofVelocity velocity: UInt8) -> Int {
    velocityBins == 0 ? 0 : (Int(velocity) - 1) / binSize
  }

  /// The bins that hold velocities up to 127: not the last ones where fewer are enough at their width.
  var filledVelocities: Range<Int> {
    velocities.isEmpty ? velocities : velocities.prefix(bin(ofVelocity: 127) + 1)
  }

  /// The velocity in the middle of a bin.
  func velocity(ofBin bin: Int) -> UInt8 {
    guard velocityBins > 0 else { return Self.plainVelocity }
    let lowest = 1 + bin * binSize
    return UInt8(min(127, (lowest + min(127, lowest + binSize - 1) + 1) / 2))
  }
}

extension PerformanceVocabulary {
  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    var isDrums = !settings.programs && settings.program == Int(drumKit)
    var result = tokens
    for (index, token) in tokens.enumerated() {
      switch layout.event(token) {
      case .program(let program): isDrums = program == drumKit
      case .noteOn(let pitch), .noteOff(let pitch):
        if isDrums { continue }
        let moved = Int(pitch) + semitones - settings.lowestPitch
        guard moved >= 0, moved < layout.pitchCount else { return nil }
        result[index] = Token(Int(token) + semitones)
      default: break
      }
    }
    return result
  }
}
