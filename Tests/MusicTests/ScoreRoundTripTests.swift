import Music
import StandardMIDIFile
import TestSupport
import Testing

struct ScoreRoundTripTests {
  @Test func `a score written and read again is the same score`() throws {
    try withEvery(seed: 0..<500) { generator in
      let score = randomScore(using: &generator)
      let bytes = score.midiFile().bytes(runningStatus: .random(using: &generator))
      let file = try MIDIFile(bytes: bytes, mode: .strict)
      try #require(Score(file) == score)
    }
  }

  @Test func `ticks and seconds go back and forth exactly`() throws {
    try withEvery(seed: 0..<500) { generator in
      let score = randomScore(using: &generator)
      let map = score.tempoMap
      for _ in 0..<20 {
        let tick = Int.random(in: 0...score.endTick, using: &generator)
        try #require(map.tick(atSeconds: map.seconds(atTick: tick)) == tick)
      }
    }
  }

  @Test func `seconds are the same in whatever order they are asked for`() throws {
    try withEvery(seed: 0..<50) { generator in
      let tempos = (0..<40).map { _ in
        TempoChange(
          tick: Int.random(in: 0...500, using: &generator),
          microsecondsPerQuarter: Int.random(in: 1...1_000_000, using: &generator))
      }
      let map = TempoMap(division: .ticksPerQuarter(480), tempos: tempos)
      var cursor = TempoMap.Cursor(map)
      for _ in 0..<200 {
        let tick = Int.random(in: -1...510, using: &generator)
        try #require(cursor.seconds(atTick: tick) == map.seconds(atTick: tick))
      }
    }
  }

  @Test func `seconds are exact in years of music`() {
    let later = 1 << 41
    let map = TempoMap(
      division: .ticksPerQuarter(96),
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 16_777_215),
        TempoChange(tick: later, microsecondsPerQuarter: 3),
      ])
    for tick in [1, 12_345, 1 << 39, 1 << 40, later - 1] {
      #expect(map.seconds(atTick: tick) == Double(Int128(tick) * 16_777_215) / 96e6)
    }
    let units = Int128(later) * 16_777_215 + 15
    #expect(map.seconds(atTick: later + 5) == Double(units) / 96e6)
  }
}

/// A score whose lists are in order and whose notes end in the order in which they were struck.
func randomScore(using generator: inout SeededGenerator) -> Score {
  func ticks(_ count: Int, to end: Int) -> [Int] {
    (0..<count).map { _ in Int.random(in: 0...end, using: &generator) }.sorted()
  }
  func byte(_ range: ClosedRange<UInt8> = 0...127) -> UInt8 {
    .random(in: range, using: &generator)
  }
  func texts(_ count: Int) -> [TextEvent] {
    ticks(count, to: 900).map {
      TextEvent(
        tick: $0, kind: [.lyric, .marker, .text, .trackName][Int(byte(0...3))],
        text: ["", "la", "Für Élise", "春", "a\0b"][Int(byte(0...4))])
    }
  }
  let tracks = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
    var notes: [Note] = []
    for pitch in [UInt8(0), 60, 127] {
      // Any onsets and ends, each in ascending order: the note that is struck first ends first.
      let onsets = ticks(Int(byte(0...6)), to: 500)
      var end = 0
      for onset in onsets {
        end = max(end, onset) + Int(byte(0...2)) * Int(byte(0...50))
        notes.append(
          Note(
            onset: onset, duration: end - onset, pitch: pitch, velocity: byte(1...127),
            releaseVelocity: byte()))
      }
    }
    notes.sort {
      ($0.onset, $0.pitch, $0.duration) < ($1.onset, $1.pitch, $1.duration)
    }
    let messages = ticks(Int(byte(0...8)), to: 900).map { tick in
      let kinds: [TrackMessage.Kind] = [
        // Those above 119 tell a channel's mode, and end its notes.
        .control(controller: byte(0...119), value: byte()), .program(byte()),
        .pitchBend(.random(in: 0..<16_384, using: &generator)), .channelPressure(byte()),
        .polyphonicPressure(pitch: byte(), pressure: byte()),
      ]
      return TrackMessage(tick: tick, kind: kinds[Int(byte(0...4))])
    }
    return Track(
      name: ["", "Piano", "Flöte"][Int(byte(0...2))], channel: byte(0...15), notes: notes,
      messages: messages, texts: texts(Int(byte(0...3))))
  }
  return Score(
    title: ["", "Sonata"][Int(byte(0...1))],
    division: Bool.random(using: &generator)
      ? .ticksPerQuarter(.random(in: 1...960, using: &generator))
      : .timeCode(
        framesPerSecond: [24, 25, 29, 30][Int(byte(0...3))], ticksPerFrame: Int(byte(1...100))),
    tracks: tracks,
    tempos: ticks(Int(byte(0...5)), to: 900).map {
      TempoChange(
        tick: $0, microsecondsPerQuarter: .random(in: 1..<1 << 24, using: &generator))
    },
    timeSignatures: ticks(Int(byte(0...2)), to: 900).map {
      TimeSignature(tick: $0, numerator: Int(byte(1...127)), denominator: 1 << Int(byte(0...5)))
    },
    keySignatures: ticks(Int(byte(0...2)), to: 900).map {
      KeySignature(
        tick: $0, sharps: .random(in: -7...7, using: &generator),
        isMinor: .random(using: &generator))
    }, texts: texts(Int(byte(0...3))),
    systemExclusives: ticks(Int(byte(0...2)), to: 900).map {
      SystemExclusiveEvent(tick: $0, data: [0x41, byte(), byte(), 0xF7])
    },
    endTick: Int.random(in: 2000...1 << 40, using: &generator)
  ).sorted()
}
