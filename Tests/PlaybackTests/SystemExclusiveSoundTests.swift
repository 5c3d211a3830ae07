import Foundation
import Music
import Playback
import PlaybackTestSupport
import StandardMIDIFile
import Testing
import TestSupport

@Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct SystemExclusiveSoundTests {
  private let soundFont: SoundFont
  private let gmReset: [UInt8] = [0x7E, 0x7F, 0x09, 0x01]
  private let gsReset: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41]
  private let xgReset: [UInt8] = [0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00]

  init() throws { soundFont = try #require(Pieces.soundFont) }

  private func message(_ seconds: Double, _ data: [UInt8]) -> TimedMessage {
    TimedMessage(seconds: seconds, content: .systemExclusive(data + [0xF7]))
  }

  private func control(_ controller: UInt8, _ value: UInt8, channel: UInt8 = 0) -> TimedMessage {
    TimedMessage(
      seconds: 0, message: .controlChange(channel: channel, controller: controller, value: value))
  }

  private func program(_ program: UInt8, channel: UInt8 = 0) -> TimedMessage {
    TimedMessage(seconds: 0, message: .programChange(channel: channel, program: program))
  }

  private func note(
    _ seconds: Double, _ pitch: UInt8 = 69, channel: UInt8 = 0, for length: Double = 0.5
  ) -> [TimedMessage] {
    [
      TimedMessage(
        seconds: seconds, message: .noteOn(channel: channel, pitch: pitch, velocity: 100)),
      TimedMessage(
        seconds: seconds + length, message: .noteOff(channel: channel, pitch: pitch, velocity: 64)),
    ]
  }

  private func samples(
    _ messages: [TimedMessage], _ settings: SynthesizerSettings = Pieces.dry
  ) throws -> [Float] {
    let length = messages.reduce(0) { max($0, $1.seconds) }
    return try Performance(messages: messages, duration: length).samples(
      soundFont: soundFont, settings: settings)
  }

  private func listen(_ messages: [TimedMessage]) throws -> Listening {
    Listening(interleaved: try samples(messages))
  }

  private func rms(_ heard: Listening, _ range: Range<Double>) -> Double {
    let rate = heard.sampleRate
    let stretch = heard.samples[Int(range.lowerBound * rate)..<Int(range.upperBound * rate)]
    return sqrt(stretch.reduce(0) { $0 + Double($1) * Double($1) } / Double(stretch.count))
  }

  @Test func `a reset makes a channel sound again that was muted`() throws {
    for reset in [gmReset, [0x7E, 0x7F, 0x09, 0x03], gsReset, xgReset] {
      let heard = try listen(
        [control(7, 0)] + note(0) + [message(1, reset)] + note(1.1))
      #expect(rms(heard, 0..<0.5) < 1e-4)
      #expect(rms(heard, 1.1..<1.5) > 0.005)
    }
  }

  @Test func `a reset releases what sounds`() throws {
    let note = note(0, for: 2)
    let heard = try listen([program(19), note[0], message(1, gmReset), note[1]])
    #expect(rms(heard, 0.5..<0.9) > 0.005)
    // It dies away as a note that is released does.
    #expect(rms(heard, 1.7..<1.9) < rms(heard, 0.5..<0.9) / 10)
  }

  @Test func `master volume lowers all that follows by 40 log10 of it, until a reset`() throws {
    let volumes: [[UInt8]] = [
      [0x7F, 0x7F, 0x04, 0x01, 0x00, 0x20],
      // 32 of 127 are the same within 0.1 decibels.
      [0x43, 0x10, 0x4C, 0x00, 0x00, 0x04, 0x20],
      [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x04, 0x20, 0x1C],
    ]
    for volume in volumes {
      let heard = try listen(
        [program(79)] + note(0) + [message(1, volume)] + note(1.1) + [message(2, gmReset)]
          + [TimedMessage(seconds: 2, message: .programChange(channel: 0, program: 79))]
          + note(2.1))
      let full = rms(heard, 0.1..<0.4)
      let lowered = 20 * log10(rms(heard, 1.2..<1.5) / full)
      #expect(abs(lowered - -24.08) < 0.5)
      #expect(abs(20 * log10(rms(heard, 2.2..<2.5) / full)) < 0.5)
    }
  }

  @Test func `a tuning of the scale is heard`() throws {
    // A is 114 - 64 = 50 cents high: 440 hertz x 2^(50/1200).
    var tuning: [UInt8] =
      [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x40] + [UInt8](repeating: 64, count: 12)
    tuning[16] = 114
    tuning.append(UInt8((128 - tuning[4...].reduce(0) { $0 + Int($1) } % 128) % 128))
    var universal: [UInt8] = [0x7F, 0x00, 0x08, 0x08, 0x03, 0x7F, 0x7F]
    universal += [UInt8](repeating: 64, count: 12)
    universal[16] = 114
    for data in [tuning, universal] {
      let heard = try listen(
        [program(79), message(0, gsReset), program(79), message(0, data)] + note(0, for: 1))
      #expect(abs(frequency(heard) - 452.89) < 1)
    }
  }

  /// The loudest frequency from 430 to 470 hertz.
  private func frequency(_ heard: Listening) -> Double {
    let stretch = heard.samples[Int(0.2 * heard.sampleRate)..<Int(heard.sampleRate)]
    func power(_ frequency: Double) -> Double {
      var (real, imaginary) = (0.0, 0.0)
      for (index, sample) in stretch.enumerated() {
        let window = 0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(stretch.count))
        let angle = 2 * .pi * frequency * Double(index) / heard.sampleRate
        real += Double(sample) * window * cos(angle)
        imaginary += Double(sample) * window * sin(angle)
      }
      return real * real + imaginary * imaginary
    }
    return stride(from: 430, through: 470, by: 0.25).max { power($0) < power($1) } ?? 0
  }

  @Test func `drum parts elsewhere than on channel 10 sound as on channel 10`() throws {
    func drums(channel: UInt8) -> [TimedMessage] {
      note(0.1, 36, channel: channel) + note(0.6, 42, channel: channel)
    }
    func check(
      _ reset: [UInt8], _ setting: [TimedMessage], channel: UInt8,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let expected = try samples([message(0, reset)] + drums(channel: 9))
      let found = try samples([message(0, reset)] + setting + drums(channel: channel))
      #expect(found == expected, sourceLocation: sourceLocation)
      let melodic = try samples([message(0, reset)] + drums(channel: channel))
      #expect(melodic != expected, sourceLocation: sourceLocation)
    }
    let gsPart1: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 0x02, 0x18]
    let gsOfAnotherDevice = [0x41, 0x00] + gsPart1[2...]
    let xgPart5: [UInt8] = [0x43, 0x10, 0x4C, 0x08, 0x04, 0x07, 0x02]
    try check(gsReset, [message(0, gsPart1)], channel: 0)
    try check(gsReset, [message(0, gsOfAnotherDevice)], channel: 0)
    try check(xgReset, [message(0, xgPart5)], channel: 4)
    try check(xgReset, [control(0, 127, channel: 4), program(0, channel: 4)], channel: 4)
    try check(
      [0x7E, 0x7F, 0x09, 0x03], [control(0, 120, channel: 4), program(0, channel: 4)], channel: 4)
  }

  @Test func `channel 10 can become a melodic part`() throws {
    let part10: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x10, 0x15, 0x00, 0x1B]
    let found = try samples(
      [message(0, gsReset), message(0, part10), program(19, channel: 9)] + note(0.1, channel: 9))
    #expect(found == (try samples([message(0, gsReset), program(19)] + note(0.1))))
  }

  @Test func `a program that is imposed leaves drum parts alone`() throws {
    var imposed = Pieces.dry
    imposed.program = 79
    let gsPart1: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 0x02, 0x18]
    let piece = [message(0, gsReset), message(0, gsPart1), program(0)] + note(0.1, 36)
    #expect(try samples(piece, imposed) == (try samples(piece)))
    let afterReset = [message(0, gmReset)] + note(0.1)
    #expect(try samples(afterReset, imposed) == (try samples([program(79)] + note(0.1))))
  }
}
