import Music
import StandardMIDIFile
import Testing

/// What a score makes of what a file says.
struct ScoreReadingTests {
  private func score(_ tracks: MIDIFile.Track...) -> Score {
    Score(MIDIFile(format: .simultaneous, tracks: tracks))
  }

  private func track(_ metaEvents: MetaEvent...) -> MIDIFile.Track {
    MIDIFile.Track(metaEvents.map { MIDIFile.Event(.meta($0)) })
  }

  private func signature(_ numerator: UInt8, power: UInt8) -> MetaEvent {
    .timeSignature(
      numerator: numerator, denominatorPower: power, clocksPerClick: 24, thirtySecondsPerQuarter: 8)
  }

  @Test func `of two tempos, metres or keys on one tick the last counts`() {
    let score = score(
      track(
        .tempo(microsecondsPerQuarter: 500_000), .tempo(microsecondsPerQuarter: 461_538),
        signature(4, power: 2), signature(3, power: 2),
        .keySignature(sharps: 0, isMinor: false), .keySignature(sharps: 2, isMinor: false)))
    #expect(score.tempos == [TempoChange(tick: 0, microsecondsPerQuarter: 461_538)])
    #expect(score.timeSignatures == [TimeSignature(tick: 0, numerator: 3, denominator: 4)])
    #expect(score.keySignatures == [KeySignature(tick: 0, sharps: 2, isMinor: false)])
  }

  @Test func `of two tempos on one tick in two tracks that of the later track counts`() {
    let score = score(
      track(.tempo(microsecondsPerQuarter: 500_000)), track(.tempo(microsecondsPerQuarter: 400_000))
    )
    #expect(score.tempos == [TempoChange(tick: 0, microsecondsPerQuarter: 400_000)])
  }

  @Test func `changes that meet on one tick are one`() {
    let score = Score(
      division: .ticksPerQuarter(480),
      tempos: [
        TempoChange(tick: 480, microsecondsPerQuarter: 300_000),
        TempoChange(tick: 481, microsecondsPerQuarter: 600_000),
        TempoChange(tick: 481, microsecondsPerQuarter: 700_000),
      ], endTick: 960)
    #expect(score.sorted().tempos.map(\.microsecondsPerQuarter) == [300_000, 700_000])
    #expect(
      score.resampled(ticksPerQuarter: 24).tempos == [
        TempoChange(tick: 24, microsecondsPerQuarter: 700_000)
      ])
    #expect(
      score.trimmed(to: 481..<960).tempos == [
        TempoChange(tick: 0, microsecondsPerQuarter: 700_000)
      ])
  }

  @Test func `a time signature of two bytes is one`() {
    let score = score(track(.other(type: 0x58, data: [3, 2])))
    #expect(score.timeSignatures == [TimeSignature(tick: 0, numerator: 3, denominator: 4)])
  }

  @Test func `a karaoke file has the title and the words that its texts tell`() {
    let file = MIDIFile(
      format: .simultaneous,
      tracks: [
        track(
          .text(.trackName, "Soft Karaoke"), .text(.text, "@KMIDI KARAOKE FILE"),
          .text(.text, "typed by hand")),
        track(
          .text(.trackName, "Words"), .text(.text, "@LENGL"), .text(.text, "@TMy Song"),
          .text(.text, "@TThe Artist"), .text(.text, "\\Hel"), .text(.text, "lo "),
          .text(.text, "/world")),
      ])
    let score = Score(file)
    #expect(score.title == "My Song")
    #expect(score.lyrics.map(\.text) == ["\\Hel", "lo ", "/world"])
    #expect(Score(score.midiFile()) == score)
  }

  @Test func `lyrics are found wherever they stand, and texts of other files are none`() {
    let score = score(
      track(.text(.lyric, "la"), .text(.text, "a remark"), .text(.text, "@Tno title")),
      track(.text(.lyric, "lo")))
    #expect(score.lyrics.map(\.text) == ["la", "lo"])
    #expect(score.title == "")
  }
}
