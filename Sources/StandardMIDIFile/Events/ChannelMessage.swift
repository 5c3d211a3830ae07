/// A MIDI channel message, with channels, pitches and programs counted from 0 as in the bytes.
///
/// Reference: MIDI 1.0 Detailed Specification 4.2, "Channel Voice Messages".
public enum ChannelMessage: Hashable, Sendable {
  /// Releases a pitch; `velocity` is the release velocity.
  case noteOff(channel: UInt8, pitch: UInt8, velocity: UInt8)
  /// Strikes a pitch; a velocity of 0 means note-off.
  case noteOn(channel: UInt8, pitch: UInt8, velocity: UInt8)
  /// Pressure on one held key.
  case polyphonicPressure(channel: UInt8, pitch: UInt8, pressure: UInt8)
  /// A new value for a controller, such as 64, the sustain pedal.
  case controlChange(channel: UInt8, controller: UInt8, value: UInt8)
  /// A new instrument for the channel.
  case programChange(channel: UInt8, program: UInt8)
  /// Pressure on all held keys of the channel.
  case channelPressure(channel: UInt8, pressure: UInt8)
  /// The bend wheel's position, 0 to 16,383, at rest at 8,192.
  case pitchBend(channel: UInt8, value: UInt16)
}

extension ChannelMessage {
  /// Reads a message from its packed bytes, which the reader or ``packed(delta:)`` made.
  init(_ packed: PackedEvent) {
    let (channel, data1, data2) = (packed.channel, packed.data1, packed.data2)
    switch packed.tag {
    case 0x8: self = .noteOff(channel: channel, pitch: data1, velocity: data2)
    case 0x9: self = .noteOn(channel: channel, pitch: data1, velocity: data2)
    case 0xA: self = .polyphonicPressure(channel: channel, pitch: data1, pressure: data2)
    case 0xB: self = .controlChange(channel: channel, controller: data1, value: data2)
    case 0xC: self = .programChange(channel: channel, program: data1)
    case 0xD: self = .channelPressure(channel: channel, pressure: data1)
    default: self = .pitchBend(channel: channel, value: UInt16(data1) | UInt16(data2) << 7)
    }
  }

  /// Reads a message from its status byte and data bytes; of one that has a single one the second is left alone.
  ///
  /// Nil comes of what is no channel message, and of data above 127.
  public init?(status: UInt8, data1: UInt8, data2: UInt8) {
    guard 0x80..<0xF0 ~= status, data1 < 128, data2 < 128 else { return nil }
    self.init(PackedEvent(delta: 0, status: status, data1: data1, data2: data2))
  }

  /// The status byte and the two data bytes, the second 0 where a message has only one.
  public var bytes: (status: UInt8, data1: UInt8, data2: UInt8) {
    switch self {
    case .noteOff(let channel, let pitch, let velocity): (0x80 | channel, pitch, velocity)
    case .noteOn(let channel, let pitch, let velocity): (0x90 | channel, pitch, velocity)
    case .polyphonicPressure(let channel, let pitch, let pressure):
      (0xA0 | channel, pitch, pressure)
    case .controlChange(let channel, let controller, let value):
      (0xB0 | channel, controller, value)
    case .programChange(let channel, let program): (0xC0 | channel, program, 0)
    case .channelPressure(let channel, let pressure): (0xD0 | channel, pressure, 0)
    case .pitchBend(let channel, let value):
      (
        0xE0 | channel, UInt8(truncatingIfNeeded: value & 0x7F),
        UInt8(truncatingIfNeeded: value >> 7)
      )
    }
  }

  /// The channel, 0 to 15.
  public var channel: UInt8 {
    switch self {
    case .noteOff(let channel, _, _), .noteOn(let channel, _, _),
      .polyphonicPressure(let channel, _, _), .controlChange(let channel, _, _),
      .programChange(let channel, _), .channelPressure(let channel, _),
      .pitchBend(let channel, _):
      channel
    }
  }

  /// Whether the message ends all notes of its channel: All Sound Off (controller 120), All Notes Off
  /// (123), and the mode messages 124 to 127, which imply it.
  ///
  /// Reference: MIDI 1.0 Detailed Specification 4.2, "Channel Mode Messages".
  public var endsAllNotes: Bool {
    guard case .controlChange(_, let controller, _) = self else { return false }
    return Self.endsAllNotes(controller: controller)
  }

  /// Whether a controller's change ends all notes of its channel.
  ///
  /// - SeeAlso: ``endsAllNotes``
  public static func endsAllNotes(controller: UInt8) -> Bool {
    controller == 120 || 123...127 ~= controller
  }

  /// Packs the message.
  ///
  /// - Precondition: the channel is below 16 and every data byte below 128.
  func packed(delta: UInt32) -> PackedEvent {
    let (status, data1, data2) = bytes
    precondition(channel < 16, "a channel lies in 0...15")
    precondition(data1 < 0x80 && data2 < 0x80, "a data byte lies in 0...127")
    return PackedEvent(delta: delta, status: status, data1: data1, data2: data2)
  }
}
