import Music

/// What system exclusive messages have made of a synthesizer, as far as FluidSynth does not tell it.
struct SystemState {
  /// Which channels are drum parts.
  var drums: DrumChannels
  /// The master volume, 1 at the start.
  var volume: Float = 1

  /// Creates the state after a reset, nil for none.
  init(family: SystemReset? = nil) {
    drums = DrumChannels(after: family)
  }
}

extension SystemReset {
  /// The message in the form that FluidSynth knows, without 0xF0 and 0xF7.
  var message: [UInt8] {
    switch self {
    case .generalMIDI: [0x7E, 0x7F, 0x09, 0x01]
    case .generalMIDI2: [0x7E, 0x7F, 0x09, 0x03]
    case .gs: [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41]
    case .xg: [0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00]
    }
  }
}

/// The universal message that tunes the twelve pitch classes of a channel (MIDI Tuning Standard, "scale
/// or octave tuning, one byte, real time"), without 0xF0 and 0xF7.
func scaleTuningMessage(channel: UInt8, cents: [Int8]) -> [UInt8] {
  // The channels are bits, seven to a byte, the last two channels first.
  let bit = UInt8(1) << (channel % 7)
  let masks = (0..<3).reversed().map { $0 == Int(channel) / 7 ? bit : 0 }
  return [0x7F, 0x7F, 0x08, 0x08] + masks + cents.map { UInt8(clamping: Int($0) + 64) & 0x7F }
}
