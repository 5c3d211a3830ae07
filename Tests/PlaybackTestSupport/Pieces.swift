import Foundation
package import Music
package import Playback
import StandardMIDIFile

/// Short pieces and the instruments that play them in tests.
package enum Pieces {
  package static let soundFont = try? SoundFont.discover()
  package static var hasSoundFont: Bool { soundFont != nil }

  /// When the first note of a melody comes, in seconds.
  package static let start = 0.25

  /// Ocarina notes, near to sines, with silence before and between them.
  package static func melody(
    _ pitches: [UInt8], every period: Double = 0.5, sounding duration: Double = 0.2,
    velocity: UInt8 = 100, program: UInt8 = 79
  ) -> Performance {
    var messages = [
      TimedMessage(seconds: 0, message: .programChange(channel: 0, program: program))
    ]
    for (index, pitch) in pitches.enumerated() {
      let onset = start + Double(index) * period
      messages.append(
        TimedMessage(
          seconds: onset, message: .noteOn(channel: 0, pitch: pitch, velocity: velocity)))
      messages.append(
        TimedMessage(
          seconds: onset + duration, message: .noteOff(channel: 0, pitch: pitch, velocity: 64)))
    }
    messages.sort { $0.seconds < $1.seconds }
    return Performance(messages: messages, duration: start + Double(pitches.count) * period)
  }

  /// Without reverb and chorus, so that notes end where they end.
  package static let dry = SynthesizerSettings(reverb: nil, chorus: nil)

  package static func temporaryPath(_ name: String) -> String {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("musegen-\(UUID().uuidString)-\(name)").path
  }
}
