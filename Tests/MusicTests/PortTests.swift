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
}
