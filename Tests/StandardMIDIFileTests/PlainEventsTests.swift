import StandardMIDIFile
import Testing

/// Events whose delta times are padded are left to the careful reader: it must read them as the fast one does.
struct PlainEventsTests {
  @Test(arguments: 1...200)
  func `padded delta times change nothing but offsets`(seed: UInt64) throws {
    let events = someEvents(seed: seed)
    let short = try MIDIFile(bytes: smallFile(track(events) { shortest($0) }))
    let long = try MIDIFile(bytes: smallFile(track(events) { padded($0) }))
    #expect(short == long)
    #expect(short.warnings.map(\.reason) == long.warnings.map(\.reason))
    #expect(short.tracks[0].count == events.count)
  }

  @Test func `a tempo cancels running status`() throws {
    let bytes = smallFile([
      0, 0x90, 60, 80, 5, 0xFF, 0x51, 3, 7, 0xA1, 0x20, 96, 60, 0, 0x83, 0x60, 0x90, 62, 80, 0, 62,
      0,
      0, 0xFF, 0x2F, 0,
    ])
    let file = try MIDIFile(bytes: bytes)
    #expect(
      file.tracks[0].map(\.message) == [
        .channel(.noteOn(channel: 0, pitch: 60, velocity: 80)),
        .meta(.tempo(microsecondsPerQuarter: 500_000)),
        .channel(.noteOn(channel: 0, pitch: 60, velocity: 0)),
        .channel(.noteOn(channel: 0, pitch: 62, velocity: 80)),
        .channel(.noteOn(channel: 0, pitch: 62, velocity: 0)),
      ])
    #expect(file.tracks[0].map(\.delta) == [0, 5, 96, 480, 0])
    #expect(
      file.warnings == [MIDIFileError(.runningStatusAfterMeta, offset: 34, track: 0)])
  }

  @Test func `a tempo of 0 is told where it stands`() throws {
    let bytes = smallFile([0, 0x90, 60, 80, 5, 0xFF, 0x51, 3, 0, 0, 0, 0, 0xFF, 0x2F, 0])
    let fault = MIDIFileError(.zeroTempo, offset: 27, track: 0)
    #expect(try MIDIFile(bytes: bytes).warnings == [fault])
    #expect(throws: fault) { try MIDIFile(bytes: bytes, mode: .strict) }
  }

  @Test func `a track may end with a tempo`() throws {
    let bytes = smallFile([0, 0x90, 60, 80, 0x81, 0, 0xFF, 0x51, 3, 7, 0xA1, 0x20])
    let file = try MIDIFile(bytes: bytes)
    #expect(file.tracks[0].map(\.delta) == [0, 128])
    #expect(file.warnings == [MIDIFileError(.noEndOfTrack, offset: 34, track: 0)])
  }

  /// Delta times, and events as they stand in a file: channel messages with and without their status, tempos
  /// and texts, and faults here and there.
  private func someEvents(seed: UInt64) -> [(delta: Int, bytes: [UInt8])] {
    var state = seed
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var status: UInt8 = 0
    return (0..<random(60)).map { _ in
      let delta = [random(128), random(128), random(0x4000), random(0x20_0000)][random(4)]
      switch random(12) {
      case 0: return (delta, [0xFF, 0x51, 3, 0, UInt8(random(2)), UInt8(random(2))])
      case 1: return (delta, [0xFF, 0x01, 2, 0x90, 60])
      default:
        let isNew = status == 0 || random(3) == 0
        if isNew { status = UInt8(0x80 + random(0x70)) }
        var data = [UInt8(random(128)), UInt8(random(128))]
        if status & 0xE0 == 0xC0 { data.removeLast() }
        if data.count == 2, random(20) == 0 { data[1] = 0x90 }
        return (delta, (isNew ? [status] : []) + data)
      }
    }
  }

  private func track(
    _ events: [(delta: Int, bytes: [UInt8])], writing delta: (Int) -> [UInt8]
  ) -> [UInt8] {
    events.flatMap { delta($0.delta) + $0.bytes } + [0, 0xFF, 0x2F, 0]
  }

  private func shortest(_ value: Int) -> [UInt8] {
    let bytes = padded(value)
    return Array(bytes.dropLast().drop { $0 == 0x80 }) + bytes.suffix(1)
  }

  private func padded(_ value: Int) -> [UInt8] {
    [21, 14, 7].map { UInt8(value >> $0 & 0x7F) | 0x80 } + [UInt8(value & 0x7F)]
  }
}
