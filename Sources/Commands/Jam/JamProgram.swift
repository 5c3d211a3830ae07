import Improvisation
import MuseGen

/// The program that plays all but the drums in a jam, whatever is asked for on the way: as it is sent, and as it is
/// written down.
struct JamProgram {
  private let program: UInt8
  /// What has been told so in the recording.
  private var told: Set<Part> = []

  private struct Part: Hashable {
    var side: RecordedMessage.Side
    var channel: UInt8
  }

  private static let drums: UInt8 = 9

  init(_ program: UInt8) { self.program = program }

  /// What is sent before everything else.
  var opening: [TimedMessage] {
    (UInt8(0)..<16).filter { $0 != Self.drums }.map {
      TimedMessage(seconds: 0, message: .programChange(channel: $0, program: program))
    }
  }

  /// A message as it is sent.
  func sent(_ timed: TimedMessage) -> TimedMessage {
    guard case .programChange(let channel, _)? = timed.message, channel & 15 != Self.drums else {
      return timed
    }
    return TimedMessage(
      seconds: timed.seconds, message: .programChange(channel: channel, program: program))
  }

  /// Messages as they are written down: each part is told the program before anything else, and no other.
  mutating func written(_ messages: [RecordedMessage]) -> [RecordedMessage] {
    var written: [RecordedMessage] = []
    for message in messages {
      let channel = message.message.channel & 15
      guard channel != Self.drums else {
        written.append(message)
        continue
      }
      if told.insert(Part(side: message.side, channel: channel)).inserted {
        written.append(
          RecordedMessage(
            quarters: message.quarters, side: message.side,
            message: .programChange(channel: channel, program: program)))
      }
      if case .programChange = message.message { continue }
      written.append(message)
    }
    return written
  }
}
