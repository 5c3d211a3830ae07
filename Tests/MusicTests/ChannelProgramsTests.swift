import Music
import StandardMIDIFile
import Testing

struct ChannelProgramsTests {
  private func program(_ program: UInt8, at tick: Int) -> TrackMessage {
    TrackMessage(tick: tick, kind: .program(program))
  }

  private func note(at onset: Int) -> Note { Note(onset: onset, duration: 480, pitch: 60) }

  @Test func `a program told in another track of the channel is that of the notes`() {
    let tracks = [
      Track(messages: [program(40, at: 0), program(41, at: 960)]),
      Track(notes: [note(at: 0), note(at: 480)]),
      Track(channel: 1, notes: [note(at: 0)]),
    ]
    let programs = ChannelPrograms(tracks)
    #expect(programs.programs(of: tracks[1]) == [40])
    #expect(programs.programs(of: tracks[0]) == [40, 41])
    #expect(programs.programs(of: tracks[2]) == [0])
  }

  @Test func `a note keeps the program it was struck with`() {
    let track = Track(
      notes: [note(at: 0), note(at: 960), note(at: 1440)], messages: [program(40, at: 240)])
    #expect(ChannelPrograms([track]).programs(of: track) == [0, 40])
  }

  @Test func `of two programs on one tick the later holds, also across tracks`() {
    let tracks = [
      Track(notes: [note(at: 480)], messages: [program(1, at: 480), program(2, at: 480)]),
      Track(messages: [program(3, at: 480)]),
    ]
    #expect(ChannelPrograms(tracks).programs(of: tracks[0]) == [3])
  }

  @Test func `a track is split by the programs that another track tells`() {
    let score = Score(
      tracks: [
        Track(messages: [program(40, at: 0), program(73, at: 480)]),
        Track(notes: [note(at: 0), note(at: 480), note(at: 960)]),
      ], endTick: 1440)
    let split = score.splitByProgram()
    #expect(split.tracks.map { $0.notes.map(\.onset) } == [[], [], [0], [480, 960]])
    #expect(ChannelPrograms(split.tracks).programs(of: split.tracks[3]) == [73])
  }

  @Test func `a track that plays nothing is not split by the programs of its channel`() {
    let score = Score(
      tracks: [
        Track(
          notes: [note(at: 0), note(at: 480)], messages: [program(40, at: 0), program(73, at: 480)]),
        Track(name: "words", texts: [TextEvent(tick: 0, kind: .lyric, text: "la")]),
      ], endTick: 960)
    let split = score.splitByProgram()
    #expect(split.tracks.map { $0.notes.map(\.onset) } == [[0], [480], []])
    #expect(split.tracks[2] == score.tracks[1])
  }
}
