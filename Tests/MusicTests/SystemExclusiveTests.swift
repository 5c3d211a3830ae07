import Music
import StandardMIDIFile
import Testing

struct SystemExclusiveTests {
  private let gmReset: [UInt8] = [0x7E, 0x7F, 0x09, 0x01, 0xF7]

  private func event(_ delta: Int, _ data: [UInt8]) -> MIDIFile.Event {
    MIDIFile.Event(delta: delta, .systemExclusive(data[...]))
  }

  private func packet(_ delta: Int, _ data: [UInt8]) -> MIDIFile.Event {
    MIDIFile.Event(delta: delta, .escape(data[...]))
  }

  private func note(_ delta: Int, _ pitch: UInt8, velocity: UInt8 = 80) -> MIDIFile.Event {
    MIDIFile.Event(delta: delta, .channel(.noteOn(channel: 0, pitch: pitch, velocity: velocity)))
  }

  private func score(_ tracks: [MIDIFile.Event]...) -> Score {
    Score(
      MIDIFile(
        format: tracks.count == 1 ? .singleTrack : .simultaneous, division: .ticksPerQuarter(480),
        tracks: tracks.map { MIDIFile.Track($0, endDelta: 960) }))
  }

  @Test func `a message in packets is one message, sent with the last of them`() {
    let score = score([
      event(0, [0x7E, 0x7F]), packet(4, [0x09]), packet(6, [0x01, 0xF7]), packet(5, [0xF3, 1]),
    ])
    #expect(score.systemExclusives == [SystemExclusiveEvent(tick: 10, data: gmReset)])
  }

  @Test func `a message in an escape is one, and what is cut short or holds a status is none`() {
    let score = score([
      packet(3, [0xF0] + gmReset), event(0, [0x7E, 0x7F, 0x09]), event(2, [0x41, 0x90, 0xF7]),
      packet(0, [0x01, 0xF7]), event(1, [0xF7]),
    ])
    #expect(
      score.systemExclusives == [
        SystemExclusiveEvent(tick: 3, data: gmReset), SystemExclusiveEvent(tick: 6, data: [0xF7]),
      ])
  }

  @Test func `system exclusive messages survive being written and read`() throws {
    var score = score(
      [event(0, [0x41, 0x10, 0xF7]), event(0, gmReset), note(0, 60)], [note(480, 60)])
    score.systemExclusives.append(SystemExclusiveEvent(tick: 3000, data: [0x43, 1, 2, 0xF7]))
    score.endTick = 4000
    let read = Score(try MIDIFile(bytes: score.midiFile().bytes(), mode: .strict))
    #expect(read == score)
    let inOneTrack = Score(try MIDIFile(bytes: score.midiFile(format: .singleTrack).bytes()))
    #expect(inOneTrack.systemExclusives == score.systemExclusives)
  }

  @Test func `a reset stands before the programs and the notes of its tick`() {
    let track = Track(
      notes: [Note(onset: 0, duration: 10, pitch: 60)],
      messages: [TrackMessage(tick: 0, kind: .program(7))])
    let score = Score(
      tracks: [track], systemExclusives: [SystemExclusiveEvent(tick: 0, data: gmReset)], endTick: 10
    )
    #expect(
      Performance(score).messages.map(\.content).prefix(2) == [
        .systemExclusive(gmReset), .channel(.programChange(channel: 0, program: 7)),
      ])
    #expect(Score(Performance(score)).systemExclusives == score.systemExclusives)
  }

  @Test func `a reset ends the notes that sound, in its track and in others`() {
    let own = score([note(0, 60), note(0, 64), event(480, gmReset), note(480, 64, velocity: 0)])
    #expect(own.tracks[0].notes.map(\.end) == [480, 480])
    let other = score(
      [event(480, gmReset)], [note(0, 60), note(480, 62), note(480, 60, velocity: 0)])
    #expect(other.tracks[0].notes.map { [$0.onset, $0.end] } == [[0, 480], [480, 1920]])
    let volume = score([note(0, 60), event(480, [0x7F, 0x7F, 4, 1, 0, 0x20, 0xF7])])
    #expect(volume.tracks[0].notes.map(\.end) == [1440])
  }

  @Test(
    arguments: [
      ([0x7E, 0x7F, 0x09, 0x01], .reset(.generalMIDI)),
      ([0x7E, 0x10, 0x09, 0x03], .reset(.generalMIDI2)),
      ([0x7E, 0x7F, 0x09, 0x02], nil),
      ([0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41], .reset(.gs)),
      ([0x41, 0x00, 0x42, 0x12, 0x00, 0x00, 0x7F, 0x01, 0x00], .reset(.gs)),
      // A checksum that is wrong: 64 + 0 + 127 + 0 + 65 is a multiple of 128, with 66 it is none.
      ([0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x42], nil),
      ([0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00], .reset(.xg)),
      ([0x43, 0x1F, 0x4C, 0x00, 0x00, 0x7F, 0x00], .reset(.xg)),
      ([0x7F, 0x7F, 0x04, 0x01, 0x7F, 0x7F], .masterVolume(1)),
      ([0x43, 0x10, 0x4C, 0x00, 0x00, 0x04, 0x7F], .masterVolume(1)),
      ([0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x04, 0x00, 0x3C], .masterVolume(0)),
      // GS counts the parts from the drums' on: block 0 is channel 10, 1 is channel 1, A is channel 11.
      (
        [0x41, 0x10, 0x42, 0x12, 0x40, 0x10, 0x15, 0x00, 0x1B],
        .drumPart(channel: 9, isDrums: false)
      ),
      (
        [0x41, 0x10, 0x42, 0x12, 0x40, 0x11, 0x15, 0x02, 0x18], .drumPart(channel: 0, isDrums: true)
      ),
      (
        [0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 0x01, 0x10],
        .drumPart(channel: 10, isDrums: true)
      ),
      ([0x43, 0x10, 0x4C, 0x08, 0x04, 0x07, 0x02], .drumPart(channel: 4, isDrums: true)),
      ([0x43, 0x10, 0x4C, 0x08, 0x04], nil),
      ([], nil),
    ] as [([UInt8], SystemMessage?)])
  func `a message means what its maker's manual says`(data: [UInt8], meaning: SystemMessage?) {
    #expect(SystemMessage(data + [0xF7]) == meaning)
  }

  @Test func `a part of a score begins as its last reset left it`() {
    let score = Score(
      tracks: [
        Track(
          notes: [Note(onset: 120, duration: 10, pitch: 60)],
          messages: [
            TrackMessage(tick: 0, kind: .program(7)),
            TrackMessage(tick: 60, kind: .control(controller: 7, value: 9)),
          ])
      ],
      systemExclusives: [
        SystemExclusiveEvent(tick: 0, data: [0x7F, 0x7F, 4, 1, 0, 0x20, 0xF7]),
        SystemExclusiveEvent(tick: 50, data: gmReset),
        SystemExclusiveEvent(tick: 130, data: [0x41, 0xF7]),
      ], endTick: 200)
    let part = score.trimmed(to: 100..<150)
    #expect(
      part.systemExclusives == [
        SystemExclusiveEvent(tick: 0, data: gmReset),
        SystemExclusiveEvent(tick: 30, data: [0x41, 0xF7]),
      ])
    #expect(
      part.tracks[0].messages == [
        TrackMessage(tick: 0, kind: .control(controller: 7, value: 9))
      ])
  }

  @Test func `a reset puts programs back to the piano and lifts the pedals`() {
    func note(_ onset: Int) -> Note { Note(onset: onset, duration: 100, pitch: 60) }
    let score = Score(
      tracks: [
        Track(
          notes: [note(0), note(480), note(960)],
          messages: [
            TrackMessage(tick: 0, kind: .program(40)),
            TrackMessage(tick: 0, kind: .control(controller: 64, value: 127)),
            TrackMessage(tick: 960, kind: .program(73)),
          ])
      ], systemExclusives: [SystemExclusiveEvent(tick: 300, data: gmReset)], endTick: 2000)
    #expect(ChannelPrograms(score).programs(of: score.tracks[0]) == [40, 0, 73])
    #expect(score.foldingPedals().tracks[0].notes.map(\.end) == [300, 580, 1060])
    #expect(
      Set(score.splitByProgram().tracks.map { $0.notes.map(\.onset) }) == [[0], [480], [960]])
  }
}
