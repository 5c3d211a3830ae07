import StandardMIDIFile
import Testing

@testable import Music

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

  @Test(arguments: [2, 3, 31, 32, 33, 34, 200])
  func `a chord of any size is in the order of its pitches, then ends`(size: Int) {
    // 37 and 128 share no factor: each pitch once, in an order of neither kind, then again.
    let struck = (0..<size).map { UInt8($0 * 37 % 128) }
    let played =
      struck.map { on(0, $0) }
      + struck.reversed().enumerated().map { index, pitch in off(index % 3, pitch) }
    var ends: [[Int]] = []
    var tick = 0
    for (index, pitch) in struck.reversed().enumerated() {
      tick += index % 3
      ends.append([Int(pitch), 0, tick])
    }
    #expect(spans(played) == ends.sorted { ($0[0], $0[2]) < ($1[0], $1[2]) })
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

  @Test func `each piece of format 2 begins with a bar, of 4/4 where it tells no other metre`() {
    func metre(_ numerator: UInt8) -> MIDIFile.Event {
      MIDIFile.Event(
        .meta(
          .timeSignature(
            numerator: numerator, denominatorPower: 2, clocksPerClick: 24,
            thirtySecondsPerQuarter: 8)))
    }
    // A bar and a third of 3/4, a quarter note that tells nothing, and 5/4.
    let tracks = [
      MIDIFile.Track([metre(3), on(0, 60), off(4 * 96, 60)]),
      MIDIFile.Track([on(0, 62), off(96, 62)]), MIDIFile.Track([metre(5), on(0, 64), off(96, 64)]),
    ]
    let score = Score(
      MIDIFile(format: .sequential, division: .ticksPerQuarter(96), tracks: tracks))
    #expect(
      score.timeSignatures == [
        TimeSignature(tick: 0, numerator: 3, denominator: 4),
        TimeSignature(tick: 4 * 96, numerator: 4, denominator: 4),
        TimeSignature(tick: 5 * 96, numerator: 5, denominator: 4),
      ])
  }

  @Test func `the first track of format 1 gives the title, the others their names`() {
    let conductor = MIDIFile.Track([MIDIFile.Event(.meta(.text(.trackName, "Sonata")))])
    let piano = MIDIFile.Track(
      [MIDIFile.Event(.meta(.text(.trackName, "Piano"))), on(0, 60), off(96, 60)])
    let score = Score(MIDIFile(tracks: [conductor, piano]))
    #expect(score.title == "Sonata")
    #expect(score.tracks.map(\.name) == ["Piano"])
  }

  private func control(_ delta: Int, _ controller: UInt8, channel: UInt8 = 0) -> MIDIFile.Event {
    MIDIFile.Event(
      delta: delta, .channel(.controlChange(channel: channel, controller: controller, value: 0)))
  }

  @Test(arguments: [120, 123, 124, 125, 126, 127] as [UInt8])
  func `a message that ends all notes ends those of its channel`(controller: UInt8) {
    let events = [
      on(0, 60), on(0, 64), on(0, 64), on(0, 70, channel: 1), control(480, controller),
      on(480, 67), off(240, 64), off(240, 67), off(0, 70, channel: 1),
    ]
    #expect(
      spans(events) == [
        [60, 0, 480], [64, 0, 480], [64, 0, 480], [67, 960, 1440], [70, 0, 1440],
      ])
  }

  @Test(arguments: [119, 121, 122] as [UInt8])
  func `other controllers end no note`(controller: UInt8) {
    #expect(spans([on(0, 60), control(480, controller), off(480, 60)]) == [[60, 0, 960]])
  }

  @Test func `a note struck before All Notes Off on one tick has no length`() {
    #expect(spans([on(9, 60), control(0, 123), off(480, 60)]) == [[60, 9, 9]])
    #expect(spans([control(9, 123), on(0, 60), off(480, 60)]) == [[60, 9, 489]])
  }

  @Test func `All Notes Off in another track of the channel ends notes`() {
    let file = MIDIFile(
      format: .simultaneous,
      tracks: [
        MIDIFile.Track([on(0, 60), on(480, 62), off(480, 60), off(0, 62)]),
        MIDIFile.Track([control(480, 123), control(0, 123, channel: 1)]),
      ])
    #expect(Score(file).tracks[0].notes.map { [$0.onset, $0.end] } == [[0, 480], [480, 960]])
    #expect(Score(Score(file).midiFile()) == Score(file))
  }

  @Test func `messages that end all notes look at each note once`() {
    var pairing = NotePairing()
    let one = (0..<100).map { on(1, UInt8($0)) } + [control(1, 123)]
    let many = one + (0..<10_000).map { _ in control(1, 123) }
    _ = pairing.read(MIDIFile.Track(many), from: 0)
    #expect(pairing.notesVisited == 100)
  }
}
