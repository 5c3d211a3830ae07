import Music
import StandardMIDIFile
import Testing

struct SilenceTests {
  private func note(_ onset: Int, _ duration: Int = 480, pitch: UInt8 = 60) -> Note {
    Note(onset: onset, duration: duration, pitch: pitch)
  }

  @Test func `an end long after the music is cut to ten seconds of silence`() {
    // At 120 quarter notes a minute and 480 ticks each, a second has 960.
    let score = Score(
      tracks: [
        Track(
          notes: [note(0), note(3360)],
          messages: [TrackMessage(tick: 4_000_000, kind: .control(controller: 7, value: 0))])
      ], texts: [TextEvent(tick: 4_000_000, kind: .text, text: "end")], endTick: 80 * 60 * 960)
    let trimmed = score.trimmingSilentEnd()
    #expect(trimmed.endTick == 3840 + 10 * 960)
    #expect(trimmed.tracks[0].notes == score.tracks[0].notes)
    #expect(trimmed.tracks[0].messages == [])
    #expect(score.soundingEnd == 3840)
    #expect(score.leavingOutSilence().seconds == 80 * 60 - 14)
  }

  @Test func `a rest of ten seconds at the end stays`() {
    let score = Score(tracks: [Track(notes: [note(0)])], endTick: 480 + 10 * 960)
    #expect(score.trimmingSilentEnd() == score)
    #expect(score.leavingOutSilence().score == score)
    #expect(score.leavingOutSilence().seconds == 0)
  }

  @Test func `the music ends where a pedal lets go, but not with one that is never lifted`() {
    func score(_ messages: TrackMessage...) -> Score {
      Score(
        tracks: [Track(notes: [note(0), note(480)], messages: messages)], endTick: 1_000_000)
    }
    let down = TrackMessage(tick: 0, kind: .control(controller: 64, value: 127))
    let up = TrackMessage(tick: 50_000, kind: .control(controller: 64, value: 0))
    #expect(score(down, up).trimmingSilentEnd().endTick == 50_000 + 9600)
    #expect(score(down).trimmingSilentEnd().endTick == 960 + 9600)
  }

  @Test func `a file of nothing ends after ten seconds`() {
    #expect(Score(endTick: 1 << 40).trimmingSilentEnd().endTick == 9600)
    #expect(Score().trimmingSilentEnd() == Score())
  }

  @Test func `a pause of ten hours is at most thirty seconds, and bars stay bars`() {
    let division = 32_767
    let late = 9 * 0x0FFF_FFFF + 5
    let score = Score(
      division: .ticksPerQuarter(division), tracks: [Track(notes: [note(0), note(late)])],
      endTick: late + 480)
    let short = score.shorteningPauses()
    let onset = short.tracks[0].notes[1].onset
    #expect(onset % (4 * division) == late % (4 * division))
    let pause = short.tempoMap.seconds(atTick: onset - 480)
    // A bar has two seconds.
    #expect(pause <= 30 && pause > 28)
    #expect(short.tracks[0].notes[1].duration == 480)
    #expect(short.endTick == onset + 480)
  }

  @Test func `a note held for ten hours is held for thirty seconds`() {
    let score = Score(
      tracks: [Track(notes: [note(0, 36_000 * 960), note(36_000 * 960, pitch: 62)])],
      endTick: 36_000 * 960 + 480)
    let notes = score.shorteningPauses().tracks[0].notes
    #expect(notes == [note(0, 30 * 960), note(30 * 960, pitch: 62)])
  }

  @Test func `pauses are cut in each place, and what lies in them moves to the cut`() {
    // Bars of 1920 ticks, 2 s; the second pause is slower: 4 s a bar.
    let score = Score(
      tracks: [
        Track(
          notes: [note(0), note(192_000), note(384_000)],
          messages: [TrackMessage(tick: 100_000, kind: .program(40))])
      ], tempos: [TempoChange(tick: 192_480, microsecondsPerQuarter: 1_000_000)],
      timeSignatures: [TimeSignature(tick: 96_000, numerator: 2, denominator: 4)],
      endTick: 384_480)
    let short = score.shorteningPauses()
    let onsets = short.tracks[0].notes.map(\.onset)
    // 1.5 s from the first note to the bar line, then as many bars of 1 s as make up at most 30 s.
    #expect(onsets[1] == 1920 + 28 * 960)
    // 1 s for the rest of the bar of 2/4, then bars of 2 s.
    #expect(onsets[2] == onsets[1] + 960 + 14 * 960)
    #expect(short.timeSignatures == [TimeSignature(tick: 1920, numerator: 2, denominator: 4)])
    #expect(short.tracks[0].messages == [TrackMessage(tick: 1920, kind: .program(40))])
    #expect(short.tempos.map(\.tick) == [onsets[1] + 480])
  }

  @Test func `time code and very long bars are cut to the second`() {
    let film = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40),
      tracks: [Track(notes: [note(0, 1000), note(100_000, 1000)])], endTick: 101_000)
    #expect(film.shorteningPauses().tracks[0].notes[1].onset == 31_000)
    let slow = Score(
      tracks: [Track(notes: [note(0), note(960_000)])],
      timeSignatures: [TimeSignature(tick: 0, numerator: 255, denominator: 1)], endTick: 960_480)
    #expect(slow.shorteningPauses().tracks[0].notes[1].onset == 480 + 30 * 960)
  }

  @Test func `pauses of thirty seconds stay`() {
    let score = Score(
      tracks: [Track(notes: [note(28_800, 28_800), note(86_400)])], endTick: 86_880)
    #expect(score.shorteningPauses() == score)
  }
}
