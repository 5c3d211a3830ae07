import Music
import MusicXML
import StandardMIDIFile
import TestSupport
import Testing

/// The same random numbers in each run: a linear congruential generator.
///
/// Reference: Knuth, "The Art of Computer Programming", volume 2, section 3.3.4, MMIX.
private struct Sequence: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 32
  }
}

/// Scores that are written as MusicXML.
struct NotationWritingTests {
  /// A score as it is after it was written and read.
  func again(_ score: Score) throws -> Score {
    try Score(PartwiseScore(bytes: score.written().bytes()))
  }

  /// The notes of all tracks, in quarter notes.
  func notes(_ score: Score) -> [[Double]] {
    guard case .ticksPerQuarter(let ticks) = score.division else { return [] }
    return score.tracks.flatMap { track in
      track.notes.map {
        [
          track.isDrums ? 1 : 0, Double($0.onset) / Double(ticks), Double($0.pitch),
          Double($0.duration) / Double(ticks), Double($0.velocity),
        ]
      }
    }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  func items(_ score: Score, part: Int = 0) throws -> [[PartwiseScore.Item]] {
    try score.written().parts[part].measures.map(\.items)
  }

  /// The written notes of a part, without rests.
  func written(_ score: Score, part: Int = 0) throws -> [PartwiseScore.Note] {
    try items(score, part: part).joined().compactMap {
      if case .note(let note) = $0, !note.isRest { note } else { nil }
    }
  }

  func score(_ notes: [Note], metre: (Int, Int) = (4, 4), program: UInt8 = 73) -> Score {
    Score(
      tracks: [
        Track(notes: notes, messages: [TrackMessage(tick: 0, kind: .program(program))])
      ],
      timeSignatures: [TimeSignature(tick: 0, numerator: metre.0, denominator: metre.1)],
      keySignatures: [KeySignature(tick: 0, sharps: 0, isMinor: false)]
    ).sorted()
  }

  @Test func `music on any grid is read back as it was`() throws {
    var random = Sequence(state: 7)
    for trial in 0..<18 {
      let grid = [480, 240, 120, 160, 80, 60, 20, 1, 96][trial % 9]
      var tracks: [Track] = []
      for channel in 0..<3 {
        var notes: [Note] = []
        for _ in 0..<40 {
          let onset = Int.random(in: 0..<(7680 / grid), using: &random) * grid
          let duration = Int.random(in: 1...max(2400 / grid, 1), using: &random) * grid
          notes.append(
            Note(
              onset: onset, duration: duration,
              pitch: UInt8.random(in: (channel == 2 ? 35 : 12)...119, using: &random),
              velocity: UInt8.random(in: 1...127, using: &random)))
        }
        tracks.append(
          Track(
            channel: channel == 2 ? 9 : UInt8(channel), notes: notes,
            messages: [TrackMessage(tick: 0, kind: .program(channel == 0 ? 0 : 40))]))
      }
      let score = Score(
        tracks: tracks,
        timeSignatures: [
          TimeSignature(
            tick: 0, numerator: [4, 3, 6, 7, 5][trial % 5], denominator: trial % 5 < 2 ? 4 : 8)
        ]
        // Of one pitch that sounds several times at once either end could be either note's.
      ).sorted().removingOverlaps()
      #expect(notes(try again(score)) == notes(score), "grid of \(grid) ticks")
    }
  }

  @Test func `tempo, metre, key, program and title are read back as they were`() throws {
    var score = score([
      Note(onset: 0, duration: 480, pitch: 60), Note(onset: 5000, duration: 7000, pitch: 62),
    ])
    score.title = "Title"
    score.tempos = [
      TempoChange(tick: 0, microsecondsPerQuarter: 612_345),
      TempoChange(tick: 777, microsecondsPerQuarter: 16_000_001),
    ]
    score.timeSignatures.append(TimeSignature(tick: 3840, numerator: 6, denominator: 8))
    score.keySignatures.append(KeySignature(tick: 3840, sharps: -4, isMinor: true))
    let again = try again(score)
    #expect(again.title == "Title")
    #expect(again.tempos == score.tempos)
    #expect(again.timeSignatures == score.timeSignatures)
    #expect(again.keySignatures == score.keySignatures)
    #expect(again.tracks[0].programs.map(\.program) == [73])
    #expect(again.tracks[0].name == "Flute")
  }

  @Test
  func
    `what a track without notes tells a part's channel is kept, as it holds when the part begins`()
    throws
  {
    func control(_ tick: Int, _ controller: UInt8, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: tick, kind: .control(controller: controller, value: value))
    }
    let setup = Track(
      name: "Setup", channel: 3,
      messages: [
        TrackMessage(tick: 0, kind: .program(40)), control(0, 7, 0), control(0, 7, 90),
        control(5, 7, 77), control(6, 10, 20), control(960, 7, 10),
      ])
    let score = Score(
      tracks: [setup, Track(channel: 3, notes: [Note(onset: 480, duration: 960, pitch: 60)])]
    ).sorted()
    #expect(
      try again(score).tracks.map(\.messages) == [
        [TrackMessage(tick: 0, kind: .program(40)), control(0, 7, 77), control(0, 10, 20)]
      ])
  }

  @Test func `a pedal that is lifted behind the last bar is lifted at its end`() throws {
    func pedal(_ tick: Int, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: tick, kind: .control(controller: 64, value: value))
    }
    var score = score([Note(onset: 0, duration: 1920, pitch: 60)])
    score.tracks[0].messages += [pedal(480, 127), pedal(2000, 0), pedal(2100, 127)]
    let pedals = try again(score).tracks[0].messages.filter {
      if case .control(64, _) = $0.kind { true } else { false }
    }
    #expect(pedals == [pedal(480, 127), pedal(1920, 0)])
  }

  @Test func `pedals that overlap are read back as they were pressed and lifted`() throws {
    func pedal(_ tick: Int, _ controller: UInt8, _ value: UInt8) -> TrackMessage {
      TrackMessage(tick: tick, kind: .control(controller: controller, value: value))
    }
    var score = score([Note(onset: 0, duration: 1920, pitch: 60)])
    let pedals = [
      pedal(1, 66, 127), pedal(480, 64, 127), pedal(720, 66, 0), pedal(960, 64, 0),
      pedal(1201, 66, 127), pedal(1440, 66, 0),
    ]
    score.tracks[0].messages += pedals
    let messages = try again(score).tracks[0].messages
    #expect(messages == [TrackMessage(tick: 0, kind: .program(73))] + pedals)
  }

  @Test func `a short first bar is a pickup`() throws {
    var score = score([
      Note(onset: 0, duration: 480, pitch: 60), Note(onset: 480, duration: 1920, pitch: 62),
    ])
    score.timeSignatures = [
      TimeSignature(tick: 0, numerator: 1, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    let measures = try score.written().parts[0].measures
    #expect(measures.map(\.number) == ["0", "1"])
    #expect(measures.map(\.isImplicit) == [true, false])
    #expect(try again(score).timeSignatures == score.timeSignatures)
  }

  @Test func `a note over a bar line is two that are tied`() throws {
    let notes = try written(score([Note(onset: 960, duration: 1440, pitch: 60)]))
    #expect(notes.map(\.duration) == [2 * PartwiseScore.quarter, PartwiseScore.quarter])
    #expect(notes.map(\.startsTie) == [true, false])
    #expect(notes.map(\.endsTie) == [false, true])
  }

  @Test func `triplets are found and bracketed`() throws {
    let notes = try written(
      score((0..<3).map { Note(onset: $0 * 160, duration: 160, pitch: 60) }))
    let triplet = NoteValue(denominator: 8, actualNotes: 3, normalNotes: 2)
    #expect(notes.map(\.value) == [triplet, triplet, triplet])
    #expect(notes.map(\.startsTuplet) == [true, false, false])
    #expect(notes.map(\.endsTuplet) == [false, false, true])
    let slow = try written(
      score((0..<3).map { Note(onset: $0 * 320, duration: 320, pitch: 60) }))
    #expect(slow.map { $0.value?.denominator } == [4, 4, 4])
  }

  @Test func `values show the beats`() throws {
    // Quarters off the beat in 4/4; a dotted quarter, and what crosses the middle of 6/8.
    let offBeat = try written(
      score([
        Note(onset: 240, duration: 480, pitch: 60), Note(onset: 720, duration: 480, pitch: 62),
      ]))
    #expect(offBeat.map { $0.value?.denominator } == [4, 8, 8])
    let compound = try written(
      score(
        [Note(onset: 0, duration: 720, pitch: 60), Note(onset: 720, duration: 720, pitch: 62)],
        metre: (6, 8)))
    #expect(
      compound.map { $0.value } == Array(repeating: NoteValue(denominator: 4, dots: 1), count: 2))
    let across = try written(score([Note(onset: 480, duration: 480, pitch: 60)], metre: (6, 8)))
    #expect(across.map { $0.value?.denominator } == [8, 8])
    let long = try written(score([Note(onset: 0, duration: 1440, pitch: 60)]))
    #expect(long.map(\.value) == [NoteValue(denominator: 2, dots: 1)])
  }

  @Test(arguments: [
    // The scale of E flat minor, that of F sharp major, and a chromatic step in C.
    (-6, [63, 65, 66, 68, 70, 71, 73], "EFGABCD", [-1, 0, -1, -1, -1, -1, -1]),
    (6, [66, 68, 70, 71, 73, 75, 77], "FGABCDE", [1, 1, 1, 0, 1, 1, 1]),
    (0, [67, 66, 67, 60, 64], "GFGCE", [0, 1, 0, 0, 0]),
  ])
  func `pitches are spelt by their key`(
    sharps: Int, pitches: [UInt8], letters: String, alters: [Int]
  ) throws {
    var score = score(
      pitches.enumerated().map { Note(onset: $0.offset * 480, duration: 480, pitch: $0.element) })
    score.keySignatures = [KeySignature(tick: 0, sharps: sharps, isMinor: false)]
    let spelt = try written(score).compactMap {
      if case .pitch(let pitch) = $0.content { pitch } else { nil }
    }
    #expect(spelt.map(\.step.letter).joined() == letters)
    #expect(spelt.map(\.alter) == alters)
    #expect(spelt.map(\.number) == pitches.map { Int($0) })
  }

  @Test func `where no key is told the one that is heard is written`() throws {
    // By the profiles of Krumhansl and Kessler the tune in D major is in A major.
    let major: [UInt8] = [62, 69, 69, 66, 64, 69, 67, 64, 69, 71, 69, 73, 74, 69, 66, 62]
    let minor: [UInt8] = [63, 65, 66, 68, 70, 71, 74, 75, 70, 66, 63]
    for (pitches, shift, sharps, isMinor) in [
      (major, 0, 2, false), (major, 1, -3, false), (major, 4, 6, false), (minor, 0, -6, true),
      (minor, 6, 0, true),
    ] as [([UInt8], UInt8, Int, Bool)] {
      var score = score(
        pitches.enumerated().map {
          Note(onset: $0.offset * 480, duration: 480, pitch: $0.element + shift)
        })
      score.keySignatures = []
      let written = KeySignature(tick: 0, sharps: sharps, isMinor: isMinor)
      #expect(try again(score).keySignatures == [written])
      #expect(KeyPlan(score)?.key == written.key)
    }
  }

  @Test func `a piano is written on two staves, a hand on each`() throws {
    let score = score(
      (0..<8).flatMap { beat in
        [
          Note(onset: beat * 480, duration: 480, pitch: 72),
          Note(onset: beat * 480, duration: 480, pitch: 76),
          Note(onset: beat * 480, duration: 480, pitch: 43),
          Note(onset: beat * 480, duration: 480, pitch: 48),
        ]
      }, program: 0)
    for note in try written(score) {
      guard case .pitch(let pitch) = note.content else { continue }
      #expect(note.staff == (pitch.number > 60 ? 1 : 2))
    }
  }

  @Test func `a track of notes within others of their pitch is no hand`() throws {
    // What a score in MusicXML is read as, where one voice holds what another strikes.
    var chords = [Note(onset: 0, duration: 1920, pitch: 50)]
    for beat in 0..<4 {
      for pitch in [43, 72, 76] as [UInt8] {
        chords.append(Note(onset: beat * 480, duration: 480, pitch: pitch))
      }
    }
    var piano = score(chords, program: 0)
    piano.tracks.append(Track(notes: [Note(onset: 480, duration: 240, pitch: 50)]))
    let notes = try written(piano)
    #expect(Set(notes.map(\.staff)) == [1, 2])
    for note in notes {
      guard case .pitch(let pitch) = note.content else { continue }
      #expect(note.staff == (pitch.number > 60 ? 1 : 2))
    }
  }

  @Test func `what sounds together in other rhythms is in other voices`() throws {
    let notes = try written(
      score([
        Note(onset: 0, duration: 1920, pitch: 60), Note(onset: 0, duration: 480, pitch: 72),
        Note(onset: 480, duration: 480, pitch: 74), Note(onset: 960, duration: 960, pitch: 76),
      ]))
    #expect(Dictionary(grouping: notes, by: \.voice).mapValues(\.count) == [1: 3, 2: 1])
  }

  @Test func `a line that leaps is one voice`() throws {
    let pitches: [UInt8] = [72, 60, 79, 62, 84, 60]
    let notes = try written(
      score(
        pitches.enumerated().map { Note(onset: $0.offset * 240, duration: 240, pitch: $0.element) })
    )
    #expect(notes.allSatisfy { $0.voice == 1 })
  }

  @Test func `each voice fills its measure`() throws {
    for item in try items(
      score((0..<30).map { Note(onset: $0 * 130, duration: 500, pitch: UInt8(50 + $0)) }))
    {
      var place = 0
      for item in item {
        switch item {
        case .note(let note) where !note.isChord: place += note.duration
        case .forward(let length): place += length
        case .backup(let length):
          #expect(place == 4 * PartwiseScore.quarter)
          place -= length
        default: break
        }
      }
      #expect(place == 4 * PartwiseScore.quarter)
    }
  }

  @Test func `a score of nothing is a measure of rest`() throws {
    let written = try Score().written()
    #expect(written.parts.map(\.measures.count) == [1])
    #expect(try again(Score()).tracks.allSatisfy(\.notes.isEmpty))
  }

  @Test func `more measures than are read are refused`() {
    let last = 480 * 4 * 20_000
    let tracks = (0..<60).map { (number: Int) -> Track in
      let note = Note(onset: number == 0 ? last : 0, duration: 480, pitch: 60)
      return Track(
        name: "\(number)", channel: UInt8(number % 9), notes: [note], port: UInt8(number / 9))
    }
    #expect(throws: MusicXMLError(.tooMuch("1000000 measures in all parts"))) {
      try Score(tracks: tracks).sorted().written()
    }
  }

  @Test func `more parts than are read are refused`() {
    let tracks = (0...500).map { (number: Int) -> Track in
      Track(
        channel: UInt8(number % 9), notes: [Note(onset: 0, duration: 480, pitch: 60)],
        port: UInt8(number / 9))
    }
    #expect(throws: MusicXMLError(.tooMuch("500 parts"))) { try Score(tracks: tracks).written() }
  }

  @Test func `notes that are held over very many others are refused before they are written`() {
    let end = 255 * 4 * 480
    let notes = (0..<8000).map { (number: Int) -> Note in
      Note(onset: number * 30, duration: end - number * 30, pitch: UInt8(number % 128))
    }
    #expect(throws: MusicXMLError(.tooMuch("612000 notes to write, with their ties"))) {
      try score(notes, metre: (255, 1)).written()
    }
  }

  @Test(arguments: [-7, 0, 7])
  func `the lowest and the highest pitches are read back in any key`(sharps: Int) throws {
    let pitches: [UInt8] = [0, 127, 0, 11, 12, 120, 0, 1]
    var score = score(
      pitches.enumerated().map { Note(onset: $0.offset * 480, duration: 480, pitch: $0.element) })
    score.keySignatures = [KeySignature(tick: 0, sharps: sharps, isMinor: false)]
    #expect(notes(try again(score)) == notes(score))
  }

  @Test func `years of silence are refused`() {
    let far = score([Note(onset: 1 << 40, duration: 1, pitch: 60)])
    #expect(throws: MusicXMLError.self) { try far.written() }
    #expect(throws: MusicXMLError.self) {
      try score([Note(onset: 1_000_000_000, duration: 480, pitch: 60)]).written()
    }
  }
}
