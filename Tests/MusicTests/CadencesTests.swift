import Music
import StandardMIDIFile
import TestSupport
import Testing

struct CadencesTests {
  /// A piece of 4/4 with a bass note on each half, under a melody in quarters.
  private func piece(bass: [UInt8], pickup: Bool = false) -> Score {
    let start = pickup ? 1920 : 0
    var melody = (0..<2 * bass.count).map {
      Note(onset: start + 480 * $0, duration: 480, pitch: UInt8(72 + $0 % 5))
    }
    if pickup { melody.insert(Note(onset: 1440, duration: 480, pitch: 79), at: 0) }
    let low = bass.enumerated().map {
      Note(onset: start + 960 * $0.offset, duration: 960, pitch: $0.element)
    }
    return Score(
      tracks: [Track(notes: melody), Track(channel: 1, notes: low)],
      endTick: start + 960 * bass.count)
  }

  private func cadences(_ score: Score, tonic: Int = 0) throws -> Cadences {
    try #require(Cadences(BassLine(score), of: score, tonic: tonic))
  }

  @Test func `the bass is the lowest note that sounds when one is struck`() {
    let score = Score(
      tracks: [
        Track(notes: [
          Note(onset: 0, duration: 100, pitch: 72), Note(onset: 240, duration: 480, pitch: 71),
          Note(onset: 480, duration: 0, pitch: 30), Note(onset: 960, duration: 480, pitch: 60),
        ]),
        Track(channel: 1, notes: [Note(onset: 0, duration: 700, pitch: 40)]),
        Track(channel: 9, notes: [Note(onset: 0, duration: 700, pitch: 20)]),
      ], endTick: 1440)
    // What sounds alone after the bass has ended is no bass of its own.
    #expect(BassLine(score).tones.map(\.tick) == [0, 240, 960])
    #expect(BassLine(score).tones.map(\.pitch) == [40, 40, 60])
    #expect(BassLine(Score()).tones.isEmpty)
  }

  @Test func `the last bass note is the same where it is sought alone`() throws {
    #expect(BassLine.lastTone(of: Score()) == nil)
    try withEvery(seed: 0..<100) { generator in
      var score = Score(endTick: 100)
      for channel: UInt8 in [0, 1, 9] {
        let notes = (0..<12).map { _ in
          Note(
            onset: Int.random(in: 0..<40, using: &generator),
            duration: Int.random(in: 0..<30, using: &generator),
            pitch: UInt8.random(in: 40...60, using: &generator))
        }
        score.tracks.append(Track(channel: channel, notes: notes))
      }
      score = score.sorted()
      try #require(BassLine.lastTone(of: score) == BassLine(score).tones.last)
    }
  }

  /// Four bars: two bass notes each.
  private static let open: [UInt8] = [48, 48, 53, 53, 48, 45, 50, 43]
  private static let closed: [UInt8] = [48, 48, 53, 53, 50, 43, 43, 48]
  private static let plagal: [UInt8] = [48, 48, 53, 53, 50, 43, 41, 48]

  @Test func `authentic and half cadences are told from other ends of phrases`() throws {
    let found = try cadences(piece(bass: Self.open + Self.closed + Self.plagal + Self.closed))
    #expect(found.phrases == 4)
    #expect(found.authentic == 2)
    #expect(found.half == 1)
    #expect(found.share == 0.75)
    // The tonic of another key.
    #expect(try cadences(piece(bass: Self.open + Self.closed), tonic: 1).share == 0)
  }

  @Test func `a bass that comes a little before the bar lines has the cadences of one on them`()
    throws
  {
    let score = piece(bass: Self.open + Self.closed + Self.plagal + Self.closed)
    // The first notes begin where they did, and end sooner.
    func played(early ticks: Int) -> Score {
      var played = score
      for track in played.tracks.indices {
        for note in played.tracks[track].notes.indices {
          if played.tracks[track].notes[note].onset == 0 {
            played.tracks[track].notes[note].duration -= ticks
          } else {
            played.tracks[track].notes[note].onset -= ticks
          }
        }
      }
      return played
    }
    // 31 ms at 120 quarters a minute.
    #expect(try cadences(played(early: 30)) == cadences(score))
    // A sixteenth is a note of its own, the last of its bar.
    #expect(try cadences(played(early: 120)) != cadences(score))
  }

  @Test func `phrases count from the bar behind a pickup, and half a phrase has no end`() throws {
    let score = piece(bass: Self.open + Self.closed + [48, 48, 43, 43], pickup: true)
    let found = try cadences(score)
    #expect(found.phrases == 2)
    #expect(found.share == 1)
    // The pickup as a short bar, with a bass of its own.
    var short = score
    for track in short.tracks.indices {
      for note in short.tracks[track].notes.indices {
        short.tracks[track].notes[note].onset -= 1440
      }
    }
    short.tracks[1].notes.insert(Note(onset: 0, duration: 480, pitch: 48), at: 0)
    short.timeSignatures = [
      TimeSignature(tick: 0, numerator: 1, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    short.endTick -= 1440
    #expect(try cadences(short) == found)
  }

  @Test func `a phrase that ends in a long note has its cadence where the bass moved last`() throws
  {
    var score = piece(bass: [48, 48, 53, 43, 48])
    score.tracks[0].notes = [Note(onset: 0, duration: 7680, pitch: 72)]
    score.tracks[1].notes[4].duration = 3840
    let found = try cadences(score)
    #expect(found.phrases == 1)
    #expect(found.authentic == 1)
  }

  @Test func `silence, drums and time code have no cadences`() throws {
    #expect(try cadences(Score()).share == nil)
    let drums = Score(
      tracks: [Track(channel: 9, notes: [Note(onset: 0, duration: 9000, pitch: 36)])], endTick: 9000
    )
    #expect(try cadences(drums).share == nil)
    let film = Score(division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40))
    #expect(Cadences(BassLine(film), of: film, tonic: 0) == nil)
  }
}
