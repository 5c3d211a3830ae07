import Music
import StandardMIDIFile
import TestSupport
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

  @Test func `a cursor tells the seconds of ticks in any order as the map does`() throws {
    try withEvery(seed: 0..<100) { generator in
      let changes = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        TempoChange(
          tick: Int.random(in: 0...200, using: &generator),
          microsecondsPerQuarter: Int.random(in: 1...2_000_000, using: &generator))
      }
      let map = TempoMap(division: .ticksPerQuarter(96), tempos: changes)
      var cursor = TempoMap.Cursor(map)
      for _ in 0..<100 {
        let tick = Int.random(in: -10...300, using: &generator)
        try #require(cursor.seconds(atTick: tick) == map.seconds(atTick: tick))
      }
    }
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

  @Test func `a score played and written down is the score`() throws {
    try withEvery(seed: 0..<300) { generator in
      // What a performance keeps: a part for each channel that plays, at 120 quarter notes a minute.
      let random = randomScore(using: &generator)
      var score = Score(endTick: random.endTick)
      for channel in UInt8(0)..<16 {
        guard var track = random.tracks.first(where: { $0.channel == channel && !$0.notes.isEmpty })
        else { continue }
        (track.name, track.texts) = ("", [])
        for note in track.notes.indices {
          track.notes[note].duration = max(track.notes[note].duration, 1)
        }
        track.notes.sort {
          ($0.onset, $0.pitch, $0.duration) < ($1.onset, $1.pitch, $1.duration)
        }
        score.tracks.append(track)
      }
      let written = Score(Performance(score))
      try #require(written == score)
      try #require(Performance(written) == Performance(score))
    }
  }

  @Test func `what still sounds at the end of a performance ends there, first in, first out`() {
    func at(_ seconds: Double, _ message: ChannelMessage) -> TimedMessage {
      TimedMessage(seconds: seconds, message: message)
    }
    let on = ChannelMessage.noteOn(channel: 3, pitch: 60, velocity: 90)
    let score = Score(
      Performance(
        messages: [
          at(0, on), at(0.5, on), at(1, .noteOff(channel: 3, pitch: 60, velocity: 10)),
          at(9, .controlChange(channel: 4, controller: 64, value: 0)),
        ], duration: 1.5))
    // A second has 960 ticks. The channel without notes is no part.
    #expect(score.tracks.map(\.channel) == [3])
    #expect(
      score.tracks[0].notes == [
        Note(onset: 0, duration: 960, pitch: 60, velocity: 90, releaseVelocity: 10),
        Note(onset: 480, duration: 960, pitch: 60, velocity: 90, releaseVelocity: 64),
      ])
    #expect(score.endTick == 1_440)
  }

  @Test func `a performance without end is written down as far as a score goes`() {
    let messages = [
      TimedMessage(seconds: 0, message: .noteOn(channel: 0, pitch: 60, velocity: 90)),
      TimedMessage(seconds: .infinity, message: .noteOff(channel: 0, pitch: 60, velocity: 64)),
    ]
    // 3 x 10^9 seconds, nearly a century, at 960 ticks a second.
    let score = Score(Performance(messages: messages, duration: .infinity))
    #expect(score.tracks.map(\.notes.count) == [1])
    #expect(score.endTick == 2_880_000_000_000)
  }
}
