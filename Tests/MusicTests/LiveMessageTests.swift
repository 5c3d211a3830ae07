import Music
import StandardMIDIFile
import Testing

/// Messages as they go over a wire.
struct LiveMessageTests {
  // From the MIDI 1.0 Detailed Specification 4.2, tables I to III and V.
  @Test func `bytes are the messages that the specification has for them`() {
    let messages: [([UInt8], LiveMessage)] = [
      ([0x90, 60, 100], .channel(.noteOn(channel: 0, pitch: 60, velocity: 100))),
      ([0x8F, 60, 64], .channel(.noteOff(channel: 15, pitch: 60, velocity: 64))),
      ([0xB1, 64, 127], .channel(.controlChange(channel: 1, controller: 64, value: 127))),
      ([0xC2, 40], .channel(.programChange(channel: 2, program: 40))),
      ([0xD3, 9], .channel(.channelPressure(channel: 3, pressure: 9))),
      ([0xE4, 0, 64], .channel(.pitchBend(channel: 4, value: 8_192))),
      ([0xF8], .timing(.clock)), ([0xFA], .timing(.start)), ([0xFB], .timing(.continue)),
      ([0xFC], .timing(.stop)), ([0xFE], .activeSensing),
      ([0xF2, 16, 1], .timing(.songPosition(sixteenths: 144))),
    ]
    for (bytes, message) in messages {
      #expect(LiveMessage(bytes) == message)
      if case .timing(let timing) = message { #expect(timing.bytes == bytes) }
    }
  }

  @Test func `what is no music, or no whole message, is none`() {
    let others: [[UInt8]] = [
      [], [60, 100], [0x90], [0x90, 60], [0x90, 60, 200], [0x90, 60, 1, 2], [0xC0], [0xC0, 1, 2],
      [0xF0, 1, 0xF7], [0xF1, 1], [0xF2, 1], [0xF3, 1], [0xF6], [0xF7], [0xFF], [0xFD],
    ]
    for bytes in others { #expect(LiveMessage(bytes) == nil, "\(bytes)") }
  }
}
