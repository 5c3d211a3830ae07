import StandardMIDIFile
import TestSupport
import Testing

struct RoundTripTests {
  @Test func `reading what was written gives the same file`() throws {
    try withEvery(seed: 0..<500) { generator in
      let file = randomFile(using: &generator)
      for runningStatus in [false, true] {
        let bytes = file.bytes(runningStatus: runningStatus)
        let again = try MIDIFile(bytes: bytes, mode: .lenient)
        try #require(again == file)
        try #require(again.hashValue == file.hashValue)
        try #require(again.bytes(runningStatus: runningStatus) == bytes)
      }
    }
  }
}

/// A file of any kind of event.
func randomFile(using generator: inout SeededGenerator) -> MIDIFile {
  let division: Division =
    Bool.random(using: &generator)
    ? .ticksPerQuarter(.random(in: 1...0x7FFF, using: &generator))
    : .timeCode(
      framesPerSecond: [24, 25, 29, 30].randomElement(using: &generator) ?? 25,
      ticksPerFrame: .random(in: 1...255, using: &generator))
  let tracks = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
    MIDIFile.Track(
      (0..<Int.random(in: 0...30, using: &generator)).map { _ in
        MIDIFile.Event(
          delta: randomDelta(using: &generator), randomMessage(using: &generator))
      }, endDelta: randomDelta(using: &generator))
  }
  let chunks = (0...tracks.count).filter { _ in Int.random(in: 0..<8, using: &generator) == 0 }
    .map { index in
      MIDIFile.Chunk(type: "XFIH", data: randomData(using: &generator), precedingTracks: index)
    }
  return MIDIFile(
    format: tracks.count == 1 ? .singleTrack : .simultaneous, division: division, tracks: tracks,
    otherChunks: chunks)
}

private func randomDelta(using generator: inout SeededGenerator) -> Int {
  Int.random(
    in: 0..<1 << [1, 7, 14, 21, 28][Int.random(in: 0..<5, using: &generator)], using: &generator)
}

private func randomData(using generator: inout SeededGenerator) -> ArraySlice<UInt8> {
  let count = [0, 1, 2, 3, 4, 5, 127, 128, 300].randomElement(using: &generator) ?? 0
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }[...]
}

private func randomMessage(using generator: inout SeededGenerator) -> MIDIFile.Message {
  func byte() -> UInt8 { .random(in: 0...127, using: &generator) }
  let channel = UInt8.random(in: 0...15, using: &generator)
  switch Int.random(in: 0..<10, using: &generator) {
  case 0: return .channel(.noteOff(channel: channel, pitch: byte(), velocity: byte()))
  case 1: return .channel(.noteOn(channel: channel, pitch: byte(), velocity: byte()))
  case 2: return .channel(.polyphonicPressure(channel: channel, pitch: byte(), pressure: byte()))
  case 3: return .channel(.controlChange(channel: channel, controller: byte(), value: byte()))
  case 4: return .channel(.programChange(channel: channel, program: byte()))
  case 5: return .channel(.channelPressure(channel: channel, pressure: byte()))
  case 6:
    return .channel(
      .pitchBend(channel: channel, value: .random(in: 0..<16_384, using: &generator)))
  case 7: return .systemExclusive(randomData(using: &generator))
  case 8: return .escape(randomData(using: &generator))
  default:
    var type = byte()
    if type == 0x2F { type = 0x51 }
    return .meta(MetaEvent(type: type, data: randomData(using: &generator)))
  }
}
