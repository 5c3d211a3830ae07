import Music
import StandardMIDIFile
import TestSupport
import Testing

/// The movements of works that stand in one score.
struct MovementsTests {
  /// Quarter notes of 480 ticks, one behind the other, and both signatures at some of them, which say the same each
  /// time.
  private func work(quarters: Int, signedAt places: [Int]) -> Score {
    Score(
      tracks: [
        Track(
          notes: (0..<quarters).map {
            Note(onset: 480 * $0, duration: 480, pitch: UInt8(60 + $0 % 12))
          })
      ],
      timeSignatures: places.map { TimeSignature(tick: 480 * $0, numerator: 4, denominator: 4) },
      keySignatures: places.map { KeySignature(tick: 480 * $0, sharps: 0, isMinor: false) },
      endTick: 480 * quarters)
  }

  /// The movements in quarter notes.
  private func movements(of score: Score) -> [Range<Int>] {
    score.movements.map { $0.lowerBound / 480..<$0.upperBound / 480 }
  }

  @Test
  func `a movement begins where both signatures stand anew, though they say what held before`() {
    let work = work(quarters: 120, signedAt: [0, 40, 80])
    #expect(movements(of: work) == [0..<40, 40..<80, 80..<120])
    // A file keeps what is said twice.
    for format in [MIDIFile.Format.singleTrack, .simultaneous] {
      let read = Score(work.midiFile(format: format))
      #expect(read.timeSignatures == work.timeSignatures)
      #expect(read.keySignatures == work.keySignatures)
      #expect(movements(of: read) == [0..<40, 40..<80, 80..<120])
    }
  }

  @Test func `one signature without the other begins no movement`() {
    var work = work(quarters: 120, signedAt: [0, 40, 80])
    work.keySignatures.remove(at: 1)
    #expect(movements(of: work) == [0..<80, 80..<120])
    work.timeSignatures.remove(at: 2)
    #expect(movements(of: work) == [0..<120])
  }

  @Test func `no movement begins while a note sounds, and one does where it ends`() {
    var work = work(quarters: 120, signedAt: [0, 40, 80])
    work.tracks[0].notes[39].duration = 481
    #expect(movements(of: work) == [0..<80, 80..<120])
    work.tracks[0].notes[39].duration = 480
    // A pedal point under all that follows, in a track of its own.
    work.tracks.append(Track(notes: [Note(onset: 480 * 60, duration: 480 * 50, pitch: 36)]))
    #expect(movements(of: work) == [0..<40, 40..<120])
  }

  @Test func `what is short belongs to what is before it, and the first to what follows`() {
    #expect(
      movements(of: work(quarters: 150, signedAt: [0, 20, 70, 90, 140])) == [0..<90, 90..<150])
    #expect(movements(of: work(quarters: 64, signedAt: [0, 32])) == [0..<32, 32..<64])
    #expect(movements(of: work(quarters: 63, signedAt: [0, 32])) == [0..<63])
    #expect(movements(of: work(quarters: 64, signedAt: [0, 31])) == [0..<64])
    #expect(movements(of: work(quarters: 30, signedAt: [0, 10, 20])) == [0..<30])
  }

  @Test func `where nothing is struck no movement is`() {
    for (silent, expected) in [
      (0..<40, [0..<80, 80..<120]), (40..<80, [0..<80, 80..<120]), (80..<120, [0..<40, 40..<120]),
      (0..<120, [0..<120]),
    ] as [(Range<Int>, [Range<Int>])] {
      var work = work(quarters: 120, signedAt: [0, 40, 80])
      work.tracks[0].notes.removeAll { silent.contains($0.onset / 480) }
      #expect(movements(of: work) == expected, "\(silent)")
    }
  }

  @Test func `an upbeat stays the short bar with which its movement begins`() throws {
    // An eighth before the 41st quarter note: 1/8, then 4/4.
    var work = work(quarters: 40, signedAt: [0, 40])
    let start = 480 * 40
    work.timeSignatures[1].denominator = 8
    work.timeSignatures[1].numerator = 1
    work.timeSignatures.append(TimeSignature(tick: start + 240, numerator: 4, denominator: 4))
    work.tracks[0].notes.append(Note(onset: start, duration: 240, pitch: 67))
    work.tracks[0].notes += (0..<40).map {
      Note(onset: start + 240 + 480 * $0, duration: 480, pitch: 72)
    }
    work.endTick = start + 240 + 480 * 40
    var signedTwice = work
    signedTwice.keySignatures.append(
      KeySignature(tick: start + 240, sharps: 0, isMinor: false))
    for work in [work, signedTwice] {
      #expect(work.movements == [0..<start, start..<work.endTick])
      let second = work.trimmed(to: start..<work.endTick)
      #expect(
        second.timeSignatures == [
          TimeSignature(tick: 0, numerator: 1, denominator: 8),
          TimeSignature(tick: 240, numerator: 4, denominator: 4),
        ])
      #expect(try #require(second.metreMap).barStarts(before: 2161) == [0, 240, 2160])
      #expect(second.tracks[0].notes.prefix(2).map(\.onset) == [0, 240])
    }
  }

  @Test func `movements are all of a score, one behind the other, and no note sounds across`()
    throws
  {
    try withEvery(seed: 0..<100) { generator in
      var score = randomScore(using: &generator)
      // Movements of 32 ticks are long enough.
      score.division = .ticksPerQuarter(1)
      let ticks = Set((0..<20).map { _ in Int.random(in: 0...600, using: &generator) }).sorted()
      score.timeSignatures = ticks.map { TimeSignature(tick: $0, numerator: 4, denominator: 4) }
      score.keySignatures = ticks.map { KeySignature(tick: $0, sharps: 1, isMinor: true) }
      let movements = score.movements
      try #require(movements.first?.lowerBound == 0)
      try #require(movements.last?.upperBound == score.endTick)
      for (movement, next) in zip(movements, movements.dropFirst()) {
        try #require(movement.upperBound == next.lowerBound)
        try #require(ticks.contains(next.lowerBound))
        try #require(movement.count >= 32 && next.count >= 32)
        for note in score.tracks.flatMap(\.notes) {
          try #require(note.onset >= next.lowerBound || note.end <= next.lowerBound)
        }
      }
    }
  }

  @Test func `time code and nothing at all are one movement`() {
    var work = work(quarters: 120, signedAt: [0, 40, 80])
    work.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 40)
    #expect(work.movements == [0..<work.endTick])
    #expect(Score().movements == [0..<0])
    let signed = Score(
      timeSignatures: [TimeSignature(tick: 480, numerator: 4, denominator: 4)],
      keySignatures: [KeySignature(tick: 480, sharps: 0, isMinor: false)], endTick: 960)
    #expect(signed.movements == [0..<960])
  }
}
