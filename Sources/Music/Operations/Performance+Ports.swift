package import StandardMIDIFile

/// The numbers that a performance gives to the ports of a score.
struct PortNumbers {
  private let numbers: [UInt8: UInt8]

  /// Counts the ports that tracks play on, in their order.
  init(_ score: Score) {
    let ports = Set(score.tracks.map(\.port)).sorted()
    numbers = Dictionary(
      uniqueKeysWithValues: ports.enumerated().map { ($1, UInt8($0 % Performance.maximumPorts)) })
  }

  /// The number of a port; 0 for one that no track plays on.
  func number(of port: UInt8) -> UInt8 { numbers[port] ?? 0 }

  /// Whether a message is sent to a port that a track plays on.
  func isHeard(_ event: SystemExclusiveEvent) -> Bool {
    event.port.map { numbers[$0] != nil } ?? true
  }

  /// The number of the port that a message is sent to, nil for all.
  func number(of event: SystemExclusiveEvent) -> UInt8? {
    if let port = event.port { return number(of: port) }
    if numbers.count < 2 { return nil }
    // What names no port and is said of a channel is for the first.
    switch SystemMessage(event.data) {
    case .drumPart, .scaleTuning: return 0
    default: return nil
    }
  }
}

extension Performance {
  /// How many ports a performance tells apart: as many as have channels that a byte can count.
  package static let maximumPorts = 16

  /// How many ports the performance is for: as many as the highest that a message is sent to.
  package var portCount: Int {
    messages.reduce(1) { count, timed in
      switch timed.content {
      case .channel(let message): max(count, Int(message.channel >> 4) + 1)
      case .systemExclusive(_, let port): max(count, Int((port ?? 0) & 15) + 1)
      }
    }
  }

  /// The performance for a synthesizer that has one port.
  ///
  /// A part of a further port gets a channel that no other has, or shares its own where none is left;
  /// its channel 10 shares that of the first port. What is sent to further ports as a whole is left out.
  package var onOnePort: Performance {
    if portCount == 1 { return self }
    var channels: [UInt8: UInt8] = [:]
    for case .noteOn(let channel, _, _)? in messages.lazy.map(\.message) where channel < 16 {
      channels[channel] = channel
    }
    var used = Set(channels.values)
    for case .noteOn(let channel, _, _)? in messages.lazy.map(\.message)
    where channels[channel] == nil {
      let own = channel & 15
      let free = [own] + (0..<16).filter { $0 != 9 }
      let chosen = own == 9 ? 9 : free.first { !used.contains($0) } ?? own
      channels[channel] = chosen
      used.insert(chosen)
    }
    var performance = self
    performance.messages = messages.compactMap { timed in
      switch timed.content {
      case .channel(let message):
        // A channel that plays nothing has nothing to say beside those that do.
        guard let channel = channels[message.channel] else { return nil }
        return TimedMessage(seconds: timed.seconds, message: message.onChannel(channel))
      case .systemExclusive(let data, let port):
        guard port ?? 0 == 0 else { return nil }
        return TimedMessage(seconds: timed.seconds, content: .systemExclusive(data))
      }
    }
    return performance
  }
}

extension ChannelMessage {
  /// The message to another channel.
  package func onChannel(_ channel: UInt8) -> ChannelMessage {
    switch self {
    case .noteOff(_, let pitch, let velocity):
      .noteOff(channel: channel, pitch: pitch, velocity: velocity)
    case .noteOn(_, let pitch, let velocity):
      .noteOn(channel: channel, pitch: pitch, velocity: velocity)
    case .polyphonicPressure(_, let pitch, let pressure):
      .polyphonicPressure(channel: channel, pitch: pitch, pressure: pressure)
    case .controlChange(_, let controller, let value):
      .controlChange(channel: channel, controller: controller, value: value)
    case .programChange(_, let program): .programChange(channel: channel, program: program)
    case .channelPressure(_, let pressure):
      .channelPressure(channel: channel, pressure: pressure)
    case .pitchBend(_, let value): .pitchBend(channel: channel, value: value)
    }
  }
}
