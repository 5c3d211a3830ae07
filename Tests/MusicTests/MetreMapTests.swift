import Music
import StandardMIDIFile
import TestSupport
import Testing

struct MetreMapTests {
  private func map(_ signatures: (tick: Int, numerator: Int, denominator: Int)...) -> MetreMap {
    MetreMap(ticksPerQuarter: 480, timeSignatures: signatures.map(TimeSignature.init))
  }

  @Test func `before the first signature four quarter notes are a bar`() {
    let map = map()
    #expect(map.barStarts(before: 5_000) == [0, 1_920, 3_840])
    #expect(map.position(at: 1_920 + 2 * 480 + 7) == .init(bar: 1, beat: 2, tick: 7))
  }

  @Test func `an upbeat is a bar of its own, under its own signature or a repeated one`() {
    // A quarter note, then bars of four.
    let written = map((0, 1, 4), (480, 4, 4))
    let repeated = map((0, 4, 4), (480, 4, 4))
    for map in [written, repeated] {
      #expect(map.barStarts(before: 4_400) == [0, 480, 2_400, 4_320])
      #expect(map.bar(at: 479) == 0)
      #expect(map.position(at: 2_399) == .init(bar: 1, beat: 3, tick: 479))
    }
  }

  @Test func `a signature inside a bar cuts it short`() {
    // Two bars of 3/4 and a quarter note of a third, then 6/8, which has six beats of 240 ticks.
    let map = map((0, 3, 4), (3_360, 6, 8))
    #expect(map.barStarts(before: 6_240) == [0, 1_440, 2_880, 3_360, 4_800])
    #expect(map.position(at: 4_800 + 5 * 240) == .init(bar: 4, beat: 5))
    #expect(map.tick(of: .init(bar: 4, beat: 5)) == 6_000)
  }

  @Test(arguments: [
    (0, 1_920, 1), (0, 1_946, 1), (0, 2_700, 1), (0, 2_880, 2), (0, 3_840, 2), (60, 1_946, 2),
  ])
  func `less than half a bar of silence behind the last note is no bar`(
    sounding: Int, end: Int, count: Int
  ) {
    let note = Note(onset: 0, duration: 1_920 + sounding, pitch: 60)
    let score = Score(tracks: [Track(notes: [note])], endTick: end)
    #expect(map().barCount(of: score) == count)
    #expect(map().barCount(of: Score(tracks: [], endTick: 0)) == 0)
  }

  @Test(arguments: [
    // A bar of a quarter of a tick is a tick long, one of 7.5 ticks 7.
    (1, TimeSignature(tick: 0, numerator: 1, denominator: 16), 100, 100),
    (5, TimeSignature(tick: 0, numerator: 3, denominator: 8), 112, 16),
    (5, TimeSignature(tick: 0, numerator: 3, denominator: 8), 115, 16),
    (5, TimeSignature(tick: 0, numerator: 3, denominator: 8), 116, 17),
  ])
  func `bars are counted by the whole ticks that their lines stand at`(
    quarter: Int, metre: TimeSignature, end: Int, count: Int
  ) {
    let map = MetreMap(ticksPerQuarter: quarter, timeSignatures: [metre])
    let note = Note(onset: 0, duration: 1, pitch: 60)
    #expect(map.barCount(of: Score(tracks: [Track(notes: [note])], endTick: end)) == count)
  }

  @Test func `of several signatures at one tick the last holds`() {
    #expect(map((0, 3, 4), (0, 2, 4)).barStarts(before: 1_921) == [0, 960, 1_920])
  }

  @Test func `bars that have passed count the present one in part`() {
    let map = map((0, 3, 4), (2_880, 4, 4))
    #expect(map.barsPassed(at: 0) == 0)
    for tick in [0, 720, 2_880 + 480] {
      #expect(map.tick(afterBars: map.barsPassed(at: tick)) == tick)
    }
    #expect(map.barsPassed(at: 720) == 0.5)
    // Two bars of three quarter notes, then a quarter of one of four.
    #expect(map.barsPassed(at: 2_880 + 480) == 2.25)
  }

  @Test func `bars that have passed are whole at the whole ticks that bar lines stand at`() {
    // Bars of 1.5 ticks are one tick long, those of 7.5 ticks seven.
    for quarter in [1, 5] {
      let metre = TimeSignature(tick: 0, numerator: 3, denominator: 8)
      let map = MetreMap(ticksPerQuarter: quarter, timeSignatures: [metre])
      for bar in 0..<20 {
        #expect(map.barsPassed(at: map.tick(ofBar: bar)) == Double(bar))
      }
      for tick in 0..<40 {
        #expect(Int(map.barsPassed(at: tick)) == map.bar(at: tick))
        #expect(map.tick(afterBars: map.barsPassed(at: tick)) == tick)
      }
    }
  }

  @Test func `time code has no metre`() {
    #expect(Score(division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40)).metreMap == nil)
  }

  @Test func `bars and beats are those that a walk from tick to tick counts`() throws {
    try withEvery(seed: 0..<300) { generator in
      let quarter = Int.random(in: 1...12, using: &generator)
      let signatures = randomSignatures(using: &generator)
      let map = MetreMap(ticksPerQuarter: quarter, timeSignatures: signatures)
      let walk = Walk(ticksPerQuarter: quarter, signatures: signatures, to: 300)
      for tick in 0..<300 {
        try #require(map.position(at: tick) == walk.positions[tick], "tick \(tick)")
        try #require(map.bar(at: tick) == walk.positions[tick].bar)
        try #require(map.beat(at: tick) == walk.positions[tick].beat)
      }
      try #require(map.barStarts(before: 300) == walk.barStarts)
      try #require(map.barCount(before: 300) == walk.barStarts.count)
      for (bar, tick) in walk.barStarts.enumerated() { try #require(map.tick(ofBar: bar) == tick) }
    }
  }

  @Test func `from a tick to its bar and beat and back is the tick`() throws {
    try withEvery(seed: 0..<300) { generator in
      let map = MetreMap(
        ticksPerQuarter: .random(in: 1...960, using: &generator),
        timeSignatures: randomSignatures(using: &generator))
      for _ in 0..<50 {
        let tick = Int.random(in: 0...1 << 40, using: &generator)
        try #require(map.tick(of: map.position(at: tick)) == tick)
      }
    }
  }

  @Test func `metres that wait for the next bar line cut no bar short`() throws {
    // 3/4 comes a quarter note after the first bar of 4/4 and waits for the second to end; 4/4 told
    // again inside a bar changes nothing.
    let signatures = [(0, 4, 4), (480, 4, 4), (2_400, 3, 4)].map(TimeSignature.init)
    #expect(
      signatures.delayedToBarLines(ticksPerQuarter: 480)
        == [(0, 4, 4), (3_840, 3, 4)].map(TimeSignature.init))
    try withEvery(seed: 0..<300) { generator in
      let quarter = Int.random(in: 1...12, using: &generator) * 4
      let delayed =
        ([TimeSignature(tick: 0, numerator: 4, denominator: 4)]
        + randomSignatures(using: &generator)).delayedToBarLines(ticksPerQuarter: quarter)
      for (last, next) in zip(delayed, delayed.dropFirst()) {
        try #require(next.tick > last.tick && !next.hasMetre(of: last))
        let bar = 4 * quarter * last.numerator / last.denominator
        try #require((next.tick - last.tick) % bar == 0)
      }
    }
  }

  private func randomSignatures(using generator: inout SeededGenerator) -> [TimeSignature] {
    (0..<Int.random(in: 0...6, using: &generator)).map { _ in
      TimeSignature(
        tick: .random(in: 0...200, using: &generator),
        numerator: .random(in: 1...7, using: &generator),
        denominator: 1 << Int.random(in: 0...4, using: &generator))
    }.sorted { $0.tick < $1.tick }
  }
}

/// Counts bars and beats one tick after the other.
private struct Walk {
  var positions: [MetreMap.Position] = []
  var barStarts: [Int] = [0]

  init(ticksPerQuarter: Int, signatures: [TimeSignature], to end: Int) {
    var metre = TimeSignature(tick: 0, numerator: 4, denominator: 4)
    for tick in 0..<end {
      let change = signatures.last { $0.tick == tick }
      let length = max(4 * ticksPerQuarter * metre.numerator / metre.denominator, 1)
      let start = barStarts[barStarts.count - 1]
      if tick > 0, change != nil || tick - start == length { barStarts.append(tick) }
      metre = change ?? metre
      let inBar = tick - barStarts[barStarts.count - 1]
      // Beats begin where whole multiples of the note value do, rounded down.
      let beats = (0..<metre.numerator).map { 4 * ticksPerQuarter * $0 / metre.denominator }
      let beat = beats.lastIndex { $0 <= inBar } ?? 0
      positions.append(.init(bar: barStarts.count - 1, beat: beat, tick: inBar - beats[beat]))
    }
  }
}
