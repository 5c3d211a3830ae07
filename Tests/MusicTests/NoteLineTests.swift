import Music
import TestSupport
import Testing

struct NoteLineTests {
  @Test func `a chord is read from its lowest note to its highest, a unison once`() {
    // 28 ticks are less than 30 ms.
    let strikes = [(0, 67), (10, 60), (20, 67), (28, 64), (480, 62), (960, 74), (970, 59)]
    let notes = strikes.map { Note(onset: $0.0, duration: 100, pitch: UInt8($0.1)) }
    let drums = Track(channel: 9, notes: [Note(onset: 240, duration: 10, pitch: 36)])
    let score = Score(tracks: [drums, Track(notes: notes)], endTick: 1_100)
    let lines = NoteLine.wholeAndHighest(of: score)
    #expect(lines.whole.pitches == [60, 64, 67, 62, 59, 74])
    #expect(lines.whole.onsets == [10, 28, 0, 480, 970, 960])
    #expect(lines.whole.steps.map { NoteLine.interval(of: $0) } == [4, 3, -5, -3, 15])
    // Together, together, the first time, as long a time, together.
    #expect(lines.whole.steps.map { $0 % 19 } == [0, 0, 18, 9, 0])
    #expect(lines.highest.map(\.track) == [1])
    #expect(lines.highest.map(\.pitches) == [[67, 62, 74]])
    #expect(lines.highest.map(\.onsets) == [[0, 480, 960]])
  }

  @Test func `of each chord of a track the highest note is read, and of a unison the earliest`() {
    let strikes = [(0, 60), (10, 67), (20, 67), (25, 64), (480, 62), (490, 65), (960, 74)]
    let notes = strikes.map { Note(onset: $0.0, duration: 100, pitch: UInt8($0.1)) }
    let bass = [(5, 40), (480, 45)].map { Note(onset: $0.0, duration: 100, pitch: UInt8($0.1)) }
    let score = Score(tracks: [Track(notes: notes), Track(notes: bass)], endTick: 1_100)
    let lines = NoteLine.highest(of: score)
    #expect(lines.map(\.pitches) == [[67, 65, 74], [40, 45]])
    #expect(lines.map(\.onsets) == [[10, 490, 960], [5, 480]])
    // From 10 to 490 and on to 960 is about as long; what is told is the first time and as long a time.
    #expect(lines[0].steps.map { $0 % 19 } == [18, 9])
    #expect(NoteLine.wholeAndHighest(of: score).highest.map(\.steps) == lines.map(\.steps))
  }

  @Test func `all notes are one line in however many tracks they stand`() throws {
    try withEvery(seed: 0..<50) { generator in
      let notes = (0..<60).map { _ in
        Note(
          onset: Int.random(in: 0..<1_000, using: &generator), duration: 10,
          pitch: UInt8.random(in: 60...72, using: &generator))
      }
      let parts = Dictionary(grouping: notes) { $0.pitch % 3 }.values.map { Track(notes: $0) }
      let one = Score(tracks: [Track(notes: notes)], endTick: 1_100).sorted()
      let several = Score(tracks: parts, endTick: 1_100).sorted()
      let whole = NoteLine.wholeAndHighest(of: one).whole
      try #require(NoteLine.wholeAndHighest(of: several).whole.steps == whole.steps)
      try #require(whole.onsets.count == whole.pitches.count)
      try #require(whole.steps.count == whole.pitches.count - 1)
    }
  }
}
