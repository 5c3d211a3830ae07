import Music

/// A controller that is moved to one of the positions that are told apart, counted from 0.
struct ControllerEvent: Hashable, Sendable {
  var controller: Controller
  var position: Int
}

extension Controller {
  /// Its place in the order in which controllers of one time are told.
  var rank: Int {
    switch self {
    case .pedal: 0
    case .expression: 1
    case .bend: 2
    }
  }

  /// How many controllers there are.
  static let count = 3
}

/// Which token stands for which position of which controller: those behind all others.
struct ControllerLayout: Sendable {
  private let settings: ControllerSettings
  /// The tokens of each controller by its rank.
  private let tokens: [Range<Int>]

  init(_ settings: ControllerSettings?, first: Int) {
    let settings = settings ?? ControllerSettings()
    var next = first
    tokens = Controller.allCases.map { controller in
      next += settings.count(of: controller)
      return next - settings.count(of: controller)..<next
    }
    self.settings = settings
    upperBound = next
  }

  /// The number behind the last token.
  let upperBound: Int
  /// Whether nothing is told of any.
  var isEmpty: Bool { tokens.allSatisfy(\.isEmpty) }

  func tokens(of controller: Controller) -> Range<Int> { tokens[controller.rank] }

  func event(_ token: Int) -> ControllerEvent? {
    for controller in Controller.allCases where tokens[controller.rank].contains(token) {
      return ControllerEvent(
        controller: controller, position: token - tokens[controller.rank].lowerBound)
    }
    return nil
  }

  func token(_ event: ControllerEvent) -> Token {
    Token(tokens[event.controller.rank].lowerBound + event.position)
  }

  /// Where a controller stands before it is moved.
  func rest(of controller: Controller) -> Int {
    switch controller {
    case .pedal: 0
    case .expression: max(0, settings.expression - 1)
    case .bend: settings.bend / 2
    }
  }

  /// The position nearest to a value; nil where its controller is not told.
  func event(nearestTo value: ControllerValue) -> ControllerEvent? {
    switch value {
    case .pedal(let isDown):
      return settings.pedal ? ControllerEvent(controller: .pedal, position: isDown ? 1 : 0) : nil
    case .expression(let value):
      guard settings.expression > 0 else { return nil }
      let position = (2 * Int(value) * (settings.expression - 1) + 127) / 254
      return ControllerEvent(controller: .expression, position: position)
    case .bend(let semitones):
      guard settings.bend > 0 else { return nil }
      let middle = settings.bend / 2
      let share = min(1, max(-1, semitones / Double(settings.bendSemitones)))
      // What lies half-way but for rounding errors is half-way: away from the middle.
      let steps = (abs(share) * Double(middle) + 1e-9).rounded()
      return ControllerEvent(
        controller: .bend, position: middle + Int(share < 0 ? -steps : steps))
    }
  }

  /// What a position is worth.
  func value(of event: ControllerEvent) -> ControllerValue {
    switch event.controller {
    case .pedal: return .pedal(isDown: event.position > 0)
    case .expression:
      let last = settings.expression - 1
      return .expression(UInt8((2 * event.position * 127 + last) / (2 * last)))
    case .bend:
      let middle = settings.bend / 2
      return .bend(
        semitones: Double((event.position - middle) * settings.bendSemitones) / Double(middle))
    }
  }

  /// The message that moves a controller to a position.
  func message(_ event: ControllerEvent) -> TrackMessage.Kind {
    switch value(of: event) {
    case .pedal(let isDown): .control(controller: 64, value: isDown ? 127 : 0)
    case .expression(let value): .control(controller: 11, value: value)
    case .bend: .pitchBend(UInt16(8_192 + wheel(event.position)))
    }
  }

  /// How far the wheel is from its middle, −8,192 to 8,191.
  private func wheel(_ position: Int) -> Int {
    let middle = settings.bend / 2
    let distance = (16_384 * abs(position - middle) + middle) / (2 * middle)
    return position < middle ? -distance : min(distance, 8_191)
  }

  /// What tells a synthesizer how far the wheel reaches; nothing where that is what it takes for granted.
  var reachMessages: [TrackMessage.Kind] {
    guard settings.bend > 0, settings.bendSemitones != 2 else { return [] }
    let reach = UInt8(settings.bendSemitones)
    return [(101, 0), (100, 0), (6, reach), (38, 0), (101, 127), (100, 127)].map {
      .control(controller: $0.0, value: $0.1)
    }
  }

  /// A position in words, such as `pedal down`, `expression 90` or `bend -2048`.
  func name(of event: ControllerEvent) -> String {
    let value =
      switch value(of: event) {
      case .pedal(let isDown): isDown ? "down" : "up"
      case .expression(let value): "\(value)"
      case .bend: "\(wheel(event.position))"
      }
    return "\(event.controller.rawValue) \(value)"
  }
}
