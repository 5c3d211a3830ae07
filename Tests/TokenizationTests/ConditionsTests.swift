import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

struct ConditionsTests {
  /// Four quarter notes of each pitch, one after the other.
  static func score(
    pitches: [UInt8], program: UInt8 = 0, tempo: Int = 500_000, metre: (Int, Int)? = (3, 4)
  ) -> Score {
    let notes = pitches.enumerated().map {
      Note(onset: $0 * 480, duration: 480, pitch: $1)
    }
    return Score(
      tracks: [
        Track(notes: notes, messages: [TrackMessage(tick: 0, kind: .program(program))])
      ],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: tempo)],
      timeSignatures: metre.map {
        [TimeSignature(tick: 0, numerator: $0.0, denominator: $0.1)]
      } ?? [],
      endTick: notes.count * 480)
  }

  static let dMinor: [UInt8] = [62, 65, 69, 62, 65, 69, 64, 67, 62, 60, 61, 62]

  static func pieces() -> [PieceAttributes] {
    var jig = PieceAttributes(score(pitches: dMinor))
    jig.style = "jig"
    var reel = PieceAttributes(score(pitches: [60, 64, 67], program: 40, metre: (2, 4)))
    reel.style = "reel"
    return [reel, jig, jig]
  }

  static func vocabulary(_ kinds: [ConditionKind] = ConditionKind.allCases) throws
    -> ConditionedVocabulary
  {
    try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions(kinds, of: pieces()))
  }

  @Test func `keys are told as musicians spell them, and stored as ever`() throws {
    let vocabulary = try Self.vocabulary([.key])
    let names = vocabulary.conditions.values(of: .key)
    #expect(names.count == 24 && names[1] == "Db-major")
    #expect(names[13] == "C#-minor" && names[20] == "G#-minor")
    // As files have them since there are keys, so that every model is read by every musegen.
    let stored = vocabulary.conditions.slots[0].values
    #expect(stored[13] == "Db-minor" && stored[20] == "Ab-minor")
    let json = try JSONEncoder().encode(vocabulary.configuration)
    #expect(String(decoding: json, as: UTF8.self).contains("Ab-minor"))
    #expect(
      try JSONDecoder().decode(VocabularyConfiguration.self, from: json)
        == vocabulary.configuration)
    for tonic in [1, 8] {
      var piece = PieceAttributes()
      piece.key = Key(tonic: tonic, isMinor: true)
      let told = vocabulary.given(telling: piece).map(vocabulary.name(of:))
      #expect(told == ["key \(tonic == 1 ? "C#" : "G#")-minor"])
    }
  }

  // MARK: What a score tells

  @Test func `a score tells its key, metre, tempo, density and instruments`() {
    let attributes = PieceAttributes(Self.score(pitches: Self.dMinor, program: 41))
    #expect(attributes.key == Key(tonic: 2, isMinor: true))
    #expect(attributes.metre == PieceAttributes.Metre(numerator: 3, denominator: 4))
    #expect(attributes.tempo == 120)
    #expect(attributes.density == 2)
    #expect(attributes.instruments == [.strings])
    #expect(attributes.style == nil)
    let slow = attributes.stretched(by: 2)
    #expect(slow.tempo == 60 && slow.density == 1 && slow.key == attributes.key)
  }

  @Test func `what a file does not tell is not known`() {
    var score = Self.score(pitches: [60], metre: nil)
    score.tempos = []
    let attributes = PieceAttributes(score)
    #expect(attributes.metre == nil && attributes.tempo == nil && attributes.density == 2)
    #expect(PieceAttributes(Score()).isEmpty)
    let timed = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40), tracks: score.tracks,
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 400_000)], endTick: 480)
    #expect(PieceAttributes(timed).tempo == nil && PieceAttributes(timed).metre == nil)
  }

  @Test func `of several metres the one that holds longest is told, drums have no key`() {
    var score = Self.score(pitches: Self.dMinor, metre: (1, 4))
    score.timeSignatures.append(TimeSignature(tick: 480, numerator: 6, denominator: 8))
    score.tracks[0].channel = 9
    let attributes = PieceAttributes(score)
    #expect(attributes.metre?.description == "6/8")
    #expect(attributes.key == nil && attributes.instruments == [.drums])
  }

  @Test func `of notes that a vocabulary has no tokens for nothing is told`() throws {
    // Two notes a second, and beside them eight drums.
    var score = Self.score(pitches: Self.dMinor)
    let drums = (0..<48).map { Note(onset: $0 * 120, duration: 60, pitch: 36) }
    score.tracks.append(Track(channel: 9, notes: drums))
    func told(
      _ configuration: VocabularyConfiguration, density: Double
    ) throws -> PieceAttributes {
      let told = PieceAttributes(score, toldIn: try configuration.makeVocabulary())
      #expect(abs((told.density ?? 0) - density) < 1e-9)
      return told
    }
    var (performance, roll) = (
      PerformanceVocabulary.Configuration(), PianoRollVocabulary.Configuration()
    )
    for configuration in [.performance(performance), .pianoroll(roll)]
      as [VocabularyConfiguration]
    {
      #expect(try told(configuration, density: 2).instruments == [.piano])
    }
    performance.programs = true
    for configuration in [.performance(performance), .remi()] as [VocabularyConfiguration] {
      #expect(try told(configuration, density: 10).instruments == [.piano, .drums])
    }
    roll.program = 128
    // The last of them ends a sixteenth before the last note.
    let beat = try told(.pianoroll(roll), density: 48 / 5.9375)
    #expect(beat.instruments == [.drums] && beat.key == nil)
  }

  @Test func `a density counts the seconds of a vocabulary where no tempo is told`() throws {
    // A note a second, at 60 quarter notes a minute.
    let score = Self.score(pitches: Self.dMinor, tempo: 1_000_000)
    var (untold, slow) = (MetricalConfiguration(), PianoRollVocabulary.Configuration())
    untold.tempos = false
    slow.tempo = 30
    for (base, kinds, density) in [
      (.performance(), [.density], 1), (.remi(), [.density], 1), (.remi(untold), [.density], 2),
      (.remi(untold), [.tempo, .density], 1), (.pianoroll(), [.density], 2),
      (.pianoroll(), [.tempo, .density], 1), (.pianoroll(slow), [.density], 0.5),
    ] as [(VocabularyConfiguration, [ConditionKind], Double)] {
      let vocabulary = try ConditionedVocabulary(
        base: try base.makeVocabulary(),
        conditions: Conditions(
          kinds,
          of: [0.5, 1, 2].map { density in
            var piece = PieceAttributes(score)
            piece.density = density
            return piece
          }))
      let told = PieceAttributes(score, toldIn: vocabulary).density
      #expect(abs((told ?? 0) - density) < 1e-9, "\(base.name), \(kinds)")
      let name = density == 0.5 ? "density 0.5" : "density \(Int(density))"
      for tokens in [vocabulary.encode(score), vocabulary.wholeReading(of: score)] {
        let conditions = vocabulary.parts(of: tokens).given.map(vocabulary.name(of:))
        #expect(conditions.contains(name), "\(base.name): \(conditions)")
      }
    }
  }

  @Test func `of notes beyond a vocabulary's pitches nothing is told`() throws {
    // Two notes a second of 60 to 69, as many too low and as many too high.
    var score = Self.score(pitches: Self.dMinor)
    for (channel, program, pitch) in [(1, 40, 30), (2, 73, 100)] as [(UInt8, UInt8, UInt8)] {
      score.tracks.append(
        Track(
          channel: channel,
          notes: score.tracks[0].notes.map {
            Note(onset: $0.onset, duration: $0.duration, pitch: pitch)
          },
          messages: [TrackMessage(tick: 0, kind: .program(program))]))
    }
    let wide = PieceAttributes(score, toldIn: try MetricalVocabulary(.remi))
    #expect(wide.density == 6 && wide.instruments?.count == 3)
    var performance = PerformanceVocabulary.Configuration()
    (performance.lowestPitch, performance.highestPitch) = (60, 69)
    var (metrical, roll) = (MetricalConfiguration(), PianoRollVocabulary.Configuration())
    (metrical.lowestPitch, metrical.highestPitch) = (60, 69)
    (roll.lowestPitch, roll.highestPitch) = (60, 69)
    for configuration in [
      .performance(performance), .tsd(metrical), .remi(metrical), .pianoroll(roll),
    ] as [VocabularyConfiguration] {
      let told = PieceAttributes(score, toldIn: try configuration.makeVocabulary())
      #expect(told.density == 2 && told.instruments == [.piano])
      #expect(told.key == Key(tonic: 2, isMinor: true))
    }
  }

  @Test func `families are General MIDI's, eight programs each`() {
    #expect(InstrumentFamily(program: 0) == .piano && InstrumentFamily(program: 7) == .piano)
    #expect(
      InstrumentFamily(program: 48) == .ensemble && InstrumentFamily(program: 127) == .soundEffects)
    #expect(
      InstrumentFamily(program: 128) == .drums && InstrumentFamily.drums.programs == 128...128)
    for family in InstrumentFamily.allCases {
      #expect(family.programs.allSatisfy { InstrumentFamily(program: $0) == family })
    }
  }

  // MARK: Values

  @Test func `values are those of the pieces, keys are all`() throws {
    let conditions = try Conditions(
      [.instruments, .style, .key, .metre, .tempo], of: Self.pieces())
    #expect(conditions.kinds == [.style, .key, .metre, .tempo, .instruments])
    #expect(conditions.values(of: .style) == ["jig", "reel"])
    #expect(conditions.values(of: .key).count == 24)
    #expect(conditions.values(of: .metre) == ["2/4", "3/4"])
    #expect(conditions.values(of: .tempo) == ["120"])
    #expect(conditions.values(of: .instruments) == ["piano", "strings"])
    #expect(conditions.values(of: .density).isEmpty && !conditions.tells(.density))
  }

  @Test func `tempos are told four to a doubling, densities two`() throws {
    func values(_ kind: ConditionKind, _ numbers: [Double]) throws -> [String] {
      let pieces = numbers.map { number in
        var piece = PieceAttributes()
        piece.tempo = number
        piece.density = number
        return piece
      }
      return try Conditions([kind], of: pieces).values(of: kind)
    }
    #expect(
      try values(.tempo, [60, 62, 71, 85, 101, 120, 240]) == [
        "60", "71", "85", "101", "120", "240",
      ])
    #expect(
      try values(.density, [2, 2.8, 3, 4, 5.7, 0.0001, 1e9]) == [
        "0.3", "2", "2.8", "4", "5.7", "128",
      ])
  }

  @Test func `a kind that no piece tells is refused`() {
    #expect(throws: VocabularyError.self) { try Conditions([.style], of: [PieceAttributes()]) }
  }

  @Test func `more styles than are told apart leave the rarest out`() throws {
    let pieces = (0..<300).flatMap { style in
      Array(
        repeating: {
          var piece = PieceAttributes(); piece.style = "\(style)"; return piece
        }(), count: style == 299 ? 2 : 1)
    }
    let styles = try Conditions([.style], of: pieces).values(of: .style)
    #expect(styles.count == Conditions.mostStyles && styles.contains("299"))
    #expect(styles.contains("0") && !styles.contains("298"))
  }

  @Test func `a value that is not known is told with those that are, the nearest first`() throws {
    let conditions = try Conditions(ConditionKind.allCases, of: Self.pieces())
    func message(_ change: (inout PieceAttributes) -> Void) -> String {
      var asked = PieceAttributes()
      change(&asked)
      do {
        try conditions.check(asked)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message { $0.style = "Reels" } == "style is Reels, expected one of reel, jig")
    #expect(
      message { $0.metre = .init(numerator: 6, denominator: 8) }
        == "metre is 6/8, expected one of 2/4, 3/4")
    #expect(message { $0.tempo = 60 } == "tempo is 60, expected one of 120")
    // Of the class of 11.3, but nobody typed that.
    #expect(message { $0.density = 12 } == "density is 12, expected one of 2")
    #expect(
      message { $0.instruments = [.brass] }
        == "instruments is brass, expected one of piano, strings")
    #expect(
      message { $0.style = "reel" }.isEmpty
        && message { $0.key = Key(tonic: 3, isMinor: false) }.isEmpty)
  }

  @Test func `a style is found in large letters or small, where one alone is called so`() throws {
    let pieces = ["Schubert", "jig", "Jig", "slip jig"].map { style in
      var piece = PieceAttributes()
      piece.style = style
      return piece
    }
    let conditions = try Conditions([.style], of: pieces)
    #expect(conditions.style(called: "schubert") == "Schubert")
    #expect(conditions.style(called: "SLIP JIG") == "slip jig")
    #expect(conditions.style(called: "jig") == "jig" && conditions.style(called: "Jig") == "Jig")
    #expect(conditions.style(called: "JIG") == nil && conditions.style(called: "schumann") == nil)
  }

  // MARK: Tokens

  @Test func `a piece begins with what is told of it, a token for each slot`() throws {
    let vocabulary = try Self.vocabulary()
    let score = Self.score(pitches: Self.dMinor)
    let tokens = vocabulary.encode(score)
    let names = tokens.prefix(8).map(vocabulary.name(of:))
    #expect(
      names == [
        "start", "style, not told", "key D-minor", "metre 3/4", "tempo 120", "density 2",
        "instruments with piano", "instruments without strings",
      ])
    #expect(vocabulary.kind(of: tokens[2]) == "key" && vocabulary.kind(of: tokens[9]) != "key")
    #expect(vocabulary.parts(of: tokens).body == vocabulary.base.encode(score))
    let isGiven = Array(vocabulary.areGiven(tokens).prefix(9))
    #expect(isGiven == [false, true, true, true, true, true, true, true, false])
    #expect(
      vocabulary.opening().map(vocabulary.name(of:)).dropFirst().allSatisfy {
        $0.hasSuffix(", not told")
      })
    #expect(
      vocabulary.conditions.slotSizes.reduce(0, +) == vocabulary.count - vocabulary.base.count)
  }

  @Test func `the key goes with the piece that is transposed, other conditions stay`() throws {
    let vocabulary = try Self.vocabulary()
    let tokens = vocabulary.encode(Self.score(pitches: Self.dMinor))
    for (semitones, key) in [(3, "F"), (-3, "B"), (12, "D"), (-14, "C")] {
      let moved = try #require(vocabulary.transpose(tokens, by: semitones))
      #expect(vocabulary.name(of: moved[2]) == "key \(key)-minor")
      #expect(moved.prefix(2) == tokens.prefix(2) && moved[3..<8] == tokens[3..<8])
    }
    #expect(vocabulary.transpose(tokens, by: 90) == nil)
    // What stands where nothing is told stays.
    #expect(vocabulary.transpose(vocabulary.opening(), by: 5) == vocabulary.opening())
  }

  @Test func `an augmented piece keeps its conditions but for its key`() throws {
    let vocabulary = try Self.vocabulary()
    let tokens = vocabulary.telling(
      Self.pieces()[1], before: vocabulary.base.encode(Self.score(pitches: Self.dMinor)))
    let changed = vocabulary.augment(
      tokens, by: Augmentation(semitones: 2, stretch: 1.5, velocity: 9))
    #expect(
      vocabulary.name(of: changed[1]) == "style jig"
        && vocabulary.name(of: changed[2]) == "key E-minor")
    #expect(changed[3..<8] == tokens[3..<8])
    let plain = vocabulary.base.augment(
      vocabulary.parts(of: tokens).body, by: Augmentation(semitones: 2, stretch: 1.5, velocity: 9))
    #expect(vocabulary.parts(of: changed).body == plain)
  }

  @Test func `hidden kinds are not told, every subset in its share`() throws {
    let vocabulary = try Self.vocabulary()
    let given = vocabulary.given(telling: Self.pieces()[1])
    let hidden = vocabulary.hiding([.style, .instruments], in: given).map(vocabulary.name(of:))
    #expect(
      hidden == [
        "style, not told", "key D-minor", "metre 3/4", "tempo 120", "density 2",
        "instruments piano, not told", "instruments strings, not told",
      ])
    #expect(given.map(vocabulary.untold) == Array(vocabulary.opening().dropFirst()))
    var generator = SeededGenerator(seed: 3)
    var counts: [ConditionKind: Int] = [:]
    var sizes = [Int](repeating: 0, count: 7)
    for _ in 0..<7_000 {
      let kinds = vocabulary.conditions.kinds(hiding: 0.5, using: &generator)
      for kind in kinds { counts[kind, default: 0] += 1 }
      sizes[kinds.count] += 1
    }
    // A half, and each number of hidden kinds as often as any other, within five standard deviations.
    for kind in ConditionKind.allCases { #expect(abs((counts[kind] ?? 0) - 3_500) < 210) }
    for size in sizes { #expect(abs(size - 1_000) < 147) }
    #expect(vocabulary.conditions.kinds(hiding: 0, using: &generator).isEmpty)
  }

  @Test func `conditions that contradict themselves are refused`() throws {
    let file = """
      {"base":{"type":"pianoroll"},"conditions":{"slots":[SLOTS]},"type":"conditioned"}
      """
    func make(_ slots: String) throws {
      let text = file.replacingOccurrences(of: "SLOTS", with: slots)
      _ = try VocabularyConfiguration(json: text).makeVocabulary()
    }
    let style = #"{"kind":"style","values":["a","b"]}"#
    let metre = #"{"kind":"metre","values":["3/4"]}"#
    try make("\(style),\(metre)")
    try make(#"{"kind":"tempo","values":["15","960"]}"#)
    for slots in [
      "", "\(metre),\(style)", "\(style),\(style)", #"{"kind":"style","values":[]}"#,
      #"{"kind":"style","values":["a","a"]}"#, #"{"kind":"key","values":["C-major"]}"#,
      #"{"kind":"instruments","values":["without","with"]}"#,
      #"{"kind":"style","family":"reed","values":["a"]}"#,
      #"{"kind":"tempo","values":["0"]}"#, #"{"kind":"tempo","values":["120","nan"]}"#,
      #"{"kind":"tempo","values":["fast"]}"#, #"{"kind":"tempo","values":["1e-320"]}"#,
    ] {
      #expect(throws: VocabularyError(.conditions), "\(slots)") { try make(slots) }
    }
    let twice = try ConditionedVocabulary(
      base: PianoRollVocabulary(), conditions: Conditions([.key], of: Self.pieces()))
    #expect(throws: VocabularyError(.conditions)) {
      try ConditionedVocabulary(base: twice, conditions: twice.conditions)
    }
  }
}

extension VocabularyConfiguration {
  fileprivate init(json: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
  }
}
