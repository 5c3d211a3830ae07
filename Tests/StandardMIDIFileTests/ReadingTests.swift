import StandardMIDIFile
import Testing

struct ReadingTests {
  @Test func `a note is read as its two messages`() throws {
    let file = try MIDIFile(bytes: smallFile(oneNote), mode: .strict)
    #expect(file.format == .singleTrack)
    #expect(file.division == .ticksPerQuarter(96))
    #expect(
      file.tracks.map(Array.init) == [
        [
          MIDIFile.Event(.channel(.noteOn(channel: 0, pitch: 60, velocity: 80))),
          MIDIFile.Event(delta: 96, .channel(.noteOff(channel: 0, pitch: 60, velocity: 64))),
        ]
      ])
    #expect(file.warnings.isEmpty)
  }

  @Test func `running status repeats the last status`() throws {
    let file = try MIDIFile(
      bytes: smallFile([0, 0x91, 60, 80, 96, 60, 0, 0, 0xC2, 5, 0, 6, 0, 0xFF, 0x2F, 0]),
      mode: .strict)
    #expect(
      file.tracks[0].map(\.message) == [
        .channel(.noteOn(channel: 1, pitch: 60, velocity: 80)),
        .channel(.noteOn(channel: 1, pitch: 60, velocity: 0)),
        .channel(.programChange(channel: 2, program: 5)),
        .channel(.programChange(channel: 2, program: 6)),
      ])
  }

  @Test func `running status after a meta event goes on with a warning`() throws {
    let bytes = smallFile([0, 0x90, 60, 80, 0, 0xFF, 1, 0, 96, 60, 0, 0, 0xFF, 0x2F, 0])
    let file = try MIDIFile(bytes: bytes)
    #expect(file.tracks[0].count == 3)
    let fault = MIDIFileError(.runningStatusAfterMeta, offset: 31, track: 0)
    #expect(file.warnings == [fault])
    #expect(throws: fault) { try MIDIFile(bytes: bytes, mode: .strict) }
  }

  @Test func `a data byte without a status is skipped up to the next status`() throws {
    let file = try MIDIFile(
      bytes: smallFile([0, 60, 80, 0x90, 62, 80, 96, 62, 0, 0, 0xFF, 0x2F, 0]))
    #expect(file.tracks[0].count == 2)
    #expect(file.warnings.map(\.reason) == [.noStatus(byte: 60)])
  }

  @Test func `a file without a header is refused by name`() {
    #expect(throws: MIDIFileError(.empty, offset: 0)) { try MIDIFile(bytes: []) }
    #expect(throws: MIDIFileError(.noHeader, offset: 0)) {
      try MIDIFile(bytes: Array("<html>not here</html>".utf8))
    }
  }
}
