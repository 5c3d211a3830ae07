import Music
import StandardMIDIFile
import Testing

struct NotePairingTests {
  private func on(_ delta: Int, _ pitch: UInt8, channel: UInt8 = 0) -> MIDIFile.Event {
    MIDIFile.Event(
      delta: delta, .channel(.noteOn(channel: channel, pitch: pitch, velocity: 80)))
  }

  private func off(_ delta: Int, _ pitch: UInt8, channel: UInt8 = 0) -> MIDIFile.Event {
    MIDIFile.Event(
      delta: delta, .channel(.noteOff(channel: channel, pitch: pitch, velocity: 0)))
  }

  private func spans(_ events: [MIDIFile.Event], endDelta: Int = 0) -> [[Int]] {
    let file = MIDIFile(
      format: .singleTrack, tracks: [MIDIFile.Track(events, endDelta: endDelta)])
    return Score(file).tracks.flatMap(\.notes).map { [Int($0.pitch), $0.onset, $0.end] }
  }

  @Test func `the first note struck is the first released`() {
    #expect(
      spans([on(0, 60), on(10, 60), off(10, 60), off(10, 60)])
        == [[60, 0, 20], [60, 10, 30]])
  }

  @Test func `a note that is never released lasts to the end of its track`() {
    #expect(
      spans([on(0, 60), on(10, 62), off(10, 60)], endDelta: 80) == [[60, 0, 20], [62, 10, 100]])
  }

  @Test func `a release without a note is nothing`() {
    #expect(spans([off(0, 60), on(10, 60), off(10, 60), off(0, 60)]) == [[60, 10, 20]])
  }

  @Test func `a note can have no length`() {
    #expect(spans([on(5, 60), off(0, 60)]) == [[60, 5, 5]])
  }

  @Test func `channels do not release each other's notes`() {
    #expect(
      spans([on(0, 60), on(0, 60, channel: 1), off(10, 60, channel: 1), off(10, 60)])
        == [[60, 0, 20], [60, 0, 10]])
  }

  @Test func `a chord is in the order of its pitches`() {
    #expect(
      spans([on(0, 67), on(0, 60), on(0, 64), off(9, 60), off(0, 64), off(0, 67)])
        == [[60, 0, 9], [64, 0, 9], [67, 0, 9]])
  }

  @Test func `pieces of format 2 follow one another, each from 120 quarter notes a minute`() {
    let first = MIDIFile.Track(
      [MIDIFile.Event(.meta(.tempo(microsecondsPerQuarter: 1_000_000))), on(0, 60), off(96, 60)])
    let second = MIDIFile.Track([on(0, 62), off(96, 62)])
    let score = Score(
      MIDIFile(format: .sequential, division: .ticksPerQuarter(96), tracks: [first, second]))
    #expect(score.tracks.map { $0.notes[0].onset } == [0, 96])
    #expect(score.duration == 1.5)
  }

  @Test func `the first track of format 1 gives the title, the others their names`() {
    let conductor = MIDIFile.Track([MIDIFile.Event(.meta(.text(.trackName, "Sonata")))])
    let piano = MIDIFile.Track(
      [MIDIFile.Event(.meta(.text(.trackName, "Piano"))), on(0, 60), off(96, 60)])
    let score = Score(MIDIFile(tracks: [conductor, piano]))
    #expect(score.title == "Sonata")
    #expect(score.tracks.map(\.name) == ["Piano"])
  }
}
