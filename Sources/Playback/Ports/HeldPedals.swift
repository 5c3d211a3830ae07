import Music
import StandardMIDIFile

/// How far down the sustain pedals of a port's channels are where the music is.
struct HeldPedals {
  private var positions = [UInt8](repeating: 0, count: 16)

  /// Creates pedals that are up.
  init() {}

  /// Takes what was sent.
  mutating func hear(_ content: TimedMessage.Content) {
    switch content {
    case .channel(.controlChange(let channel, 64, let value)) where channel < 16:
      positions[Int(channel)] = value
    // Reset All Controllers lifts them, too.
    case .channel(.controlChange(let channel, 121, _)) where channel < 16:
      positions[Int(channel)] = 0
    case .systemExclusive(let data, _):
      guard case .reset = SystemMessage(data) else { return }
      self = HeldPedals()
    default: return
    }
  }

  /// What presses them again.
  ///
  /// - Parameter seconds: when.
  /// - Returns: a message for each.
  func messages(at seconds: Double) -> [TimedMessage] {
    positions.indices.filter { positions[$0] > 0 }.map { channel in
      TimedMessage(
        seconds: seconds,
        message: .controlChange(
          channel: UInt8(channel), controller: 64, value: positions[channel]))
    }
  }
}
