import StandardMIDIFile
import Testing

/// What the lenient reader makes of faulty files; the strict reader throws the first fault.
struct RepairTests {
  private func expect(
    _ bytes: [UInt8], events: [Int], faults: [MIDIFileError.Reason],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = try MIDIFile(bytes: bytes)
    #expect(file.tracks.map(\.count) == events, sourceLocation: sourceLocation)
    #expect(file.warnings.map(\.reason) == faults, sourceLocation: sourceLocation)
    #expect(file.warnings.allSatisfy { $0.repair != nil }, sourceLocation: sourceLocation)
    if let first = faults.first {
      let error = #expect(throws: MIDIFileError.self, sourceLocation: sourceLocation) {
        try MIDIFile(bytes: bytes, mode: .strict)
      }
      #expect(error?.reason == first, sourceLocation: sourceLocation)
    } else {
      #expect(
        try MIDIFile(bytes: bytes, mode: .strict) == file, sourceLocation: sourceLocation)
    }
  }

  private func header(format: UInt8 = 1, tracks: UInt8) -> [UInt8] {
    Array("MThd".utf8) + [0, 0, 0, 6, 0, format, 0, tracks, 0, 96]
  }

  @Test func `a longer header is skipped to its end`() throws {
    let bytes =
      Array("MThd".utf8) + [0, 0, 0, 8, 0, 0, 0, 1, 0, 96, 0xAA, 0xBB] + chunk("MTrk", oneNote)
    try expect(bytes, events: [2], faults: [])
  }

  @Test func `a header of fewer than six bytes is refused`() {
    let bytes = Array("MThd".utf8) + [0, 0, 0, 4, 0, 0, 0, 1] + chunk("MTrk", oneNote)
    #expect(throws: MIDIFileError(.shortHeader(length: 4), offset: 4)) {
      try MIDIFile(bytes: bytes)
    }
  }

  @Test func `an undefined format is read as format 1`() throws {
    try expect(
      header(format: 3, tracks: 1) + chunk("MTrk", oneNote), events: [2],
      faults: [.undefinedFormat(3)])
  }

  @Test func `a division without ticks gets usual ones`() throws {
    let metrical = smallFile(oneNote, division: [0, 0])
    try expect(metrical, events: [2], faults: [.noTicks(division: 0)])
    #expect(try MIDIFile(bytes: metrical).division == .ticksPerQuarter(480))
    let timeCode = smallFile(oneNote, division: [0xE7, 0])
    try expect(timeCode, events: [2], faults: [.noTicks(division: 0xE700)])
    #expect(
      try MIDIFile(bytes: timeCode).division == .timeCode(framesPerSecond: 25, ticksPerFrame: 40))
  }

  @Test func `chunks of other types are kept in their places`() throws {
    let bytes =
      header(tracks: 2) + chunk("XFIH", [1]) + chunk("MTrk", oneNote) + chunk("JUNK", [2, 3])
      + chunk("MTrk", oneNote) + chunk("XFKM", [])
    try expect(bytes, events: [2, 2], faults: [])
    let file = try MIDIFile(bytes: bytes)
    #expect(file.otherChunks.map(\.type) == ["XFIH", "JUNK", "XFKM"])
    #expect(file.otherChunks.map(\.precedingTracks) == [0, 1, 2])
    #expect(file.bytes() == bytes)
  }

  @Test func `a chunk that goes on past the end of the file is passed over`() throws {
    try expect(
      header(tracks: 1) + Array("JUNK".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + chunk("MTrk", oneNote),
      events: [2], faults: [.chunkPastEnd(announced: 0xFFFF_FFFF, available: 20)])
  }

  @Test func `more and fewer tracks than announced are all read`() throws {
    try expect(
      header(tracks: 5) + chunk("MTrk", oneNote), events: [2],
      faults: [.trackCount(announced: 5, found: 1)])
    try expect(
      header(tracks: 1) + chunk("MTrk", oneNote) + chunk("MTrk", oneNote), events: [2, 2],
      faults: [.trackCount(announced: 1, found: 2)])
  }

  @Test func `a track that announces more than the file has ends where its events do`() throws {
    let huge = Array("MTrk".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + oneNote
    try expect(
      header(tracks: 2) + huge + chunk("MTrk", oneNote), events: [2, 2],
      faults: [.trackLength(announced: 0xFFFF_FFFF, found: 12)])
  }

  @Test func `a track that announces too little is read to its end`() throws {
    let short = Array("MTrk".utf8) + [0, 0, 0, 5] + oneNote
    try expect(
      header(tracks: 2) + short + chunk("MTrk", oneNote), events: [2, 2],
      faults: [.trackLength(announced: 5, found: 12)])
  }

  @Test func `a track whose last event is cut keeps the others`() throws {
    try expect(
      header(tracks: 2) + chunk("MTrk", Array(oneNote.prefix(7))) + chunk("MTrk", oneNote),
      events: [1, 2], faults: [.cutEvent])
  }

  @Test func `a track without its end ends with its last event`() throws {
    try expect(
      header(tracks: 1) + chunk("MTrk", Array(oneNote.dropLast(4))), events: [2],
      faults: [.noEndOfTrack])
  }

  @Test func `bytes after the end of a track are skipped`() throws {
    try expect(
      header(tracks: 2) + chunk("MTrk", oneNote + [0, 0x90, 1, 1]) + chunk("MTrk", oneNote),
      events: [2, 2], faults: [.bytesAfterEndOfTrack(count: 4)])
  }

  @Test func `bytes between chunks are skipped`() throws {
    try expect(
      header(tracks: 2) + chunk("MTrk", oneNote) + [0] + chunk("MTrk", oneNote) + [0, 0],
      events: [2, 2],
      faults: [.bytesBetweenChunks(count: 1), .bytesBetweenChunks(count: 2)])
  }

  @Test func `after the announced tracks the first thing that is no chunk ends the file`() throws {
    let whole = header(tracks: 1) + chunk("MTrk", oneNote)
    let zeros = [UInt8](repeating: 0, count: 50) + chunk("MTrk", oneNote)
    try expect(whole + zeros, events: [2], faults: [.bytesBetweenChunks(count: zeros.count)])
    // Text looks like a chunk of a type and length that no file has.
    let text = Array("this is no chunk; ".utf8) + chunk("MTrk", oneNote)
    try expect(whole + text, events: [2], faults: [.bytesBetweenChunks(count: text.count)])
    try expect(whole + whole, events: [2], faults: [.bytesBetweenChunks(count: whole.count)])
  }

  @Test func `before the announced tracks are whole, what is no chunk is damage`() throws {
    let zeros = [UInt8](repeating: 0, count: 7)
    try expect(
      header(tracks: 2) + chunk("MTrk", oneNote) + zeros + chunk("MTrk", oneNote),
      events: [2, 2], faults: [.bytesBetweenChunks(count: 7)])
    let huge = Array("MTrk".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + oneNote
    try expect(
      header(tracks: 1) + huge + zeros + chunk("MTrk", oneNote), events: [2, 2],
      faults: [
        .trackLength(announced: 0xFFFF_FFFF, found: 12), .bytesBetweenChunks(count: 7),
        .trackCount(announced: 1, found: 2),
      ])
  }

  @Test func `a misspelt track after one that announces too much is found`() throws {
    let huge = Array("MTrk".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + oneNote.dropLast(4)
    try expect(
      header(tracks: 2) + huge + chunk("mtrk", oneNote), events: [2, 2],
      faults: [
        .trackLength(announced: 0xFFFF_FFFF, found: 8), .noEndOfTrack, .misspeltTrackChunk,
      ])
  }

  @Test(
    arguments: [
      // A note-on without data, and one without its velocity, before the end of the track.
      [0x60, 0x90, 0xFF, 0x2F, 0x00], [0x60, 0x90, 0x3C, 0xFF, 0x2F, 0x00],
      [0x60, 0xC0, 0xFF, 0x2F, 0x00],
    ] as [[UInt8]])
  func `an event cut short by the end of the track does not swallow it`(cut: [UInt8]) throws {
    let bytes = smallFile([0, 0x90, 60, 80] + cut)
    try expect(bytes, events: [1], faults: [.interruptedEvent(status: 0xFF)])
    let file = try MIDIFile(bytes: bytes)
    #expect(file.tracks[0].endTick == 0x60)
    #expect(file.warnings[0].offset == bytes.count - 3)
    #expect(file.warnings[0].repair == "the event left out")
  }

  @Test func `an event cut short by a tempo leaves the tempo and what follows`() throws {
    let bytes = smallFile(
      [5, 0x90, 60, 0xFF, 0x51, 3, 7, 0xA1, 0x20, 0, 0x90, 62, 80, 0, 0xFF, 0x2F, 0])
    try expect(bytes, events: [2], faults: [.interruptedEvent(status: 0xFF)])
    let events = Array(try MIDIFile(bytes: bytes).tracks[0])
    #expect(
      events == [
        MIDIFile.Event(delta: 5, .meta(.tempo(microsecondsPerQuarter: 500_000))),
        MIDIFile.Event(.channel(.noteOn(channel: 0, pitch: 62, velocity: 80))),
      ])
  }

  @Test func `a time signature of two or three bytes is taken, the rest assumed`() throws {
    let bytes = smallFile(
      [0, 0xFF, 0x58, 2, 3, 2, 0, 0xFF, 0x58, 3, 6, 3, 36, 0, 0xFF, 0x2F, 0])
    try expect(
      bytes, events: [2],
      faults: [
        .metaLength(type: 0x58, found: 2, expected: 4),
        .metaLength(type: 0x58, found: 3, expected: 4),
      ])
    let file = try MIDIFile(bytes: bytes)
    #expect(file.warnings.allSatisfy { $0.repair == "the rest assumed" })
    #expect(file.bytes() == bytes)
    let meanings = file.tracks[0].compactMap { event -> MetaEvent? in
      guard case .meta(let meta) = event.message else { return nil }
      return meta.completingTimeSignature
    }
    #expect(
      meanings == [
        .timeSignature(
          numerator: 3, denominatorPower: 2, clocksPerClick: 24, thirtySecondsPerQuarter: 8),
        .timeSignature(
          numerator: 6, denominatorPower: 3, clocksPerClick: 36, thirtySecondsPerQuarter: 8),
      ])
    try expect(
      smallFile([0, 0xFF, 0x58, 2, 0, 2, 0, 0xFF, 0x58, 1, 3, 0, 0xFF, 0x2F, 0]), events: [2],
      faults: [
        .timeSignature(numerator: 0, denominatorPower: 2),
        .metaLength(type: 0x58, found: 1, expected: 4),
      ])
  }

  @Test func `a data byte above 127 is taken as 127`() throws {
    let bytes = smallFile([0, 0x90, 60, 0xC8, 0, 0xFF, 0x2F, 0])
    try expect(bytes, events: [1], faults: [.dataByte(0xC8)])
    #expect(
      try MIDIFile(bytes: bytes).tracks[0][0].message
        == .channel(.noteOn(channel: 0, pitch: 60, velocity: 127)))
  }

  @Test func `system messages in a track are skipped with their data, their delta times kept`()
    throws
  {
    let bytes = smallFile(
      [5, 0xF8, 6, 0xF2, 1, 2, 7, 0x90, 60, 80, 0, 0xF4, 0, 0x80, 60, 0, 0, 0xFF, 0x2F, 0])
    try expect(
      bytes, events: [2],
      faults: [.undefinedStatus(0xF8), .undefinedStatus(0xF2), .undefinedStatus(0xF4)])
    #expect(try MIDIFile(bytes: bytes).tracks[0][0].delta == 18)
  }

  @Test func `malformed meta events are kept as they are`() throws {
    let bytes = smallFile(
      [
        0, 0xFF, 0x59, 2, 15, 0, 0, 0xFF, 0x51, 3, 0, 0, 0, 0, 0xFF, 0x58, 4, 0, 2, 24, 8,
        0, 0xFF, 0x51, 4, 7, 0xA1, 0x20, 0, 0, 0xFF, 0x2F, 0,
      ])
    try expect(
      bytes, events: [4],
      faults: [
        .keySignature(sharps: 15, mode: 0), .zeroTempo,
        .timeSignature(numerator: 0, denominatorPower: 2),
        .metaLength(type: 0x51, found: 4, expected: 3),
      ])
    #expect(try MIDIFile(bytes: bytes).bytes() == bytes)
  }

  @Test func `a system exclusive message longer than its track is left out`() throws {
    try expect(
      smallFile([0, 0x90, 60, 80, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2]), events: [1],
      faults: [.cutEvent])
  }

  @Test func `a quantity of more than four bytes is read as it is meant`() throws {
    let bytes = smallFile([0x80, 0x80, 0x80, 0x80, 5, 0x90, 60, 80, 0, 0xFF, 0x2F, 0])
    try expect(bytes, events: [1], faults: [.longVariableLength])
    #expect(try MIDIFile(bytes: bytes).tracks[0][0].delta == 5)
  }

  @Test func `RIFF and MacBinary wrappers are taken off without a warning`() throws {
    let inner = smallFile(oneNote)
    let size = UInt8(inner.count)
    let riff =
      Array("RIFF".utf8) + [size + 12 + 12, 0, 0, 0] + Array("RMID".utf8)
      + Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0] + Array("data".utf8) + [size, 0, 0, 0] + inner
    try expect(riff, events: [2], faults: [])
    let macBinary = [0, 4] + Array("song".utf8) + [UInt8](repeating: 0, count: 122) + inner
    try expect(macBinary, events: [2], faults: [])
  }

  @Test func `a mail header before the file is skipped`() throws {
    try expect(
      Array("Subject: Song\n\n".utf8) + smallFile(oneNote), events: [2],
      faults: [.bytesBeforeHeader(count: 15)])
  }

  @Test func `a fault says where, what was found and what was expected`() throws {
    let file = try MIDIFile(bytes: smallFile([0, 0x90, 60, 0xC8, 0, 0xFF, 0x2F, 0]))
    #expect(
      file.warnings[0].description
        == "byte 25, track 1: found data byte 0xC8, expected at most 0x7F")
    #expect(file.warnings[0].repair == "0x7F assumed")
  }

  @Test func `warnings of a file of faults are counted, not all kept`() throws {
    let events = [UInt8](repeating: 0, count: 2).flatMap { _ in
      (0..<3000).flatMap { _ in [0, 0x90, 60, 0xFF] as [UInt8] }
    }
    let file = try MIDIFile(bytes: smallFile(events + [0, 0xFF, 0x2F, 0]))
    #expect(file.warnings.count == MIDIFile.maximumWarnings)
    #expect(file.omittedWarnings == 5000)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a file of nothing but misspelt tracks that claim too much is searched once`() throws {
    let track = Array("mtrk".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0xFF, 0x2F, 0x00]
    let bytes = header(tracks: 1) + (0..<40_000).flatMap { _ in track }
    #expect(try MIDIFile(bytes: bytes).tracks.count == 40_000)
  }
}
