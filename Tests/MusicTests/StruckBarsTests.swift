import Music
import StandardMIDIFile
import Testing

struct StruckBarsTests {
  /// A piece of 4/4 with the same four quarter notes in bars of the same letter, nothing in bars of `-`.
  private func piece(_ letters: String, jitter: Int = 0) -> Score {
    var notes: [Note] = []
    for (bar, letter) in letters.enumerated() where letter != "-" {
      let root = UInt8(48 + 2 * Int(letter.asciiValue ?? 65) % 24)
      for beat in 0..<4 {
        let late = jitter > 0 ? (bar * 7 + beat * 5) % (2 * jitter + 1) - jitter : 0
        notes.append(
          Note(
            onset: max(0, 1920 * bar + 480 * beat + late), duration: 240 + 10 * bar,
            pitch: root + UInt8(beat * 3 % 7), velocity: UInt8(40 + bar)))
      }
    }
    return Score(tracks: [Track(notes: notes)], endTick: 1920 * letters.count).sorted()
  }

  @Test func `bars with the same strokes are equal, however long and loud their notes are`() throws
  {
    let bars = try #require(StruckBars(piece("ABACDDD"))).bars
    #expect(bars.map(\.kind) == [0, 1, 0, 2, 3, 3, 3])
    #expect(bars.map(\.number) == Array(0..<7))
  }

  @Test(
    arguments: [
      ("AAAA", 1, 1), ("ABAB", 1, 0), ("ABAB", 2, 1), ("ABABABCB", 2, 5 / 6.0), ("AABBAABB", 4, 1),
      ("AAB-A", 2, 0), ("AAB-A", 4, 1), ("A--A--", 3, 1), ("--AAB", 1, 0.5), ("A-AA", 1, 0.5),
    ] as [(String, Int, Double)])
  func `the share of bars that come again is counted`(letters: String, distance: Int, share: Double)
    throws
  {
    #expect(try #require(StruckBars(piece(letters))).repetition(after: distance) == share)
  }

  @Test func `no bar is repeated where none has another so far before it`() throws {
    let bars = try #require(StruckBars(piece("ABC")))
    #expect(bars.repetition(after: 3) == nil)
    #expect(try #require(StruckBars(Score())).repetition(after: 1) == nil)
  }

  @Test func `notes struck up to half a sixteenth early or late are in their places`() throws {
    let played = try #require(StruckBars(piece("ABABABAB", jitter: 50)))
    #expect(played.repetition(after: 2) == 1)
    #expect(played.repetition(after: 1) == 0)
  }

  @Test func `each metre has bars of its own`() throws {
    // Two bars of 3/4, then two of 2/4, all with the same note on the first beat.
    let notes = [0, 1440, 2880, 3840].map { Note(onset: $0, duration: 100, pitch: 60) }
    let score = Score(
      tracks: [Track(notes: notes)],
      timeSignatures: [
        TimeSignature(tick: 0, numerator: 3, denominator: 4),
        TimeSignature(tick: 2880, numerator: 2, denominator: 4),
      ], endTick: 4800)
    #expect(try #require(StruckBars(score)).bars.map(\.number) == [0, 1, 2, 3])
    #expect(try #require(StruckBars(score)).repetition(after: 1) == 1)
  }

  @Test func `drums tell bars apart only where nothing else is struck`() throws {
    let drums = Track(
      channel: 9, notes: (0..<4).map { Note(onset: 1920 * $0, duration: 10, pitch: UInt8(36 + $0)) }
    )
    var score = piece("AAAA")
    score.tracks.append(drums)
    #expect(try #require(StruckBars(score)).repetition(after: 1) == 1)
    score.tracks.removeFirst()
    #expect(try #require(StruckBars(score)).repetition(after: 1) == 0)
  }

  @Test func `time code has no bars, and a bar of a tick and a piece of years do no harm`() throws {
    #expect(StruckBars(Score(division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40))) == nil)
    let far = 1 << 40
    let score = Score(
      division: .ticksPerQuarter(1),
      tracks: [
        Track(notes: [0, 1, far, far + 1].map { Note(onset: $0, duration: far, pitch: 60) })
      ],
      timeSignatures: [TimeSignature(tick: 0, numerator: 1, denominator: 128)], endTick: 2 * far + 1
    )
    #expect(try #require(StruckBars(score)).repetition(after: 1) == 2 / 3.0)
  }
}
