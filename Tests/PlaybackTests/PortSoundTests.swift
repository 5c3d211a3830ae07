import Music
import Playback
import PlaybackTestSupport
import Testing

/// Pieces of more than sixteen channels: each port has a synthesizer of its own.
@Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct PortSoundTests {
  private let soundFont: SoundFont

  init() throws { soundFont = try #require(Pieces.soundFont) }

  private func part(
    _ channel: UInt8, port: UInt8, program: UInt8 = 0, pitch: UInt8 = 60, end: Int = 480
  ) -> Track {
    Track(
      channel: channel, notes: [Note(onset: 0, duration: end, pitch: pitch, velocity: 90)],
      messages: [TrackMessage(tick: 0, kind: .program(program))], port: port)
  }

  private func samples(
    _ tracks: [Track], _ messages: [SystemExclusiveEvent] = []
  ) throws -> [Float] {
    let performance = Performance(
      Score(tracks: tracks, systemExclusives: messages, endTick: 960))
    // As long as the piece, so that the ends do not depend on how notes die away.
    return Array(
      try performance.samples(soundFont: soundFont, settings: Pieces.dry).prefix(2 * 44_100))
  }

  @Test func `drums of a second port are drums`() throws {
    let silent = Track(messages: [TrackMessage(tick: 0, kind: .program(0))])
    let first = try samples([part(9, port: 0, pitch: 36)])
    #expect(try samples([silent, part(9, port: 1, pitch: 36)]) == first)
    #expect(first.contains { abs($0) > 0.01 })
  }

  @Test func `seventeen instruments and more play together`() throws {
    let programs = (UInt8(0)..<40).map { 2 * $0 }
    let tracks = programs.enumerated().map { index, program in
      let channel = UInt8(index % 15)
      return part(channel < 9 ? channel : channel + 1, port: UInt8(index / 15), program: program)
    }
    var sum = try samples(Array(tracks[0..<15]))
    for port in [tracks[15..<30], tracks[30..<40]] {
      for (index, sample) in try samples(Array(port)).enumerated() { sum[index] += sample }
    }
    #expect(try samples(tracks) == sum)
  }

  @Test func `a message to one port is not heard on another`() throws {
    let gsPart1: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 0x02, 0x18, 0xF7]
    let volume: [UInt8] = [0x7F, 0x7F, 0x04, 0x01, 0x00, 0x00, 0xF7]
    let organ = part(0, port: 0, program: 19, end: 960)
    let other = Track(messages: [TrackMessage(tick: 0, kind: .program(0))], port: 1)
    let expected = try samples([organ])
    let reset: [UInt8] = [0x7E, 0x7F, 0x09, 0x01, 0xF7]
    for data in [volume, reset, gsPart1] {
      let message = SystemExclusiveEvent(tick: 240, data: data, port: 1)
      #expect(try samples([organ, other], [message]) == expected)
    }
    #expect(
      try samples([organ, other], [SystemExclusiveEvent(tick: 240, data: volume)]) != expected)
  }
}
