import Music
import Testing

struct PedalTests {
  private func score(_ notes: [Note], _ controls: [(tick: Int, controller: UInt8, value: UInt8)])
    -> Score
  {
    Score(
      tracks: [
        Track(
          notes: notes,
          messages: controls.map {
            TrackMessage(
              tick: $0.tick, kind: .control(controller: $0.controller, value: $0.value))
          })
      ], endTick: 1000)
  }

  private func ends(_ score: Score) -> [Int] { score.foldingPedals().tracks[0].notes.map(\.end) }

  @Test func `the sustain pedal holds a note until it is lifted`() {
    let notes = [
      Note(onset: 0, duration: 100, pitch: 60), Note(onset: 0, duration: 400, pitch: 64),
    ]
    #expect(ends(score(notes, [(50, 64, 127), (300, 64, 0)])) == [300, 400])
  }

  @Test func `a pitch struck again under the pedal ends the one before`() {
    let notes = [
      Note(onset: 0, duration: 100, pitch: 60), Note(onset: 200, duration: 50, pitch: 60),
    ]
    #expect(ends(score(notes, [(50, 64, 64), (300, 64, 63)])) == [200, 300])
  }

  @Test func `a pedal that is lifted on the tick of the release does not hold the note`() {
    let notes = [Note(onset: 0, duration: 100, pitch: 60)]
    #expect(ends(score(notes, [(0, 64, 127), (100, 64, 0), (200, 64, 127)])) == [100])
  }

  @Test func `half pedal below 64 does not hold`() {
    #expect(ends(score([Note(onset: 0, duration: 100, pitch: 60)], [(0, 64, 63)])) == [100])
  }

  @Test func `a pedal that is never lifted holds to the end of the piece`() {
    #expect(ends(score([Note(onset: 0, duration: 100, pitch: 60)], [(0, 64, 127)])) == [1000])
  }

  @Test func `the sostenuto pedal holds only what sounds when it goes down`() {
    let notes = [
      Note(onset: 0, duration: 100, pitch: 60), Note(onset: 60, duration: 40, pitch: 64),
    ]
    #expect(ends(score(notes, [(50, 66, 127), (300, 66, 0)])) == [300, 100])
  }

  @Test func `reset all controllers lifts the pedal`() {
    #expect(
      ends(score([Note(onset: 0, duration: 100, pitch: 60)], [(0, 64, 127), (150, 121, 0)]))
        == [150])
  }

  @Test func `a pedal on another track of the channel holds, and its messages are gone after`() {
    let pedal = Track(
      messages: [
        TrackMessage(tick: 0, kind: .control(controller: 64, value: 127)),
        TrackMessage(tick: 0, kind: .control(controller: 7, value: 100)),
        TrackMessage(tick: 500, kind: .control(controller: 64, value: 0)),
      ])
    let melody = Track(notes: [Note(onset: 0, duration: 100, pitch: 60)])
    let folded = Score(tracks: [pedal, melody], endTick: 1000).foldingPedals()
    #expect(folded.tracks[1].notes[0].end == 500)
    #expect(folded.tracks[0].messages.map(\.kind) == [.control(controller: 7, value: 100)])
  }

  @Test func `All Sound Off ends what a pedal holds, All Notes Off does not`() {
    let notes = [Note(onset: 0, duration: 100, pitch: 60)]
    #expect(ends(score(notes, [(0, 64, 127), (100, 120, 0)])) == [100])
    #expect(ends(score(notes, [(0, 64, 127), (300, 120, 0)])) == [300])
    #expect(ends(score(notes, [(0, 64, 127), (300, 123, 0)])) == [1000])
    let later = [Note(onset: 400, duration: 100, pitch: 60)]
    #expect(ends(score(later, [(0, 64, 127), (300, 120, 0), (600, 64, 0)])) == [600])
  }
}
