import Music
import StandardMIDIFile
import Testing

struct PerformanceTests {
  @Test func `ticks become seconds by the tempo in force`() {
    let score = Score(
      division: .ticksPerQuarter(100),
      tracks: [Track(channel: 2, notes: [Note(onset: 100, duration: 200, pitch: 60)])],
      tempos: [TempoChange(tick: 200, microsecondsPerQuarter: 1_000_000)], endTick: 400)
    let performance = Performance(score)
    // 120 quarter notes a minute up to the second, 60 from there.
    #expect(performance.messages.map(\.seconds) == [0.5, 2])
    #expect(performance.duration == 3)
  }

  @Test func `a repeated pitch is released before it is struck again`() {
    let notes = [
      Note(onset: 0, duration: 100, pitch: 60), Note(onset: 100, duration: 0, pitch: 60),
      Note(onset: 100, duration: 100, pitch: 60),
    ]
    let track = Track(
      notes: notes, messages: [TrackMessage(tick: 100, kind: .program(7))])
    let messages = Performance(Score(tracks: [track], endTick: 200)).messages.map(\.message)
    let on = ChannelMessage.noteOn(channel: 0, pitch: 60, velocity: 64)
    let off = ChannelMessage.noteOff(channel: 0, pitch: 60, velocity: 64)
    #expect(
      messages == [on, off, .programChange(channel: 0, program: 7), on, off, on, off])
  }

  @Test func `time code counts frames, 29 standing for 29_97`() {
    func second(_ rate: Int) -> Double {
      TempoMap(
        division: .timeCode(framesPerSecond: rate, ticksPerFrame: 40),
        tempos: [
          TempoChange(tick: 0, microsecondsPerQuarter: 1)
        ]
      ).seconds(atTick: rate * 40)
    }
    #expect(second(25) == 1)
    #expect(second(29) == 29.0 * 1001 / 30_000)
  }
}
