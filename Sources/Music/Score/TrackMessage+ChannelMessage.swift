public import StandardMIDIFile

extension TrackMessage.Kind {
  /// The message for a channel.
  public func message(channel: UInt8) -> ChannelMessage {
    switch self {
    case .control(let controller, let value):
      .controlChange(channel: channel, controller: controller, value: value)
    case .program(let program): .programChange(channel: channel, program: program)
    case .pitchBend(let value): .pitchBend(channel: channel, value: value)
    case .channelPressure(let pressure): .channelPressure(channel: channel, pressure: pressure)
    case .polyphonicPressure(let pitch, let pressure):
      .polyphonicPressure(channel: channel, pitch: pitch, pressure: pressure)
    }
  }

  /// The instruction in a packed channel message that is neither note-on nor note-off.
  init(_ packed: PackedEvent) {
    self =
      switch packed.tag {
      case 0xA: .polyphonicPressure(pitch: packed.data1, pressure: packed.data2)
      case 0xB: .control(controller: packed.data1, value: packed.data2)
      case 0xC: .program(packed.data1)
      case 0xD: .channelPressure(packed.data1)
      default: .pitchBend(UInt16(packed.data1) | UInt16(packed.data2) << 7)
      }
  }
}
