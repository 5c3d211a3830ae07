import Music
import StandardMIDIFile
import TestSupport
import Testing

/// Ports (meta event 0x21): each has sixteen channels of its own.
@Suite struct PortTests {
  /// A flute on the first port and a violin on the second, both on channel 1, in unison.
  private let file: MIDIFile = {
    func track(port: UInt8, program: UInt8) -> MIDIFile.Track {
      var track = MIDIFile.Track()
      track.append(.meta(.port(port)))
      track.append(.programChange(channel: 0, program: program))
      for pitch in UInt8(60)..<68 {
        track.append(.noteOn(channel: 0, pitch: pitch, velocity: 80))
        track.append(delta: 480, .noteOff(channel: 0, pitch: pitch, velocity: 64))
      }
      return track
    }
    return MIDIFile(tracks: [track(port: 0, program: 73), track(port: 1, program: 40)])
  }()

  @Test func `channel 1 of two ports is two parts with a program each`() {
    let score = Score(file)
    #expect(score.tracks.map(\.port) == [0, 1])
    let programs = ChannelPrograms(score.tracks)
    #expect(score.tracks.map { programs.programs(of: $0) } == [[73], [40]])
  }

  @Test func `a port survives being written and read`() throws {
    let score = Score(file)
    for format in [MIDIFile.Format.simultaneous, .singleTrack] {
      #expect(Score(try MIDIFile(bytes: score.midiFile(format: format).bytes())) == score)
    }
  }

  @Test func `parts of two ports are heard on channels of their own`() {
    let performance = Performance(Score(file))
    var programs: [UInt8: UInt8] = [:]
    var strikes: [UInt8: Int] = [:]
    for timed in performance.messages {
      switch timed.message {
      case .programChange(let channel, let program): programs[channel] = program
      case .noteOn(let channel, _, _): strikes[programs[channel] ?? 0, default: 0] += 1
      default: break
      }
    }
    #expect(strikes == [73: 8, 40: 8])
  }

  @Test func `a pedal holds only the notes of its own port`() {
    let pedal = TrackMessage(tick: 0, kind: .control(controller: 64, value: 127))
    let note = Note(onset: 0, duration: 480, pitch: 60)
    let score = Score(
      tracks: [Track(notes: [note], messages: [pedal]), Track(notes: [note], port: 1)],
      endTick: 2880)
    #expect(score.foldingPedals().tracks.map { $0.notes[0].end } == [2880, 480])
  }

  @Test func `tracks of one channel of two ports are not merged`() {
    #expect(Score(file).mergedByChannel().tracks.count == 2)
  }

  @Test func `what a track plays has the port that the track named last`() throws {
    var track = MIDIFile.Track()
    track.append(.meta(.text(.trackName, "two racks")))
    track.append(.programChange(channel: 0, program: 7))
    track.append(delta: 10, .meta(.port(2)))
    track.append(.noteOn(channel: 0, pitch: 60, velocity: 80))
    track.append(delta: 470, .noteOff(channel: 0, pitch: 60, velocity: 64))
    track.append(.meta(.port(5)))
    track.append(.programChange(channel: 0, program: 9))
    track.append(.noteOn(channel: 0, pitch: 62, velocity: 80))
    track.append(delta: 480, .noteOff(channel: 0, pitch: 62, velocity: 64))
    track.append(.meta(.port(2)))
    track.append(.noteOn(channel: 0, pitch: 64, velocity: 80))
    // No note of this port.
    track.append(delta: 100, .noteOff(channel: 0, pitch: 62, velocity: 64))
    track.append(delta: 380, .noteOff(channel: 0, pitch: 64, velocity: 64))
    track.endDelta = 20
    for format in [MIDIFile.Format.singleTrack, .simultaneous] {
      let score = Score(MIDIFile(format: format, tracks: [track]))
      #expect(score.tracks.map(\.port) == [2, 5])
      #expect(score.tracks.map(\.name) == ["two racks", "two racks"])
      #expect(
        score.tracks.map { $0.notes.map { [$0.onset, $0.end] } } == [
          [[10, 480], [960, 1440]], [[480, 960]],
        ])
      #expect(score.tracks.map { $0.programs.map(\.program) } == [[7], [9]])
      #expect(score.endTick == 1460)
      #expect(Score(try MIDIFile(bytes: score.midiFile().bytes())).tracks == score.tracks)
    }
  }

  @Test func `a reset is for the port that its track names, or for all`() throws {
    let reset: [UInt8] = [0x7E, 0x7F, 0x09, 0x01, 0xF7]
    func ends(_ port: UInt8?) throws -> [Int] {
      var file = Score(
        tracks: (UInt8(0)..<2).map {
          Track(notes: [Note(onset: 0, duration: 960, pitch: 60)], port: $0)
        }, endTick: 960
      ).midiFile()
      var track = MIDIFile.Track()
      if let port { track.append(.meta(.port(port))) }
      track.append(delta: 480, .systemExclusive(reset[...]))
      file.tracks.insert(track, at: 1)
      let score = Score(file)
      #expect(score.systemExclusives == [SystemExclusiveEvent(tick: 480, data: reset, port: port)])
      #expect(Score(try MIDIFile(bytes: score.midiFile().bytes())) == score)
      return score.tracks.map { $0.notes[0].end }
    }
    #expect(try ends(nil) == [480, 480])
    #expect(try ends(0) == [480, 960])
    #expect(try ends(1) == [960, 480])
  }

  @Test func `a performance counts the channels of the ports on, and is written down by port`() {
    let reset: [UInt8] = [0x7E, 0x7F, 0x09, 0x01, 0xF7]
    let drums: [UInt8] = [0x43, 0x10, 0x4C, 0x08, 0x04, 0x07, 0x02, 0xF7]
    func note(_ onset: Int) -> [Note] { [Note(onset: onset, duration: 480, pitch: 60)] }
    let score = Score(
      tracks: [
        Track(channel: 4, notes: note(480), port: 3, isDrums: true),
        Track(channel: 4, notes: note(0), port: 7, isDrums: true),
      ],
      systemExclusives: [
        SystemExclusiveEvent(tick: 0, data: reset), SystemExclusiveEvent(tick: 0, data: drums),
        SystemExclusiveEvent(tick: 0, data: drums, port: 7),
        SystemExclusiveEvent(tick: 0, data: drums, port: 9),
      ], endTick: 960)
    let performance = Performance(score)
    #expect(
      performance.messages.map(\.content) == [
        .systemExclusive(reset), .systemExclusive(drums, port: 0),
        .systemExclusive(drums, port: 1),
        .channel(.noteOn(channel: 20, pitch: 60, velocity: 64)),
        .channel(.noteOff(channel: 20, pitch: 60, velocity: 64)),
        .channel(.noteOn(channel: 4, pitch: 60, velocity: 64)),
        .channel(.noteOff(channel: 4, pitch: 60, velocity: 64)),
      ])
    let written = Score(performance)
    #expect(written.tracks.map(\.port) == [0, 1])
    #expect(written.tracks.map { $0.notes.map(\.onset) } == [[480], [0]])
    #expect(written.tracks.map(\.isDrums) == [true, true])
    #expect(written.systemExclusives.map(\.port) == [nil, 0, 1])
  }

  @Test func `on one port a part of another gets a channel that is free, and drums keep theirs`() {
    func part(_ channel: UInt8, _ port: UInt8, _ pitch: UInt8) -> Track {
      Track(channel: channel, notes: [Note(onset: 0, duration: 480, pitch: pitch)], port: port)
    }
    let score = Score(
      tracks: [part(0, 0, 60), part(2, 0, 61), part(0, 1, 62), part(5, 1, 63), part(9, 1, 64)],
      endTick: 480)
    let struck = Performance(score).onOnePort.messages.compactMap { timed -> [UInt8]? in
      if case .noteOn(let channel, let pitch, _) = timed.message { [pitch, channel] } else { nil }
    }
    #expect(Set(struck) == [[60, 0], [61, 2], [62, 1], [63, 5], [64, 9]])
  }
}
