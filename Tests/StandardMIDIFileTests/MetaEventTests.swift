import StandardMIDIFile
import Testing

struct MetaEventTests {
  @Test(
    arguments: [
      (0x00, [0x01, 0x02], MetaEvent.sequenceNumber(0x0102)),
      (0x05, [0x6C, 0x61], .text(.lyric, "la")),
      (0x20, [9], .channelPrefix(9)),
      (0x21, [1], .port(1)),
      (0x51, [0x07, 0xA1, 0x20], .tempo(microsecondsPerQuarter: 500_000)),
      (
        0x54, [1, 2, 3, 4, 5],
        .timeCodeOffset(hours: 1, minutes: 2, seconds: 3, frames: 4, hundredths: 5)
      ),
      (
        0x58, [6, 3, 36, 8],
        .timeSignature(
          numerator: 6, denominatorPower: 3, clocksPerClick: 36, thirtySecondsPerQuarter: 8)
      ),
      (0x59, [0xFD, 1], .keySignature(sharps: -3, isMinor: true)),
      (0x7F, [0x43, 0], .sequencerSpecific([0x43, 0])),
      (0x60, [1], .other(type: 0x60, data: [1])),
      // Malformed for their type.
      (0x51, [0, 0, 0], .other(type: 0x51, data: [0, 0, 0])),
      (0x59, [8, 0], .other(type: 0x59, data: [8, 0])),
    ] as [(UInt8, ArraySlice<UInt8>, MetaEvent)])
  func `data and meaning go back and forth`(
    type: UInt8, data: ArraySlice<UInt8>, event: MetaEvent
  ) {
    #expect(MetaEvent(type: type, data: data) == event)
    #expect(event.type == type)
    #expect(event.data == data)
  }

  @Test func `events read from a file hold their data`() throws {
    let file = try MIDIFile(
      bytes: smallFile([
        0, 0xFF, 3, 2, 0x48, 0x69, 0, 0xF0, 2, 0x7E, 0xF7, 1, 0xF7, 1, 0x55, 0, 0xFF, 0x2F, 0,
      ]), mode: .strict)
    #expect(
      Array(file.tracks[0]) == [
        MIDIFile.Event(.meta(.text(.trackName, "Hi"))),
        MIDIFile.Event(.systemExclusive([0x7E, 0xF7])),
        MIDIFile.Event(delta: 1, .escape([0x55])),
      ])
  }
}
