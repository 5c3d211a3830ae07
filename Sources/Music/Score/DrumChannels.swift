/// Which channels of a port are drum parts, as the messages that it is sent make them.
package struct DrumChannels: Sendable {
  /// Whether each of the sixteen channels is a drum part.
  package private(set) var isDrums = (0..<16).map { $0 == 9 }
  /// The last value of controller 0 of each channel.
  private var banks = [UInt8](repeating: 0, count: 16)
  private let family: SystemReset?

  /// Creates the channels as a reset leaves them, nil as they are before the first.
  package init(after reset: SystemReset? = nil) {
    family = reset
    // Channel 10 starts as a drum part without having been told a bank.
    banks[9] = reset == .xg ? 127 : reset == .generalMIDI2 ? 120 : 0
  }

  /// Notes the upper half of the number of a bank (controller 0), which the next program is taken from.
  package mutating func selectBank(_ bank: UInt8, channel: UInt8) {
    banks[Int(channel & 15)] = bank
  }

  /// Makes a channel a drum part or a melodic one if the bank does that its new program is taken from.
  package mutating func changeProgram(channel: UInt8) {
    let channel = Int(channel & 15)
    isDrums[channel] = isDrumBank(banks[channel]) ?? isDrums[channel]
  }

  /// Makes a channel a drum part or a melodic one, as ``SystemMessage/drumPart(channel:isDrums:)`` says.
  package mutating func set(_ isDrums: Bool, channel: UInt8) {
    let channel = Int(channel & 15)
    self.isDrums[channel] = isDrums
    // A part takes its bank with its mode; another one has to be selected.
    banks[channel] = isDrums && family == .xg ? 127 : 0
  }

  /// Whether a bank and the synthesizer's family make a channel a drum part; nil where they do not say.
  ///
  /// XG's drums are in banks 126 and 127, its sound effects, which are kits too, in 120 and 126; those
  /// of General MIDI 2 are in bank 120, and its melodic programs in 121.
  ///
  /// References: Yamaha XG Specifications 1.0, "Bank Select"; General MIDI 2 (RP-024), 3.3.
  private func isDrumBank(_ bank: UInt8) -> Bool? {
    switch (family, bank) {
    case (.xg, _): [120, 126, 127].contains(bank)
    case (.generalMIDI2, 120): true
    case (.generalMIDI2, 121): false
    default: nil
    }
  }
}
