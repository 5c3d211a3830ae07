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
