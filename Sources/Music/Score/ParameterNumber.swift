/// Which parameter of a channel data entry sets: a registered one, such as the reach of the bend wheel, or another.
///
/// Reference: MIDI 1.0 Detailed Specification 4.2, "Registered and Non-Registered Parameter Numbers"; MMA RP-015 for
/// "Reset all controllers".
struct ParameterNumber: Hashable {
  /// Whether it is registered.
  var isRegistered = true
  /// The halves of its number; nil where one was not told.
  var high: UInt8?
  var low: UInt8?

  /// How far the bend wheel reaches: semitones and cents.
  static let bendReach = ParameterNumber(isRegistered: true, high: 0, low: 0)

  /// Whether a controller sets the parameter, as a whole or by a step.
  static func isDataEntry(_ controller: UInt8) -> Bool { [6, 38, 96, 97].contains(controller) }

  /// Follows a message of the channel.
  mutating func take(_ kind: TrackMessage.Kind) {
    guard case .control(let controller, let value) = kind else { return }
    switch controller {
    case 98...101:
      let isOfRegistered = controller >= 100
      if isOfRegistered != isRegistered { self = ParameterNumber(isRegistered: isOfRegistered) }
      if controller % 2 == 1 { high = value } else { low = value }
    case 121: self = ParameterNumber()
    default: break
    }
  }

  /// A number that no other parameter has; nil where half of it was not told.
  var number: Int? {
    guard let high, let low else { return nil }
    return (isRegistered ? 1 << 14 : 0) | Int(high) << 7 | Int(low)
  }

  /// The messages that choose the parameter; none where half of its number was not told.
  var choice: [TrackMessage.Kind] {
    guard let high, let low else { return [] }
    return [
      .control(controller: isRegistered ? 101 : 99, value: high),
      .control(controller: isRegistered ? 100 : 98, value: low),
    ]
  }
}
