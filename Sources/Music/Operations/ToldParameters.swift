/// What a channel's parameters were told, such as how far the bend wheel reaches, so that it can be told anew.
///
/// Controllers 98 to 101 choose a parameter, 6 and 38 tell it a value, 96 and 97 move it by steps. The last message of
/// each controller does not say what holds: many files choose none after they have told one.
///
/// Reference: MIDI 1.0 Detailed Specification 4.2, "Registered and Non-Registered Parameter Numbers".
struct ToldParameters {
  /// A parameter, by the values of the two controllers that choose it.
  private struct Parameter: Hashable {
    var isRegistered: Bool
    var high: UInt8?
    var low: UInt8?

    /// Whether values are told to none.
    var isNone: Bool { high == nil && low == nil || high == 127 && low == 127 }
  }

  private struct Told {
    var parameter: Parameter
    var values: [TrackMessage]
  }

  private var registered = Parameter(isRegistered: true)
  private var other = Parameter(isRegistered: false)
  private var choosesRegistered = true
  private var told: [Told] = []
  private var places: [Parameter: Int] = [:]
  /// The order of the message that has chosen last; nil before one has.
  private var choiceOrder: UInt32?

  /// Creates parameters that were told nothing.
  init() {}

  /// Takes the channel's next message.
  mutating func take(_ message: TrackMessage) {
    guard case .control(let controller, let value) = message.kind else { return }
    switch controller {
    case 98: choose(message) { ($0.other.low, $0.choosesRegistered) = (value, false) }
    case 99: choose(message) { ($0.other.high, $0.choosesRegistered) = (value, false) }
    case 100: choose(message) { ($0.registered.low, $0.choosesRegistered) = (value, true) }
    case 101: choose(message) { ($0.registered.high, $0.choosesRegistered) = (value, true) }
    case 121:
      // Reset All Controllers chooses none.
      choose(message) {
        $0.registered = Parameter(isRegistered: true, high: 127, low: 127)
        $0.other = Parameter(isRegistered: false)
        $0.choosesRegistered = true
      }
    case 6: tell(message, inPlaceOf: [6, 96, 97])
    case 38: tell(message, inPlaceOf: [38])
    case 96, 97: tell(message, inPlaceOf: [])
    default: return
    }
  }

  /// What tells all of it anew at tick 0, and chooses what is chosen.
  var messages: [TrackMessage] {
    guard let choiceOrder else { return [] }
    var messages: [TrackMessage] = []
    for each in told {
      let order = each.values.reduce(0) { max($0, $1.order) }
      messages += Self.choice(of: each.parameter, order: order)
      messages += each.values.map { TrackMessage(tick: 0, kind: $0.kind, order: order) }
    }
    let last = messages.reduce(choiceOrder) { max($0, $1.order) }
    return messages.sortedByTick { $0.moment } + Self.choice(of: chosen, order: last)
  }

  private var chosen: Parameter { choosesRegistered ? registered : other }

  private mutating func choose(
    _ message: TrackMessage, _ change: (inout ToldParameters) -> Void
  ) {
    change(&self)
    choiceOrder = message.order
  }

  private mutating func tell(_ message: TrackMessage, inPlaceOf controllers: [UInt8]) {
    let parameter = chosen
    if parameter.isNone { return }
    guard let place = places[parameter] else {
      places[parameter] = told.count
      told.append(Told(parameter: parameter, values: [message]))
      return
    }
    if !controllers.isEmpty {
      told[place].values.removeAll { value in
        guard case .control(let controller, _) = value.kind else { return false }
        return controllers.contains(controller)
      }
    }
    told[place].values.append(message)
  }

  private static func choice(of parameter: Parameter, order: UInt32) -> [TrackMessage] {
    let controllers: (high: UInt8, low: UInt8) = parameter.isRegistered ? (101, 100) : (99, 98)
    var messages: [TrackMessage] = []
    for (controller, value) in [
      (controllers.high, parameter.high), (controllers.low, parameter.low),
    ] {
      guard let value else { continue }
      messages.append(
        TrackMessage(
          tick: 0, kind: .control(controller: controller, value: value), order: order))
    }
    return messages
  }
}

extension TrackMessage.Kind {
  /// Whether the message chooses a parameter or tells one a value.
  var isOfParameter: Bool {
    if case .control(let controller, _) = self {
      controller == 6 || controller == 38 || 96...101 ~= controller
    } else {
      false
    }
  }
}

extension Score {
  /// What tells the parameters of each channel anew that were told before a tick, by the first track that told one.
  ///
  /// - Parameters:
  ///   - tick: the tick.
  ///   - isInForce: whether a message of a track holds until then: not where a reset comes behind it.
  func parametersTold(
    before tick: Int, where isInForce: (Track, TrackMessage) -> Bool
  ) -> [Int: [TrackMessage]] {
    var told: [Int: [TrackMessage]] = [:]
    for part in tracksOfParts {
      let first = part.first { index in
        tracks[index].messages.contains { $0.tick < tick && $0.kind.isOfParameter }
      }
      guard let first else { continue }
      var parameters = ToldParameters()
      let messages = part.flatMap { index in
        tracks[index].messages.filter { $0.tick < tick && isInForce(tracks[index], $0) }
      }
      for message in messages.sortedByTick({ $0.moment }) { parameters.take(message) }
      told[first] = parameters.messages
    }
    return told
  }
}
