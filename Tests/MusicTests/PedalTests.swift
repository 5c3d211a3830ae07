import Music
import StandardMIDIFile
import TestSupport
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

  @Test
  func
    `a key that is released on the tick of a press is not held, and one struck there by no sostenuto`()
  {
    let note = [Note(onset: 50, duration: 50, pitch: 60)]
    #expect(ends(score(note, [(100, 64, 127), (300, 64, 0)])) == [100])
    #expect(ends(score(note, [(0, 64, 127), (100, 64, 0), (100, 64, 127), (300, 64, 0)])) == [100])
    #expect(ends(score(note, [(50, 66, 127), (300, 66, 0)])) == [100])
    #expect(ends(score(note, [(99, 64, 127), (300, 64, 0)])) == [300])
    #expect(ends(score(note, [(51, 66, 127), (300, 66, 0)])) == [300])
    let touched = [Note(onset: 100, duration: 0, pitch: 60)]
    #expect(ends(score(touched, [(100, 64, 127), (300, 64, 0)])) == [300])
  }

  @Test func `what a pedal is told to hold is what is heard when the piece is played`() throws {
    try withEvery(seed: 0..<60) { generator in
      // So near each other that releases and pedals meet on a tick.
      let notes = (0..<40).map { index in
        Note(
          onset: Int.random(in: 0..<60, using: &generator),
          duration: Int.random(in: 0...20, using: &generator), pitch: UInt8(40 + index))
      }
      let presses = (0..<20).map { _ in
        TrackMessage(
          tick: Int.random(in: 0..<90, using: &generator),
          kind: .control(controller: 64, value: Bool.random(using: &generator) ? 127 : 0))
      }
      let score = Score(tracks: [Track(notes: notes, messages: presses)], endTick: 100).sorted()
      let performance = Performance(score)
      var isDown = false
      var held: Set<UInt8> = []
      var heard: [UInt8: Double] = [:]
      for timed in performance.messages {
        switch timed.message {
        case .controlChange(_, 64, let value):
          isDown = value >= 64
          if isDown { continue }
          for pitch in held { heard[pitch] = timed.seconds }
          held = []
        case .noteOff(_, let pitch, _):
          if isDown { held.insert(pitch) } else { heard[pitch] = timed.seconds }
        default: continue
        }
      }
      for pitch in held { heard[pitch] = performance.duration }
      let map = score.tempoMap
      for note in score.foldingPedals().tracks[0].notes {
        try #require(heard[note.pitch] == map.seconds(atTick: note.end))
      }
    }
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

  @Test func `many presses hold the notes of several tracks as a look at all of them tells`() throws
  {
    try withEvery(seed: 0..<40) { generator in
      // The pedal is down in every other stretch between these ticks.
      let turns = Set((0..<200).map { _ in Int.random(in: 0..<2_000, using: &generator) }).sorted()
      let pedal = turns.enumerated().map { index, tick in
        TrackMessage(tick: tick, kind: .control(controller: 64, value: index % 2 == 0 ? 127 : 0))
      }
      var tracks = (0..<3).map { _ in
        Track(
          notes: (0..<100).map { _ in
            Note(
              onset: Int.random(in: 0..<1_900, using: &generator),
              duration: Int.random(in: 1...100, using: &generator),
              pitch: UInt8.random(in: 60...66, using: &generator))
          })
      }
      tracks[1].messages = pedal
      let score = Score(tracks: tracks, endTick: 2_000).sorted()
      let onsets = score.tracks.flatMap(\.notes)
      let expected = score.tracks.map { track in
        track.notes.map { note -> [Int] in
          var end = note.end
          let passed = turns.count { $0 < end }
          if passed % 2 == 1 { end = passed < turns.count ? turns[passed] : 2_000 }
          for other in onsets where other.pitch == note.pitch && other.onset > note.onset {
            end = min(end, other.onset)
          }
          return [note.onset, Int(note.pitch), max(end, note.end)]
        }.sorted { $0.lexicographicallyPrecedes($1) }
      }
      let folded = score.foldingPedals().tracks.map { track in
        track.notes.map { [$0.onset, Int($0.pitch), $0.end] }
      }
      try #require(folded == expected)
    }
  }
}
