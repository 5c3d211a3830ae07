import Music
import StandardMIDIFile
import TestSupport
import Testing

struct OperationTests {
  @Test func `transposition moves pitches and keys but no drums`() {
    let note = Note(onset: 0, duration: 10, pitch: 60)
    let score = Score(
      tracks: [Track(notes: [note]), Track(channel: 9, notes: [note])],
      keySignatures: [KeySignature(tick: 0, sharps: 0, isMinor: false)], endTick: 10)
    let up = score.transposed(by: 2)
    #expect(up.tracks.map { $0.notes[0].pitch } == [62, 60])
    // D major has two sharps.
    #expect(up.keySignatures[0].sharps == 2)
    // B flat major has two flats.
    #expect(score.transposed(by: -2).keySignatures[0].sharps == -2)
    #expect(score.transposed(by: 68).tracks[0].notes.isEmpty)
  }

  @Test func `transposing up and down again gives the score where nothing leaves the range`() throws
  {
    try withEvery(seed: 0..<100) { generator in
      var score = randomScore(using: &generator)
      for index in score.tracks.indices {
        score.tracks[index].notes.removeAll { !(12...115 ~= $0.pitch) }
        score.tracks[index].messages.removeAll {
          if case .polyphonicPressure = $0.kind { true } else { false }
        }
      }
      score.keySignatures = []
      let semitones = Int.random(in: -12...12, using: &generator)
      try #require(score.transposed(by: semitones).transposed(by: -semitones) == score)
    }
  }

  @Test func `stretching changes the seconds and not the ticks`() {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 480, pitch: 60)])], endTick: 960)
    let slow = score.stretched(by: 1.05)
    #expect(slow.tracks == score.tracks)
    #expect(slow.duration == 1.05)
    let timeCode = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40), tracks: score.tracks,
      endTick: 1000)
    #expect(timeCode.stretched(by: 2).duration == 2)
  }

  @Test func `a trimmed score starts with what was in force`() {
    let score = Score(
      tracks: [
        Track(
          notes: [
            Note(onset: 0, duration: 200, pitch: 60), Note(onset: 100, duration: 500, pitch: 62),
            Note(onset: 300, duration: 10, pitch: 64),
          ],
          messages: [
            TrackMessage(tick: 0, kind: .program(5)), TrackMessage(tick: 50, kind: .program(6)),
            TrackMessage(tick: 200, kind: .program(7)),
          ])
      ],
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 400_000),
        TempoChange(tick: 90, microsecondsPerQuarter: 300_000),
      ], endTick: 1000)
    let part = score.trimmed(to: 100..<300)
    #expect(part.endTick == 200)
    #expect(part.tracks[0].notes == [Note(onset: 0, duration: 200, pitch: 62)])
    #expect(
      part.tracks[0].messages == [
        TrackMessage(tick: 0, kind: .program(6)), TrackMessage(tick: 100, kind: .program(7)),
      ])
    #expect(part.tempos == [TempoChange(tick: 0, microsecondsPerQuarter: 300_000)])
  }

  @Test
  func `a trimmed score keeps the bend wheel's reach, and every other parameter that was set`() {
    // As files do: a reach of twelve semitones, tuned 50 cents up, and then no parameter is chosen.
    let settings: [(UInt8, UInt8)] = [
      (101, 0), (100, 0), (6, 12), (38, 0), (100, 1), (6, 96), (101, 127), (100, 127),
    ]
    let score = Score(
      tracks: [
        Track(
          notes: [Note(onset: 480, duration: 480, pitch: 60)],
          messages: settings.map { controller, value in
            TrackMessage(tick: 0, kind: .control(controller: controller, value: value))
          } + [TrackMessage(tick: 480, kind: .pitchBend(12_288))])
      ], endTick: 960)
    let part = score.trimmed(to: 480..<960)
    #expect(part.controllerCurves[0].changes == [.init(tick: 0, value: .bend(semitones: 6))])
    // What a synthesizer that follows the specification makes of the messages.
    var (high, low, set): (UInt8, UInt8, [[UInt8]: UInt8]) = (127, 127, [:])
    for message in part.tracks[0].messages {
      switch message.kind {
      case .control(101, let value): high = value
      case .control(100, let value): low = value
      case .control(let controller, let value): set[[high, low, controller]] = value
      default: break
      }
    }
    #expect(set == [[0, 0, 6]: 12, [0, 0, 38]: 0, [0, 1, 6]: 96])
    #expect(high == 127 && low == 127)
  }

  @Test func `a part that begins within a bar may keep the bar lines behind it`() throws {
    let waltz = TimeSignature(tick: 0, numerator: 3, denominator: 4)
    let march = TimeSignature(tick: 6 * 480, numerator: 2, denominator: 4)
    let score = Score(timeSignatures: [waltz, march], endTick: 20 * 480)
    func lines(_ range: Range<Int>, of score: Score, keeping: Bool) throws -> [Int] {
      let part = score.trimmed(to: range, keepsBarLines: keeping)
      return try #require(part.metreMap).barStarts(before: part.endTick)
    }
    // Bars begin with the quarter notes 0, 3, 6, 8, 10, …
    #expect(
      try lines(480..<9 * 480, of: score, keeping: true) == [0, 2, 5, 7].map { $0 * 480 })
    #expect(
      try lines(4 * 480..<9 * 480, of: score, keeping: true) == [0, 2, 4].map { $0 * 480 })
    #expect(try lines(480..<5 * 480, of: score, keeping: false) == [0, 3].map { $0 * 480 })
    #expect(try lines(3 * 480..<5 * 480, of: score, keeping: true) == [0])
    // 4/4 where nothing is told.
    #expect(
      try lines(480..<9 * 480, of: Score(endTick: 20 * 480), keeping: true)
        == [0, 3, 7].map { $0 * 480 })
  }

  @Test func `the last seconds of a score begin with a bar, and a silent end is none of them`() {
    // Ten bars of four seconds, a note at the beginning of each, and a minute of silence.
    let notes = (0..<10).map { Note(onset: 1_920 * $0, duration: 1_920, pitch: UInt8(60 + $0)) }
    let score = Score(
      tracks: [Track(notes: notes)], tempos: [TempoChange(tick: 0, quartersPerMinute: 60)],
      endTick: 25 * 1_920)
    for (seconds, first) in [(9.0, 7), (8, 8), (4, 9), (1e9, 0)] {
      let pitches = score.ending(seconds: seconds).tracks[0].notes.map(\.pitch)
      #expect(pitches == (first..<10).map { UInt8(60 + $0) }, "\(seconds)")
    }
    #expect(score.ending(seconds: 9).tracks[0].notes[0].onset == 0)
    #expect(Score(tracks: [], endTick: 10).ending(seconds: 1).endTick == 10)
  }

  @Test func `quantised notes lie on the grid and keep a length`() {
    let score = Score(
      tracks: [
        Track(notes: [
          Note(onset: 14, duration: 3, pitch: 60), Note(onset: 16, duration: 20, pitch: 62),
        ])
      ], endTick: 36)
    #expect(
      score.quantised(to: 30).tracks[0].notes == [
        Note(onset: 0, duration: 30, pitch: 60), Note(onset: 30, duration: 30, pitch: 62),
      ])
  }

  @Test func `quantising twice is quantising once`() throws {
    try withEvery(seed: 0..<100) { generator in
      let score = randomScore(using: &generator)
      let grid = Int.random(in: 1...100, using: &generator)
      let once = score.quantised(to: grid)
      try #require(once.quantised(to: grid) == once)
    }
  }

  @Test func `resampling to a multiple and back gives the score`() throws {
    try withEvery(seed: 0..<100) { generator in
      var score = randomScore(using: &generator)
      score.division = .ticksPerQuarter(96)
      let fine = score.resampled(ticksPerQuarter: 96 * 5)
      try #require(abs(fine.duration / score.duration - 1) < 1e-15)
      try #require(fine.resampled(ticksPerQuarter: 96) == score)
    }
  }

  @Test func `splitting by program gives parts of one program, and merging them the track again`() {
    let track = Track(
      name: "Strings",
      notes: [
        Note(onset: 0, duration: 50, pitch: 60), Note(onset: 100, duration: 50, pitch: 62),
        Note(onset: 200, duration: 50, pitch: 64),
      ],
      messages: [
        TrackMessage(tick: 0, kind: .program(48)), TrackMessage(tick: 100, kind: .program(45)),
        TrackMessage(tick: 200, kind: .program(48)),
      ])
    let score = Score(tracks: [track], endTick: 250)
    let split = score.splitByProgram()
    #expect(split.tracks.map { $0.notes.map(\.pitch) } == [[60, 64], [62]])
    #expect(split.tracks.map { Set($0.programs.map(\.program)) } == [[48], [45]])
    #expect(split.mergedByChannel() == score)
    #expect(Performance(split) == Performance(score))
  }

  @Test func `no two notes of a pitch sound at once after overlaps are removed`() {
    let score = Score(
      tracks: [
        Track(notes: [
          Note(onset: 0, duration: 50, pitch: 60), Note(onset: 0, duration: 90, pitch: 60),
          Note(onset: 40, duration: 100, pitch: 60),
        ])
      ], endTick: 140)
    #expect(
      score.removingOverlaps().tracks[0].notes == [
        Note(onset: 0, duration: 40, pitch: 60), Note(onset: 40, duration: 100, pitch: 60),
      ])
  }

  @Test func `ticks past all measure stay in bounds`() {
    let far = Score(
      division: .ticksPerQuarter(1),
      tracks: [Track(notes: [Note(onset: 1 << 58, duration: 1 << 57, pitch: 60)])],
      endTick: 1 << 59)
    let fine = far.resampled(ticksPerQuarter: 32_767)
    #expect(fine.tracks[0].notes[0].end <= fine.endTick)
    var timeCode = far
    timeCode.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 1)
    #expect(timeCode.stretched(by: 1000).endTick > 0)
  }

  @Test func `of what several tracks tell one channel the last is in force where a part starts`() {
    // The first track tells the channel a program and a volume after the second did.
    func track(_ changes: [(tick: Int, value: UInt8)]) -> Track {
      Track(
        notes: [Note(onset: 400, duration: 10, pitch: 60)],
        messages: changes.flatMap { change in
          [
            TrackMessage(tick: change.tick, kind: .program(change.value)),
            TrackMessage(tick: change.tick, kind: .control(controller: 7, value: change.value)),
          ]
        })
    }
    let score = Score(tracks: [track([(100, 40)]), track([(0, 5)])], endTick: 500)
    let part = score.trimmed(to: 300..<500)
    #expect(part.tracks.map(\.messages.count) == [2, 0])
    #expect(ChannelPrograms(part).program(of: part.tracks[1], atTick: 100) == 40)
    // What is told at the start itself holds, too.
    let later = Score(tracks: [track([(300, 9)]), track([(0, 5), (100, 6)])], endTick: 500)
      .trimmed(to: 300..<500)
    #expect(ChannelPrograms(later).program(of: later.tracks[1], atTick: 100) == 9)
    // Other channels keep their own.
    var apart = score
    apart.tracks[1].channel = 3
    #expect(apart.trimmed(to: 300..<500).tracks.map(\.messages.count) == [2, 2])
  }

  @Test(arguments: [127, 1] as [UInt8])
  func `a bend wheel reaches as far in a part as in the whole, whatever parameter is chosen later`(
    parameter: UInt8
  ) throws {
    func control(_ tick: Int, _ controller: UInt8, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: tick, kind: .control(controller: controller, value: value))
    }
    // An octave; then none is chosen, or the fine tuning is told.
    let reach = [control(0, 101, 0), control(0, 100, 0), control(0, 6, 12)]
    let later =
      parameter == 127
      ? [control(10, 101, 127), control(10, 100, 127)]
      : [control(10, 101, 0), control(10, 100, parameter), control(10, 6, 64)]
    let bend = TrackMessage(tick: 150, kind: .pitchBend(16_383))
    let score = Score(
      tracks: [
        Track(
          notes: [Note(onset: 120, duration: 100, pitch: 60)], messages: reach + later + [bend])
      ], endTick: 300)
    let part = score.trimmed(to: 100..<300)
    let curves = try #require(part.controllerCurves.first)
    #expect(curves.changes.map { $0.tick } == [50])
    guard case .bend(let semitones)? = curves.changes.last?.value else {
      Issue.record("no bend found")
      return
    }
    #expect(abs(semitones - 12) < 0.01)
    // What is told next is told to the parameter that was chosen.
    let chosen = part.tracks[0].messages.last { message in
      if case .control(100, _) = message.kind { true } else { false }
    }
    #expect(chosen?.kind == .control(controller: 100, value: parameter))
  }

  @Test
  func
    `a part begins with the program of the bank that it was taken from, whatever is selected later`()
  {
    let kinds: [TrackMessage.Kind] = [
      .control(controller: 0, value: 8), .program(80), .control(controller: 0, value: 3),
    ]
    let score = Score(
      tracks: [
        Track(
          notes: [Note(onset: 120, duration: 100, pitch: 60)],
          messages: kinds.enumerated().map { TrackMessage(tick: 10 * $0, kind: $1) })
      ], endTick: 300)
    let part = score.trimmed(to: 100..<300)
    #expect(part.tracks[0].messages.map { $0.kind } == kinds)
    #expect(part.tracks[0].messages.allSatisfy { $0.tick == 0 })
  }

  @Test func `a part begins as its channel was left, in whatever order its tracks told it`() {
    func control(_ tick: Int, _ controller: UInt8, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: tick, kind: .control(controller: controller, value: value))
    }
    // The first track tells later what the second told before: all controllers reset, and a program of a bank.
    let first = Track(messages: [
      control(20, 121, 0), TrackMessage(tick: 30, kind: .program(80)), control(40, 0, 3),
    ])
    let second = Track(
      notes: [Note(onset: 120, duration: 100, pitch: 60)],
      messages: [control(0, 0, 8), control(10, 64, 127)])
    let score = Score(tracks: [first, second], endTick: 300)
    let part = score.trimmed(to: 100..<300)
    #expect(part.foldingPedals().tracks[1].notes.map(\.duration) == [100])
    let banksAndPrograms = part.tracks.flatMap { $0.messages }.filter {
      switch $0.kind {
      case .program, .control(0, _): true
      default: false
      }
    }
    #expect(
      banksAndPrograms == [
        control(0, 0, 8), TrackMessage(tick: 0, kind: .program(80)), control(0, 0, 3),
      ])
  }

  @Test func `a part takes along every step by which a parameter was moved`() {
    func control(_ controller: UInt8, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: 0, kind: .control(controller: controller, value: value))
    }
    // The bend wheel's reach, and two semitones more.
    let messages = [
      control(101, 0), control(100, 0), control(6, 2), control(96, 0), control(96, 0),
    ]
    let score = Score(
      tracks: [Track(notes: [Note(onset: 120, duration: 100, pitch: 60)], messages: messages)],
      endTick: 300)
    #expect(score.trimmed(to: 100..<300).tracks[0].messages.suffix(3) == messages.suffix(3))
  }

  @Test func `a tempo in quarter notes a minute is the nearest that a file can tell`() {
    let told = [120, 7, 1, 1e9].map {
      TempoChange(tick: 0, quartersPerMinute: $0).microsecondsPerQuarter
    }
    #expect(told == [500_000, 8_571_429, 16_777_215, 1])
    #expect(TempoChange(tick: 0, microsecondsPerQuarter: 400_000).quartersPerMinute == 150)
  }
}
