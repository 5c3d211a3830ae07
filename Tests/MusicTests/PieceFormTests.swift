import Music
import StandardMIDIFile
import TestSupport
import Testing

/// Pieces whose keys, chords and sections are known by how they are made.
struct PieceFormTests {
  /// Block chords under their tones one by one, each chord half a bar of 4/4.
  private func piece(chords: [[Int]]) -> Score {
    var upper: [Note] = []
    var lower: [Note] = []
    for (half, chord) in chords.enumerated() {
      for (index, tone) in chord.enumerated() {
        let pitch = index == 0 ? 36 + tone : 48 + tone
        lower.append(Note(onset: 960 * half, duration: 960, pitch: UInt8(pitch)))
      }
      let length = 960 / chord.count
      for (index, tone) in chord.enumerated() {
        upper.append(
          Note(onset: 960 * half + length * index, duration: length, pitch: UInt8(72 + tone)))
      }
    }
    return Score(
      tracks: [Track(notes: upper), Track(channel: 1, notes: lower)], endTick: 960 * chords.count
    ).sorted()
  }

  private func form(_ score: Score) throws -> PieceForm { try #require(PieceForm(score)) }

  private static let c = [0, 4, 7]
  private static let f = [5, 9, 0]
  private static let dm = [2, 5, 9]
  private static let g7 = [7, 11, 2, 5]
  private static let am = [9, 0, 4]

  @Test func `chords are named, one or two a bar`() throws {
    let score = piece(chords: [
      Self.c, Self.c, Self.f, Self.c, Self.dm, Self.g7, Self.c, Self.c, Self.am, Self.am, Self.f,
      Self.g7, Self.c, Self.c,
    ])
    let form = try form(score)
    #expect(form.keys.key?.description == "C major")
    #expect(form.keys.stretches.map(\.count) == [7])
    let names = form.chords.bars.map { $0.chords.map { $0.chord.name(in: form.keys.key) } }
    #expect(names == [["C"], ["F", "C"], ["Dm", "G7"], ["C"], ["Am"], ["F", "G7"], ["C"]])
    #expect(form.chords.bars[1].chords.map(\.beat) == [0, 2])
    #expect(form.chords.bars[1].chords.map(\.tick) == [1920, 2880])
  }

  @Test(arguments: Chord.Quality.allCases)
  func `every kind of chord that sounds for long is told from the others`(quality: Chord.Quality)
    throws
  {
    for root in [0, 5, 10] {
      let chord = Chord(root: root, quality: quality)
      // The tones of an augmented chord alone do not tell its root: the bass does.
      let found = try form(piece(chords: Array(repeating: chord.pitchClasses, count: 8)))
      #expect(
        found.chords.bars.flatMap(\.chords).map(\.chord) == [Chord](repeating: chord, count: 4))
    }
  }

  @Test func `chords and keys follow a piece that is transposed`() throws {
    let progression = [Self.c, Self.f, Self.dm, Self.g7, Self.c, Self.am, Self.g7, Self.c]
    let plain = try form(piece(chords: progression))
    for steps in 1..<12 {
      let moved = progression.map { $0.map { ($0 + steps) % 12 } }
      let found = try form(piece(chords: moved))
      #expect(found.keys.key == Key(tonic: steps, isMinor: false))
      #expect(
        found.chords.bars.flatMap(\.chords).map(\.chord)
          == plain.chords.bars.flatMap(\.chords).map {
            Chord(root: ($0.chord.root + steps) % 12, quality: $0.chord.quality)
          })
    }
  }

  @Test func `chords are spelt as the key is`() {
    let chord = Chord(root: 8, quality: .minor)
    #expect(chord.name(in: Key(tonic: 4, isMinor: false)) == "G#m")
    #expect(chord.name(in: Key(tonic: 1, isMinor: false)) == "Abm")
    #expect(chord.name(in: Key(tonic: 5, isMinor: true)) == "Abm")
    // The six flats of Eb minor, the six sharps of F# major.
    #expect(chord.name(in: Key(tonic: 3, isMinor: true)) == "Abm")
    #expect(chord.name(in: Key(tonic: 6, isMinor: false)) == "G#m")
    #expect(Chord(root: 10, quality: .dominantSeventh).name(in: nil) == "Bb7")
  }

  @Test func `a change of key is found where it is`() throws {
    let tonic = [Self.c, Self.f, Self.g7, Self.c, Self.dm, Self.g7, Self.c, Self.c]
    let sharp = tonic.map { $0.map { ($0 + 9) % 12 } }
    let found = try form(piece(chords: tonic + tonic + sharp + sharp + tonic + tonic))
    #expect(found.keys.stretches.map(\.key.description) == ["C major", "A major", "C major"])
    for (stretch, bar) in zip(found.keys.stretches, [0, 8, 16]) {
      #expect(abs(stretch.bar - bar) <= 1)
    }
    #expect(found.keys.key?.description == "C major")
    #expect(found.keys.key(inBar: 12)?.description == "A major")
  }

  /// A piece of 4/4 in which each letter stands for a phrase of four bars of random notes.
  ///
  /// - Parameter changes: how many notes of each repetition are other ones.
  private func tune(_ letters: String, changes: Int = 0, before: Int = 0) -> Score {
    var notes: [Note] = []
    var seen: Set<Character> = []
    for (place, letter) in letters.enumerated() {
      var random = SeededGenerator(seed: UInt64(letter.asciiValue ?? 0))
      let isAgain = !seen.insert(letter).inserted
      for step in 0..<32 {
        var pitch = UInt8.random(in: 60...80, using: &random)
        if isAgain && step < changes { pitch = 90 }
        notes.append(
          Note(onset: before + 7680 * place + 240 * step, duration: 240, pitch: pitch))
      }
    }
    if before > 0 { notes.insert(Note(onset: before - 480, duration: 480, pitch: 59), at: 0) }
    return Score(tracks: [Track(notes: notes)], endTick: before + 7680 * letters.count)
  }

  @Test(
    arguments: [
      ("AABA", "A A B A", [4, 4, 4, 4]), ("ABAB", "A A", [8, 8]), ("ABACABA", "A B A C A B A", nil),
      ("AABBCC", "A A B B C C", nil), ("ABCABCDE", "A A B", [12, 12, 8]),
      ("XABAB", "A B B", [4, 8, 8]), ("ABCD", "A", [16]), ("A", "A", [4]),
    ] as [(String, String, [Int]?)])
  func `phrases that come again have the same letter`(letters: String, names: String, bars: [Int]?)
    throws
  {
    let found = try form(tune(letters)).sections
    #expect(found.list.map(\.name).joined(separator: " ") == names)
    if let bars { #expect(found.list.map(\.count) == bars) }
    #expect(found.list.reduce(0) { $0 + $1.count } == 4 * letters.count)
  }

  @Test func `a repetition with other notes is varied, and one with too many is other music`()
    throws
  {
    #expect(try form(tune("AABA", changes: 4)).sections.list.map(\.name) == ["A", "A'", "B", "A'"])
    #expect(try form(tune("AAAA", changes: 32)).sections.list.map(\.name) == ["A", "B", "B", "B"])
  }

  @Test func `sections begin behind a pickup`() throws {
    let found = try form(tune("AABA", before: 1920)).sections
    #expect(found.list.map(\.name) == ["A", "A", "B", "A"])
    #expect(found.list.map(\.bar) == [1, 5, 9, 13])
  }

  @Test(arguments: [1, 4])
  func `sections begin behind a pickup that is a short bar of its own`(beats: Int) throws {
    // As 1/4 before 4/4, or as a 4/4 that is told again after one quarter note.
    var score = tune("AABA", before: 480)
    score.timeSignatures = [
      TimeSignature(tick: 0, numerator: beats, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    let found = try form(score).sections
    #expect(found.list.map(\.name) == ["A", "A", "B", "A"])
    #expect(found.list.map(\.bar) == [1, 5, 9, 13])
  }

  /// A tune behind an upbeat of one beat that its file does not tell, with a chord on each bar line.
  private func upbeatTune() -> Score {
    var score = tune("AABA", before: 480)
    score.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
    let chords = (0..<48).map { index in
      Note(
        onset: 480 + 1920 * (index / 3), duration: 1920, pitch: UInt8([48, 52, 55][index % 3]))
    }
    score.tracks.append(Track(channel: 1, notes: chords))
    return score
  }

  @Test func `an upbeat that no metre tells is heard by what is struck on the bar lines`() throws {
    let found = try form(upbeatTune())
    #expect(found.untoldUpbeat == 1)
    #expect(found.sections.list.map(\.name) == ["A", "A", "B", "A"])
    #expect(found.sections.list.map(\.bar) == [1, 5, 9, 13])
    #expect(found.chords.bars.map(\.bar) == Array(0...16))
  }

  @Test func `keys that are asked for alone are those of the form, behind an upbeat too`() throws {
    // The last bar is as much shorter as the upbeat is long: counted from the upbeat on there is a bar less.
    let score = upbeatTune().trimmed(to: 0..<16 * 1920)
    let found = try form(score)
    #expect(found.untoldUpbeat == 1)
    #expect(found.chords.bars.count == 17)
    #expect(KeyPlan(score) == found.keys)
  }

  @Test func `keys that are asked for alone are those of the form in any music`() throws {
    try withEvery(seed: 0..<50) { generator in
      var score = Score(timeSignatures: [TimeSignature(tick: 0, numerator: 4, denominator: 4)])
      for channel: UInt8 in [0, 1, 9] {
        let notes = (0..<60).map { index in
          Note(
            onset: 240 * index + Int.random(in: 0..<300, using: &generator),
            duration: Int.random(in: 0..<2_000, using: &generator),
            pitch: UInt8.random(in: 40...80, using: &generator))
        }
        score.tracks.append(Track(channel: channel, notes: notes))
      }
      score = score.sorted()
      try #require(KeyPlan(score) == PieceForm(score)?.keys)
    }
  }

  @Test func `bars begin where the file has them where it tells, or nothing else is sure`() throws {
    // Without chords all beats weigh alike.
    var score = upbeatTune()
    score.tracks.removeLast()
    #expect(try form(score).untoldUpbeat == 0)
    // Nothing says that these are bars of 4/4.
    score = upbeatTune()
    score.timeSignatures = []
    #expect(try form(score).untoldUpbeat == 0)
    // The upbeat is told.
    score.timeSignatures = [
      TimeSignature(tick: 0, numerator: 1, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    #expect(try form(score).untoldUpbeat == 0)
    #expect(try form(score).sections.list.map(\.bar) == [1, 5, 9, 13])
  }

  @Test func `sections after Z have a number`() throws {
    // Each letter comes again once, never behind the same one.
    let letters = (0..<30).map { Character(UnicodeScalar(UInt8(48 + $0))) }
    let names = try form(tune(String(letters + letters.reversed()))).sections.list.map(\.name)
    #expect(names.count == 60)
    #expect(Array(names[25..<28]) == ["Z", "A2", "B2"])
  }

  @Test func `drums have sections, and neither chords nor a key`() throws {
    var score = tune("AABA")
    score.tracks[0].channel = 9
    let found = try form(score)
    #expect(found.keys.key == nil)
    #expect(found.chords.bars.count == 16)
    #expect(found.chords.bars.flatMap(\.chords).isEmpty)
    #expect(found.sections.list.map(\.name) == ["A", "A", "B", "A"])
  }

  @Test func `silence, one note, odd metres and time code do no harm`() throws {
    #expect(PieceForm(Score(division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40))) == nil)
    let silence = try form(Score())
    #expect(silence.keys.key == nil && silence.chords.bars.isEmpty && silence.sections.list.isEmpty)
    for duration in [0, 1, 480, 1 << 40] {
      for (numerator, denominator) in [(4, 4), (1, 128), (255, 1), (7, 8), (15, 16)] {
        let score = Score(
          division: .ticksPerQuarter(7),
          tracks: [Track(notes: [Note(onset: 5, duration: duration, pitch: 64)])],
          timeSignatures: [
            TimeSignature(tick: 0, numerator: numerator, denominator: denominator),
            TimeSignature(tick: 6, numerator: 5, denominator: 8),
          ], endTick: 5 + duration)
        let found = try form(score)
        #expect(found.sections.list.map(\.name) == ["A"])
        #expect((found.keys.key != nil) == (duration > 0))
      }
    }
  }

  @Test func `of a piece of a million bars the first are looked at, whatever its notes last`()
    throws
  {
    let bars = 1_000_000
    let notes = (0..<20_000).map {
      Note(onset: $0 * 50 * 1920, duration: (bars - $0 * 50) * 1920, pitch: UInt8(40 + $0 % 40))
    }
    let found = try form(Score(tracks: [Track(notes: notes)], endTick: bars * 1920))
    #expect(found.isCutShort)
    #expect(found.chords.bars.count == PieceForm.mostBars)
    #expect(found.sections.list.reduce(0) { $0 + $1.count } <= PieceForm.mostBars)
  }
}
