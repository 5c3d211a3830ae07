import Music
import StandardMIDIFile
import TestSupport
import Testing

/// Drums on other channels than General MIDI's channel 10, and other parts on that channel.
struct DrumPartTests {
  private let gm2Reset: [UInt8] = [0x7E, 0x7F, 0x09, 0x03, 0xF7]
  private let xgReset: [UInt8] = [0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7]

  /// GS, "use for rhythm part" (40 1x 15): x is 1 for channel 1 and 0 for channel 10.
  private func gs(part: UInt8, map: UInt8) -> [UInt8] {
    let sum = 0x40 + Int(0x10 + part) + 0x15 + Int(map)
    return [
      0x41, 0x10, 0x42, 0x12, 0x40, 0x10 + part, 0x15, map, UInt8((128 - sum % 128) % 128), 0xF7,
    ]
  }

  private func note(_ onset: Int, _ pitch: UInt8 = 36) -> Note {
    Note(onset: onset, duration: 100, pitch: pitch)
  }

  private func bank(_ bank: UInt8, program: UInt8, at tick: Int = 0) -> [TrackMessage] {
    [
      TrackMessage(tick: tick, kind: .control(controller: 0, value: bank)),
      TrackMessage(tick: tick, kind: .control(controller: 32, value: 0)),
      TrackMessage(tick: tick, kind: .program(program)),
    ]
  }

  /// A score as a file has it: nothing in its tracks says what is drums.
  private func read(_ messages: [(Int, [UInt8])], _ tracks: [Track]) throws -> Score {
    var file = Score(tracks: tracks, endTick: 2000).midiFile()
    var conductor = MIDIFile.Track()
    var now = 0
    for (tick, data) in messages {
      conductor.append(delta: tick - now, .systemExclusive(data[...]))
      now = tick
    }
    file.tracks[0] = conductor
    file.tracks[0].endDelta = 2000 - now
    let score = Score(try MIDIFile(bytes: file.bytes(), mode: .strict))
    // Whatever it is, it is written as it was read.
    #expect(Score(try MIDIFile(bytes: score.midiFile().bytes())) == score)
    return score
  }

  @Test func `GS makes a channel a drum part, and channel 10 none`() throws {
    let tracks = [
      Track(channel: 0, notes: [note(0)]), Track(channel: 9, notes: [note(0)]),
      Track(channel: 10, notes: [note(0)]),
    ]
    let score = try read([(0, gs(part: 1, map: 2)), (0, gs(part: 0, map: 0))], tracks)
    #expect(score.tracks.map(\.isDrums) == [true, false, false])
    #expect(score.tracks.map(\.channel) == [0, 9, 10])
  }

  @Test func `XG's part mode makes a channel a drum part, whatever program it is told next`() throws
  {
    let partMode: [UInt8] = [0x43, 0x10, 0x4C, 0x08, 0x04, 0x07, 0x02, 0xF7]
    let track = Track(
      channel: 4, notes: [note(0)], messages: [TrackMessage(tick: 0, kind: .program(8))])
    #expect(try read([(0, partMode)], [track]).tracks.map(\.isDrums) == [true])
    #expect(try read([(0, xgReset), (0, partMode)], [track]).tracks.map(\.isDrums) == [true])
  }

  @Test(
    arguments: [
      (127, true), (126, true), (0, false), (64, false),
    ] as [(UInt8, Bool)])
  func `XG's banks make a channel a drum part once XG is on`(number: UInt8, isDrums: Bool) throws {
    let track = Track(channel: 4, notes: [note(0)], messages: bank(number, program: 0))
    #expect(try read([(0, xgReset)], [track]).tracks.map(\.isDrums) == [isDrums])
    #expect(try read([], [track]).tracks.map(\.isDrums) == [false])
    let tenth = Track(channel: 9, notes: [note(0)], messages: bank(number, program: 0))
    #expect(try read([(0, xgReset)], [tenth]).tracks.map(\.isDrums) == [isDrums])
    #expect(try read([], [tenth]).tracks.map(\.isDrums) == [true])
  }

  @Test func `General MIDI 2's bank 120 makes a channel a drum part, and 121 none`() throws {
    let tracks = [
      Track(channel: 4, notes: [note(0)], messages: bank(120, program: 0)),
      Track(channel: 5, notes: [note(0)], messages: bank(121, program: 0)),
      Track(channel: 9, notes: [note(0)], messages: bank(121, program: 0)),
    ]
    #expect(try read([(0, gm2Reset)], tracks).tracks.map(\.isDrums) == [true, false, false])
    let gm1: [UInt8] = [0x7E, 0x7F, 0x09, 0x01, 0xF7]
    #expect(try read([(0, gm1)], tracks).tracks.map(\.isDrums) == [false, false, true])
  }

  @Test func `a reset ends what made a channel a drum part, and its track becomes two`() throws {
    let track = Track(
      name: "both", channel: 2, notes: [note(0), note(480), note(960)],
      messages: [
        TrackMessage(tick: 0, kind: .control(controller: 7, value: 90)),
        TrackMessage(tick: 480, kind: .program(5)),
      ], texts: [TextEvent(tick: 0, kind: .lyric, text: "la")])
    let reset: [UInt8] = [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41, 0xF7]
    let score = try read([(0, gs(part: 3, map: 1)), (480, reset)], [track])
    #expect(score.tracks.map(\.isDrums) == [true, false])
    #expect(score.tracks.map { $0.notes.map(\.onset) } == [[0], [480, 960]])
    #expect(score.tracks.map { $0.messages.map(\.tick) } == [[0], [480]])
    #expect(score.tracks.map(\.name) == ["both", "both"])
    #expect(score.tracks.map(\.texts.count) == [1, 0])
    #expect(score.tracks.map(\.channel) == [2, 2])
    #expect(score.mergedByChannel().tracks.count == 2)
  }

  @Test func `a message is for the port that its track names, or for the first`() throws {
    let message = gs(part: 1, map: 1)
    func score(named port: UInt8?) throws -> Score {
      var file = Score(
        tracks: [Track(notes: [note(0)]), Track(notes: [note(0)], port: 3)], endTick: 480
      ).midiFile()
      var track = MIDIFile.Track()
      if let port { track.append(.meta(.port(port))) }
      track.append(.systemExclusive(message[...]))
      file.tracks.append(track)
      let score = Score(file)
      #expect(Score(try MIDIFile(bytes: score.midiFile().bytes())) == score)
      return score
    }
    #expect(try score(named: 3).tracks.map(\.isDrums) == [false, true])
    #expect(try score(named: 0).tracks.map(\.isDrums) == [true, false])
    #expect(try score(named: nil).tracks.map(\.isDrums) == [true, false])
  }

  @Test func `drums are not transposed, nor counted among the pitches, wherever they are`() throws {
    let tracks = [Track(channel: 4, notes: [note(0)]), Track(channel: 5, notes: [note(0, 60)])]
    let score = try read([(0, gs(part: 5, map: 1))], tracks)
    #expect(score.transposed(by: 5).tracks.map { $0.notes[0].pitch } == [36, 65])
    #expect(score.highestPolyphony == 1)
    #expect(score.splitByProgram().tracks.map(\.isDrums) == [true, false])
  }

  @Test func `a part is written where it is heard as drums or not`() throws {
    let kit = Track(channel: 4, notes: [note(0)], isDrums: true)
    let flute = Track(channel: 9, notes: [note(0, 72)], isDrums: false)
    let score = Score(tracks: [kit, flute, Track(notes: [note(0, 60)])], endTick: 480)
    let written = Score(try MIDIFile(bytes: score.midiFile().bytes()))
    #expect(written.tracks.map(\.isDrums) == [true, false, false])
    #expect(written.tracks.map(\.channel) == [9, 1, 0])
    let heard = Performance(score).messages.compactMap { timed -> [UInt8]? in
      if case .noteOn(let channel, let pitch, _) = timed.message { [channel, pitch] } else { nil }
    }
    #expect(Set(heard) == [[9, 36], [1, 72], [0, 60]])
  }

  @Test func `a track says what its channel makes it if nothing else does`() {
    var track = Track(channel: 9)
    #expect(track.isDrums)
    track.isDrums = false
    #expect(track != Track(channel: 9))
    track.isDrums = true
    #expect(track == Track(channel: 9))
    #expect(!Track(channel: 3).isDrums)
  }
}
