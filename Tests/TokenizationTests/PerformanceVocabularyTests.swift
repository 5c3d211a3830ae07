import Music
import Settings
import StandardMIDIFile
import Testing
import Tokenization

@Suite struct PerformanceVocabularyTests {
  let vocabulary = PerformanceVocabulary()

  private func names(_ score: Score, in vocabulary: PerformanceVocabulary? = nil) -> [String] {
    let vocabulary = vocabulary ?? self.vocabulary
    return vocabulary.encode(score).map { vocabulary.name(of: $0) }
  }

  private func score(_ notes: [Note], _ messages: [TrackMessage] = []) -> Score {
    // 500 ticks a quarter at 120 quarters a minute: a tick is a millisecond.
    Score(
      division: .ticksPerQuarter(500), tracks: [Track(notes: notes, messages: messages)],
      endTick: 10_000)
  }

  @Test func `the default events are the 388 of Oore et al and the start and end`() {
    #expect(vocabulary.count == 390)
    #expect(vocabulary.name(of: 0) == "note-on 0")
    #expect(vocabulary.name(of: 128) == "note-off 0")
    #expect(vocabulary.name(of: 256) == "time-shift 10 ms")
    #expect(vocabulary.name(of: 355) == "time-shift 1000 ms")
    #expect(vocabulary.kind(of: 356) == "velocity")
    #expect(vocabulary.kind(of: 387) == "velocity")
    #expect(vocabulary.start == 388)
    #expect(vocabulary.end == 389)
  }

  @Test func `a long shift is made of the longest ones and a rest`() {
    let names = names(score([Note(onset: 2_340, duration: 100, pitch: 60, velocity: 64)]))
    #expect(
      names == [
        "start", "time-shift 1000 ms", "time-shift 1000 ms", "time-shift 340 ms", "velocity 63",
        "note-on 60", "time-shift 100 ms", "note-off 60", "end",
      ])
  }

  @Test func `the pedal holds a note until it is lifted or the note is struck again`() {
    let pedal = [
      TrackMessage(tick: 50, kind: .control(controller: 64, value: 64)),
      TrackMessage(tick: 900, kind: .control(controller: 64, value: 63)),
    ]
    let quantised = vocabulary.quantise(
      score(
        [
          Note(onset: 0, duration: 100, pitch: 60, velocity: 64),
          Note(onset: 0, duration: 100, pitch: 64, velocity: 64),
          Note(onset: 500, duration: 100, pitch: 60, velocity: 64),
        ], pedal))
    let ends = quantised.tracks[0].notes.map { [Int($0.pitch), $0.onset, $0.end] }
    #expect(ends == [[60, 0, 500], [64, 0, 900], [60, 500, 900]])
  }

  @Test func `a velocity is told only when its bin changes`() {
    let names = names(
      score([
        Note(onset: 0, duration: 10, pitch: 60, velocity: 61),
        Note(onset: 0, duration: 10, pitch: 64, velocity: 64),
        Note(onset: 10, duration: 10, pitch: 60, velocity: 65),
      ]))
    #expect(names.filter { $0.hasPrefix("velocity") } == ["velocity 63", "velocity 67"])
  }

  @Test func `without program tokens drums are left out`() {
    var score = score([Note(onset: 0, duration: 10, pitch: 60)])
    score.tracks.append(Track(channel: 9, notes: [Note(onset: 0, duration: 10, pitch: 36)]))
    #expect(!names(score).contains("note-on 36"))
  }

  @Test
  func `where program tokens tell who plays, the program without them makes no note a drum's`()
    throws
  {
    var settings = PerformanceVocabulary.Configuration()
    settings.programs = true
    settings.program = 128
    let vocabulary = try PerformanceVocabulary(settings)
    #expect(vocabulary.events(of: 60) == [.note(pitch: 60)])
    #expect(vocabulary.transpose([60], by: 2) == [62])
    settings.programs = false
    let drums = try PerformanceVocabulary(settings)
    #expect(drums.events(of: 60) == [.drum(pitch: 60)])
    #expect(drums.transpose([60], by: 2) == [60])
  }

  @Test func `program tokens tell a violin from drums`() throws {
    var settings = PerformanceVocabulary.Configuration()
    settings.programs = true
    settings.velocityBins = 0
    let score = Score(
      division: .ticksPerQuarter(500),
      tracks: [
        Track(
          channel: 3, notes: [Note(onset: 0, duration: 10, pitch: 60)],
          messages: [TrackMessage(tick: 0, kind: .program(40))]),
        Track(channel: 9, notes: [Note(onset: 0, duration: 20, pitch: 36)]),
      ], endTick: 20)
    #expect(
      names(score, in: try PerformanceVocabulary(settings)) == [
        "start", "program 40", "note-on 60", "program drums", "note-on 36", "time-shift 10 ms",
        "program 40", "note-off 60", "time-shift 10 ms", "program drums", "note-off 36", "end",
      ])
  }

  @Test func `a velocity moves by at most half a bin`() {
    for velocity in UInt8(1)...127 {
      let quantised = vocabulary.quantise(
        score([Note(onset: 0, duration: 10, pitch: 60, velocity: velocity)]))
      #expect(abs(Int(quantised.tracks[0].notes[0].velocity) - Int(velocity)) <= 2)
    }
  }

  @Test func `no velocity is drawn that no note has`() throws {
    var settings = PerformanceVocabulary.Configuration()
    // Bins of three velocities, of which 43 reach to 127.
    settings.velocityBins = 50
    let vocabulary = try PerformanceVocabulary(settings)
    var grammar = vocabulary.makeGrammar()
    grammar.advance(vocabulary.start)
    let allowed = grammar.allowed
    let drawn = (0..<vocabulary.count).map { Token($0) }.filter {
      allowed[$0] && vocabulary.kind(of: $0) == "velocity"
    }
    var told: Set<Token> = []
    for velocity in UInt8(1)...127 {
      told.formUnion(
        vocabulary.encode(
          score([Note(onset: 0, duration: 10, pitch: 60, velocity: velocity)])))
    }
    #expect(drawn.count == 43)
    #expect(told.isSuperset(of: drawn))
  }

  @Test func `tempo changes are played out in seconds`() {
    var score = score([Note(onset: 500, duration: 500, pitch: 60)])
    score.tempos = [
      TempoChange(tick: 0, microsecondsPerQuarter: 1_000_000),
      TempoChange(tick: 500, microsecondsPerQuarter: 250_000),
    ]
    let note = vocabulary.quantise(score).tracks[0].notes[0]
    #expect([note.onset, note.duration] == [1_000, 250])
  }

  @Test func `settings out of range are refused by name`() {
    var settings = PerformanceVocabulary.Configuration()
    settings.velocityBins = 128
    #expect(
      throws: VocabularyError(
        .setting(SettingError("velocityBins", found: 128, expected: "0 to 127")))
    ) { try PerformanceVocabulary(settings) }
  }
}
