import Music
import StandardMIDIFile
import Testing

struct PlayedChangesTests {
  /// Eight quarter notes at 120 a minute, a note each half second, and drums beside them.
  private let score = Score(
    tracks: [
      Track(
        notes: (0..<8).map { Note(onset: $0 * 480, duration: 480, pitch: UInt8(60 + $0)) }),
      Track(channel: 9, notes: (0..<8).map { Note(onset: $0 * 480, duration: 60, pitch: 36) }),
    ], keySignatures: [KeySignature(tick: 0, sharps: 0, isMinor: false)], endTick: 8 * 480)

  private func changes(_ make: (inout PlayedChanges) -> Void) -> PlayedChanges {
    var changes = PlayedChanges()
    make(&changes)
    return changes
  }

  @Test func `without a change a score stays as it is`() {
    #expect(score.changed(as: PlayedChanges()) == score)
    let undone = changes {
      $0.transpose(by: 3, from: 1)
      $0.play(atSpeed: 2, from: 1)
      $0.transpose(by: 0, from: 0.5)
      $0.play(atSpeed: 1, from: 0.5)
    }
    #expect(undone.isEmpty)
    #expect(score.changed(as: undone) == score)
  }

  @Test func `notes that are struck from a moment on are moved, drums are not`() {
    let heard = score.changed(as: changes { $0.transpose(by: 3, from: 1) })
    #expect(heard.tracks[0].notes.map(\.pitch) == [60, 61, 65, 66, 67, 68, 69, 70])
    #expect(heard.tracks[1] == score.tracks[1])
    #expect(heard.tempos.isEmpty && heard.endTick == score.endTick)
    // C major becomes E flat major, of three flats, where the notes move.
    #expect(
      heard.keySignatures == [
        KeySignature(tick: 0, sharps: 0, isMinor: false),
        KeySignature(tick: 960, sharps: -3, isMinor: false),
      ])
  }

  @Test func `moved from its start a score is the transposed one`() {
    for semitones in [-24, -1, 5, 12] {
      let heard = score.changed(as: changes { $0.transpose(by: semitones, from: 0) })
      #expect(heard == score.transposed(by: semitones))
    }
  }

  @Test func `a change takes back what was said of later moments`() {
    let heard = score.changed(
      as: changes {
        $0.transpose(by: 2, from: 0.5)
        $0.transpose(by: 4, from: 3)
        $0.transpose(by: -1, from: 1)
      })
    #expect(heard.tracks[0].notes.map(\.pitch) == [60, 63, 61, 62, 63, 64, 65, 66])
  }

  @Test func `notes that would leave the pitches are left out`() {
    var high = score
    high.tracks[0].notes[5].pitch = 126
    let heard = high.changed(as: changes { $0.transpose(by: 2, from: 0) })
    #expect(heard.tracks[0].notes.count == 7)
    #expect(heard.tracks[0].notes.allSatisfy { $0.onset != 5 * 480 })
  }

  @Test func `a change of speed is one of the tempo, and notes stay on their grid`() {
    let heard = score.changed(
      as: changes {
        $0.play(atSpeed: 1.25, from: 1)
        $0.play(atSpeed: 0.5, from: 3)
      })
    #expect(heard.tracks == score.tracks)
    // 120, 150 and 60 quarter notes a minute, from the third note and the seventh on.
    #expect(
      heard.tempos == [
        TempoChange(tick: 960, microsecondsPerQuarter: 400_000),
        TempoChange(tick: 2_880, microsecondsPerQuarter: 1_000_000),
      ])
    // One second, then two heard in 1.6, then one heard in two.
    #expect(abs(heard.duration - 4.6) < 1e-9)
  }

  @Test func `tempos of the piece keep their proportions`() {
    var changing = score
    changing.tempos = [
      TempoChange(tick: 0, microsecondsPerQuarter: 600_000),
      TempoChange(tick: 1_920, microsecondsPerQuarter: 300_000),
    ]
    let heard = changing.changed(as: changes { $0.play(atSpeed: 2, from: 1.2) })
    #expect(
      heard.tempos == [
        TempoChange(tick: 0, microsecondsPerQuarter: 600_000),
        TempoChange(tick: 960, microsecondsPerQuarter: 300_000),
        TempoChange(tick: 1_920, microsecondsPerQuarter: 150_000),
      ])
    let faster = changing.changed(as: changes { $0.play(atSpeed: 1.5, from: 0) })
    #expect(faster == changing.stretched(by: 1 / 1.5))
  }

  @Test func `in time code the ticks move`() {
    var film = score
    film.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 40)
    // A thousand ticks a second: notes at 0, 0.48, 0.96 s and so on.
    let heard = film.changed(as: changes { $0.play(atSpeed: 2, from: 0.96) })
    #expect(heard.tracks[0].notes.map(\.onset) == [0, 480, 960, 1_200, 1_440, 1_680, 1_920, 2_160])
    #expect(heard.endTick == 2_400 && heard.tempos.isEmpty)
  }

  @Test func `changes of what is played after other pieces are counted from its start`() {
    let played = changes {
      $0.transpose(by: 7, from: 2)
      $0.transpose(by: 2, from: 11)
      $0.play(atSpeed: 3, from: 9)
    }.counted(from: 10)
    #expect(played.semitones(at: 0) == 7 && played.semitones(at: 0.9) == 7)
    #expect(played.semitones(at: 1) == 2)
    let heard = score.changed(as: played)
    #expect(heard.tracks[0].notes.map(\.pitch) == [67, 68, 64, 65, 66, 67, 68, 69])
    #expect(heard == score.changed(as: played).changed(as: PlayedChanges()))
    #expect(heard.tempos.map(\.tick) == [0])
    #expect(heard.tempos[0].microsecondsPerQuarter == 166_667)
  }
}
