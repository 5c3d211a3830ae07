import Music
import StandardMIDIFile
import TestSupport
import Testing

struct EditingTests {
  private func score(
    _ onsets: [Int], ticks: Int = 480, signatures: [TimeSignature] = [], end: Int = 7680
  ) -> Score {
    Score(
      division: .ticksPerQuarter(ticks),
      tracks: [Track(notes: onsets.map { Note(onset: $0, duration: 30, pitch: 60) })],
      timeSignatures: signatures, endTick: end)
  }

  @Test func `a grid begins anew with every bar`() throws {
    // Bars of 5/16 end between two quarter notes, and the next bar's lines are counted from there.
    let score = score(
      [10, 500, 590, 610, 1100], signatures: [TimeSignature(tick: 0, numerator: 5, denominator: 16)]
    )
    let quantised = try #require(score.quantised(toPartsOfWhole: 4))
    #expect(quantised.tracks[0].notes.map(\.onset) == [0, 480, 600, 1080])
    #expect(quantised.timeSignatures == score.timeSignatures)
  }

  @Test func `quantised notes lie on the nearest of all lines of the grid`() throws {
    try withEvery(seed: 0..<50) { generator in
      var score = randomScore(using: &generator)
      score.division = .ticksPerQuarter(96)
      let parts = [4, 8, 12, 16, 32].randomElement(using: &generator) ?? 4
      let step = 384 / parts
      score.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
      let once = try #require(score.quantised(toPartsOfWhole: parts))
      for (old, new) in zip(score.tracks, once.tracks) {
        let lines = Set(
          old.notes.map { note in
            // Half way between two lines the later one is taken.
            let (line, rest) = note.onset.quotientAndRemainder(dividingBy: step)
            return (line + (2 * rest >= step ? 1 : 0)) * step
          })
        try #require(Set(new.notes.map(\.onset)) == lines)
      }
      try #require(once.quantised(toPartsOfWhole: parts) == once)
    }
  }

  @Test func `ticks become finer where a grid lies between them`() throws {
    let score = score([5, 11], ticks: 16, end: 64)
    let quantised = try #require(score.quantised(toPartsOfWhole: 12))
    #expect(quantised.division == .ticksPerQuarter(48))
    #expect(quantised.tracks[0].notes.map(\.onset) == [16, 32])
    #expect(quantised.duration == score.duration)
  }

  @Test func `lyrics stay with their notes on a grid`() throws {
    var score = score([130])
    score.tracks[0].texts = [
      TextEvent(tick: 130, kind: .text, text: "remark"),
      TextEvent(tick: 130, kind: .lyric, text: "la"),
    ]
    let track = try #require(score.quantised(toPartsOfWhole: 16)).tracks[0]
    #expect(track.texts.map(\.tick) == [120, 130])
    #expect(track.notes[0].onset == 120)
  }

  @Test func `swung eighths are the first and the last of a triplet, and sixteenths go along`()
    throws
  {
    let swung = try #require(score([0, 120, 240, 360, 480, 720]).swung())
    #expect(swung.tracks[0].notes.map(\.onset) == [0, 160, 320, 400, 480, 800])
    let sixteenths = try #require(score([0, 120, 240]).swung(Swing(long: 3, short: 1, unit: 16)))
    #expect(sixteenths.tracks[0].notes.map(\.onset) == [0, 180, 240])
  }

  @Test func `dotted beats and what is left over in a bar stay straight`() throws {
    let six = score(
      [0, 240, 720], signatures: [TimeSignature(tick: 0, numerator: 6, denominator: 8)])
    #expect(try #require(six.swung()) == six)
    let seven = score(
      [240, 1200, 1440, 1680, 1920],
      signatures: [TimeSignature(tick: 0, numerator: 7, denominator: 8)])
    #expect(
      try #require(seven.swung()).tracks[0].notes.map(\.onset) == [320, 1280, 1440, 1680, 2000])
  }

  @Test func `swinging keeps the order and the number of all notes, and back again the ticks`()
    throws
  {
    try withEvery(seed: 0..<50) { generator in
      var score = randomScore(using: &generator)
      score.division = .ticksPerQuarter(480)
      score.timeSignatures = []
      let swung = try #require(score.swung(Swing(long: 3, short: 2)))
      try #require(swung.tracks.map(\.notes.count) == score.tracks.map(\.notes.count))
      for (old, new) in zip(score.tracks, swung.tracks) {
        for (before, after) in zip(old.notes, new.notes) {
          let phase = before.onset % 480
          let expected = phase <= 240 ? Double(phase) * 1.2 : 288 + Double(phase - 240) * 0.8
          try #require(
            abs(Double(after.onset % 480) - expected.truncatingRemainder(dividingBy: 480)) <= 0.5)
        }
      }
    }
  }

  @Test func `the grid and the beats of an upbeat are those of the end of a bar`() throws {
    func signatures(_ upbeat: Int) -> [TimeSignature] {
      [0, upbeat].map { TimeSignature(tick: $0, numerator: 4, denominator: 4) }
    }
    // Beats begin 220 and 700 ticks after the cut, then 480 ticks apart.
    let cut = score([230, 690, 1190], signatures: signatures(700))
    #expect(
      try #require(cut.quantised(toPartsOfWhole: 4)).tracks[0].notes.map(\.onset)
        == [220, 700, 1180])
    // Half a beat, and a whole one: what is struck in the middle of that comes later.
    let swung = score([0, 240, 480, 720, 960], signatures: signatures(720)).swung()
    #expect(try #require(swung).tracks[0].notes.map(\.onset) == [0, 240, 560, 720, 1040])
  }

  @Test func `a tempo is that of the first note, and changes keep their proportion`() throws {
    var score = score([960, 1440])
    score.tempos = [
      TempoChange(tick: 0, microsecondsPerQuarter: 300_000),
      TempoChange(tick: 480, microsecondsPerQuarter: 500_000),
      TempoChange(tick: 1440, microsecondsPerQuarter: 1_000_000),
    ]
    let slow = try #require(score.atTempo(96))
    #expect(slow.tempos.map(\.microsecondsPerQuarter) == [375_000, 625_000, 1_250_000])
    #expect(slow.tracks == score.tracks)
    // 120 quarter notes a minute hold where nothing is told.
    score.tempos = []
    #expect(try #require(score.atTempo(96)).tempos.map(\.microsecondsPerQuarter) == [625_000])
  }

  @Test func `time code has neither tempo nor bars`() {
    let score = Score(division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40), endTick: 10)
    #expect(score.atTempo(96) == nil && score.swung() == nil)
    #expect(score.quantised(toPartsOfWhole: 16) == nil)
  }

  private var ensemble: Score {
    let notes = [
      Note(onset: 0, duration: 10, pitch: 60), Note(onset: 100, duration: 10, pitch: 62),
    ]
    return Score(
      tracks: [
        Track(name: "untold", channel: 0, notes: notes),
        Track(
          name: "changing", channel: 1, notes: notes,
          messages: [
            TrackMessage(tick: 0, kind: .control(controller: 7, value: 90)),
            TrackMessage(tick: 0, kind: .program(0)), TrackMessage(tick: 50, kind: .program(5)),
          ]),
        Track(
          name: "drums", channel: 9, notes: notes,
          messages: [TrackMessage(tick: 0, kind: .program(0))]),
        Track(name: "told elsewhere", channel: 2, notes: notes),
        Track(name: "silent", channel: 2, messages: [TrackMessage(tick: 0, kind: .program(7))]),
      ], endTick: 110)
  }

  private func played(_ score: Score) -> [[UInt8]] {
    let programs = ChannelPrograms(score)
    return score.tracks.map { programs.programs(of: $0) }
  }

  @Test func `a program is replaced wherever it plays, told or not, but for drums`() {
    let score = ensemble.replacingPrograms([0: 40, 7: 41])
    #expect(played(score) == [[40], [40, 5], [0], [41], [41]])
    // What is not replaced stays as it was.
    #expect(ensemble.replacingPrograms([5: 6]).tracks[0] == ensemble.tracks[0])
    #expect(score.tracks[1].messages.first?.kind == .control(controller: 7, value: 90))
  }

  @Test func `one program plays all but the drums, or a chosen channel`() {
    #expect(played(ensemble.playing(24)) == [[24], [24], [0], [24], []])
    #expect(played(ensemble.playing(24) { $0.name == "changing" }) == [[0], [24], [0], [7], [7]])
    #expect(played(ensemble.playing(8) { $0.isDrums })[2] == [8])
  }

  @Test
  func
    `the one program is General MIDI's, whatever bank was chosen, but where banks say what drums are`()
  {
    let notes = [Note(onset: 0, duration: 10, pitch: 60)]
    // A variation of GS's, and the upper and the lower half of its bank.
    let messages = [
      TrackMessage(tick: 0, kind: .control(controller: 0, value: 8)),
      TrackMessage(tick: 0, kind: .control(controller: 32, value: 1)),
      TrackMessage(tick: 0, kind: .program(80)),
      TrackMessage(tick: 0, kind: .control(controller: 7, value: 90)),
    ]
    let varied = Score(
      tracks: [Track(channel: 0, notes: notes, messages: messages)], endTick: 10)
    #expect(
      Set(varied.playing(40).tracks[0].messages.map { $0.kind }) == [
        .control(controller: 7, value: 90), .program(40),
      ])
    // XG's channel 10 is melodic by its bank.
    var melodic = varied
    melodic.systemExclusives = [
      SystemExclusiveEvent(tick: 0, data: [0x43, 0x10, 0x4C, 0, 0, 0x7E, 0, 0xF7])
    ]
    melodic.tracks = [
      Track(channel: 9, notes: notes, messages: messages, isDrums: false)
    ]
    let kinds = melodic.playing(40).tracks[0].messages.map { $0.kind }
    #expect(kinds.contains(.control(controller: 0, value: 8)))
  }

  @Test
  func
    `a program that takes another's place is General MIDI's, and what is not replaced keeps its bank`()
  {
    func bank(_ upper: UInt8, _ lower: UInt8, at tick: Int) -> [TrackMessage] {
      [
        TrackMessage(tick: tick, kind: .control(controller: 0, value: upper)),
        TrackMessage(tick: tick, kind: .control(controller: 32, value: lower)),
      ]
    }
    func program(_ number: UInt8, at tick: Int) -> TrackMessage {
      TrackMessage(tick: tick, kind: .program(number))
    }
    // A variation of GS's, with which the piano is taken twice and something else between.
    let score = Score(
      tracks: [
        Track(
          notes: [Note(onset: 0, duration: 40, pitch: 60)],
          messages: bank(8, 1, at: 0) + [program(0, at: 0), program(5, at: 10), program(0, at: 20)])
      ], endTick: 40)
    let replaced: [[TrackMessage]] = [
      bank(8, 1, at: 0), bank(0, 0, at: 0), [program(40, at: 0)],
      bank(8, 1, at: 10), [program(5, at: 10)],
      bank(0, 0, at: 20), [program(40, at: 20)],
    ]
    #expect(score.replacingPrograms([0: 40]).tracks[0].messages == Array(replaced.joined()))
    #expect(score.replacingPrograms([7: 40]) == score)

    // A bank alone does not say a program; that of General MIDI 2's own programs stays.
    var untold = score
    untold.tracks[0].messages = bank(121, 2, at: 0)
    let told: [[TrackMessage]] = [
      bank(121, 2, at: 0), bank(121, 0, at: 0), [program(40, at: 0)],
    ]
    #expect(untold.replacingPrograms([0: 40]).tracks[0].messages == Array(told.joined()))

    // A reset forgets the bank.
    var reset = score
    reset.systemExclusives = [SystemExclusiveEvent(tick: 5, data: [0x7E, 0x7F, 9, 1, 0xF7])]
    reset.tracks[0].messages = bank(8, 1, at: 0) + [program(5, at: 0), program(0, at: 10)]
    let after = bank(8, 1, at: 0) + [program(5, at: 0), program(40, at: 10)]
    #expect(reset.replacingPrograms([0: 40]).tracks[0].messages == after)
  }

  @Test func `programs outlive a reset`() {
    var score = ensemble
    // General MIDI on, before everything and between the notes.
    score.systemExclusives = [0, 60].map {
      SystemExclusiveEvent(tick: $0, data: [0x7E, 0x7F, 9, 1, 0xF7])
    }
    #expect(played(score.playing(24)) == [[24], [24], [0], [24], []])
    #expect(played(score.replacingPrograms([0: 40])) == [[40], [40], [0], [7, 40], [7]])
    let written = Score(score.playing(24).midiFile())
    #expect(played(written)[1] == [24])
  }

  @Test func `a track alone has its channel's messages, and the piece's tempo and texts`() {
    var score = ensemble
    score.tempos = [TempoChange(tick: 0, microsecondsPerQuarter: 400_000)]
    score.texts = [TextEvent(tick: 0, kind: .marker, text: "A")]
    score.tracks[4].port = 0
    let alone = score.separated(track: 3)
    #expect(alone.tracks.map(\.name) == ["told elsewhere"])
    #expect(alone.tracks[0].messages == score.tracks[4].messages)
    #expect(alone.tracks[0].notes == score.tracks[3].notes)
    #expect(alone.tempos == score.tempos && alone.texts == score.texts)
    #expect(alone.endTick == score.endTick)
  }

  @Test func `a program is told once for each note at most, however often a port is reset`() {
    let tracks = (0..<200).map { index in
      Track(
        channel: UInt8(index % 16), notes: [Note(onset: 3_000, duration: 10, pitch: 60)],
        port: UInt8(index / 16), isDrums: false)
    }
    let resets = (0..<200).map {
      SystemExclusiveEvent(tick: 10 * $0, data: [0x7E, 0x7F, 9, 1, 0xF7])
    }
    let score = Score(tracks: tracks, systemExclusives: resets, endTick: 3_010)
    for told in [score.playing(24), score.replacingPrograms([0: 24])] {
      #expect(told.tracks.map(\.messages.count) == [Int](repeating: 1, count: 200))
      #expect(played(told) == [[UInt8]](repeating: [24], count: 200))
    }
  }

  @Test func `ticks become no finer where a piece lasts for years`() throws {
    // A file bridges long gaps by empty events, which finer ticks would multiply.
    let far = score([1 << 48], ticks: 1, end: 1 << 49)
    #expect(try #require(far.quantised(toPartsOfWhole: 127)).division == .ticksPerQuarter(1))
    #expect(try #require(far.swung()).division == .ticksPerQuarter(1))
  }

  @Test func `a pressure on a key that is moved keeps its place among what is sent`() {
    let pressures = [UInt32(0), 1].map {
      TrackMessage(
        tick: 0, kind: .polyphonicPressure(pitch: 60, pressure: UInt8(10 + $0)), order: $0)
    }
    let reset = SystemExclusiveEvent(tick: 0, data: [0x7E, 0x7F, 9, 1, 0xF7], order: 1)
    let score = Score(
      tracks: [Track(messages: pressures)], systemExclusives: [reset], endTick: 10)
    let moved = score.transposed(by: 2).tracks[0].messages
    #expect(moved.map(\.order) == [0, 1])
    #expect(moved.map(\.kind) == [10, 11].map { .polyphonicPressure(pitch: 62, pressure: $0) })
  }
}
