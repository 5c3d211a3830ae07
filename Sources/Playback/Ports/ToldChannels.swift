import Music
import StandardMIDIFile

/// What a port's channels were told beside notes, so that it can be taken back.
///
/// References: MIDI 1.0 Detailed Specification 4.2; RP-015, "Response to Reset All Controllers".
struct ToldChannels {
  private struct Channel {
    var isTold = false
    var hasProgram = false
    var controllers: Set<UInt8> = []
  }

  private var channels = [Channel](repeating: Channel(), count: 16)

  /// Where controllers rest that Reset All Controllers (121) leaves: bank, volume and place.
  ///
  /// Effects stay as they were told, for every synthesizer begins with others.
  private static let resting: [(controller: UInt8, value: UInt8)] =
    [(0, 0), (32, 0), (7, 100), (10, 64)]
  /// What has the bend wheel reach two semitones again, and leaves no parameter chosen (101 and 100).
  private static let reach: [(controller: UInt8, value: UInt8)] =
    [(101, 0), (100, 0), (6, 2), (38, 0), (101, 127), (100, 127)]
  private static let drums: UInt8 = 9

  /// Creates channels that were told nothing.
  init() {}

  /// Takes what is sent.
  mutating func hear(_ message: ChannelMessage) {
    let channel = Int(message.channel)
    guard channels.indices.contains(channel) else { return }
    switch message {
    case .noteOn, .noteOff, .polyphonicPressure: return
    case .controlChange(_, let controller, _): channels[channel].controllers.insert(controller)
    case .programChange: channels[channel].hasProgram = true
    case .pitchBend, .channelPressure: break
    }
    channels[channel].isTold = true
  }

  /// Puts all that was told back to where it rests.
  ///
  /// - Parameter seconds: when.
  /// - Returns: the messages for that.
  mutating func takeBack(at seconds: Double) -> [TimedMessage] {
    var messages: [TimedMessage] = []
    for (index, told) in channels.enumerated() where told.isTold {
      for message in Self.rest(of: told, UInt8(index)) {
        messages.append(TimedMessage(seconds: seconds, message: message))
      }
    }
    self = ToldChannels()
    return messages
  }

  private static func rest(of told: Channel, _ channel: UInt8) -> [ChannelMessage] {
    var messages: [ChannelMessage] = [
      .controlChange(channel: channel, controller: 121, value: 0)
    ]
    for (controller, value) in resting where told.controllers.contains(controller) {
      // Where the drums are is for each family of synthesizers to say: XG's bank 0 has none.
      if channel == drums, [0, 32].contains(controller) { continue }
      messages.append(.controlChange(channel: channel, controller: controller, value: value))
    }
    for (controller, value) in reach where told.controllers.contains(6) {
      messages.append(.controlChange(channel: channel, controller: controller, value: value))
    }
    if told.hasProgram { messages.append(.programChange(channel: channel, program: 0)) }
    return messages
  }
}
