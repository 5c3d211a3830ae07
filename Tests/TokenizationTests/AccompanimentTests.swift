import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing

@testable import Tokenization

/// Vocabularies that write to a given part.
@Suite struct AccompanimentTests {
  static let bases: [VocabularyConfiguration] = {
    var coarse = MetricalConfiguration()
    coarse.resolutions = [.init(beats: 2, positions: 4), .init(beats: 8, positions: 2)]
    coarse.timeSignatures = false
    coarse.velocityBins = 0
    return [.remi(), .tsd(), .remi(coarse), .tsd(coarse)]
  }()

  private func vocabulary(
    _ base: VocabularyConfiguration = .remi(), _ part: GivenPart = .named("Tune")
  ) throws -> AccompaniedVocabulary {
    try AccompaniedVocabulary(base: base, part: part)
  }

  /// A random piece, in most cases with a track that is called "tune".
  private func piece(using generator: inout SeededGenerator) -> Score {
    var score = randomScore(using: &generator)
    guard Int.random(in: 0..<5, using: &generator) > 0 else { return score }
    let notes = (0..<Int.random(in: 1...30, using: &generator)).map { index in
      Note(
        onset: index * Int.random(in: 100...900, using: &generator), duration: 200,
        pitch: UInt8.random(in: 60...80, using: &generator))
    }.sorted { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
    score.tracks.append(Track(name: " tune", channel: 3, notes: notes))
    score.endTick = max(score.endTick, notes.map(\.end).max() ?? 0)
    return score
  }

  @Test(arguments: bases)
  func `decoding gives the other parts on the grid, and the grammar allows all that is predicted`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try vocabulary(base)
    var given = 0
    withEvery(seed: 0..<200) { generator in
      let score = piece(using: &generator)
      let others = vocabulary.part.parting(score)?.others ?? score
      let tokens = vocabulary.encode(score)
      #expect(vocabulary.decode(tokens) == vocabulary.quantise(score))
      #expect(vocabulary.quantise(score) == vocabulary.base.quantise(others))
      let marks = vocabulary.areGiven(tokens)
      given += marks.count { $0 }
      var grammar = vocabulary.makeGrammar()
      for (token, isGiven) in zip(tokens, marks) {
        if !isGiven, !grammar.allowed[token] {
          Issue.record("\(vocabulary.name(of: token)) is not allowed")
          break
        }
        grammar.advance(token)
      }
      #expect(vocabulary.encode(score, limit: tokens.count) == tokens)
      #expect(vocabulary.encode(score, limit: tokens.count - 1) == nil)
    }
    #expect(given > 1_000)
  }

  @Test(arguments: bases)
  func `what is fed while a piece is written is what the encoder writes`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try vocabulary(base)
    var givenCount = 0
    withEvery(seed: 0..<200) { generator in
      let score = piece(using: &generator)
      guard let given = vocabulary.part.parting(score)?.given else { return }
      let tokens = vocabulary.encode(score)
      let marks = vocabulary.areGiven(tokens)
      givenCount += marks.count { $0 }
      var feed = GivenFeed(GivenLine(given, in: vocabulary), in: vocabulary)
      var grammar = vocabulary.makeGrammar()
      for (index, (token, isGiven)) in zip(tokens, marks).enumerated() {
        let fed = feed.next()
        guard fed == (isGiven ? token : nil) else {
          Issue.record(
            "\(index): \(vocabulary.name(of: token)), fed \(fed.map(vocabulary.name) ?? "nothing")")
          return
        }
        if !isGiven, index > 0, !feed.keepingMetre(grammar.allowed)[token] {
          Issue.record("\(index): \(vocabulary.name(of: token)) is kept out")
          return
        }
        grammar.advance(token)
        feed.advance(token)
      }
    }
    #expect(givenCount > 1_000)
  }

  @Test func `the given part stands a bar ahead of its time`() throws {
    let vocabulary = try vocabulary()
    // A quarter note in each of three bars, and chords under the first and the last.
    let tune = (0..<3).map { Note(onset: $0 * 1920 + 480, duration: 480, pitch: 72) }
    let chords = [0, 3840].map { Note(onset: $0, duration: 1920, pitch: 48) }
    let score = Score(
      tracks: [Track(name: "Tune", notes: tune), Track(channel: 1, notes: chords)],
      endTick: 3 * 1920)
    let bar = ["given-bar", "given-position 8", "given-pitch 72", "given-duration 1.0.8"]
    let line = ["bar", "time-signature 4/4"]
    let chord = ["position 0", "program 0", "pitch 48", "velocity 63", "duration 4.0.4"]
    let expected =
      ["start"] + bar + [line[0]] + bar + [line[1]] + chord + [line[0]] + bar + [line[1], line[0]]
      + ["given-end", line[1]] + chord + ["end"]
    #expect(vocabulary.encode(score).map(vocabulary.name(of:)) == expected)
  }

  @Test func `a part is as long as its last note, whether or not that can be told`() throws {
    let vocabulary = try vocabulary()
    func bars(_ notes: [(onset: Int, duration: Int, pitch: UInt8)]) -> Int {
      let track = Track(
        notes: notes.map { Note(onset: $0.onset, duration: $0.duration, pitch: $0.pitch) })
      // That the piece goes on is none of the part's.
      return GivenLine(Score(tracks: [track], endTick: 999_999), in: vocabulary).barCount
    }
    let first = (onset: 0, duration: 480, pitch: UInt8(60))
    #expect(bars([(0, 480 * 80, 60)]) == 20)
    #expect(bars([first, (1920, 480 * 20, 72)]) == 6)
    // A pitch below those that are told.
    #expect(bars([first, (1920 * 4, 1920, 18)]) == 5)
    // On the grid they end with the bar, and one is struck after it.
    #expect(bars([(0, 1930, 60)]) == 1)
    #expect(bars([first, (1920, 5, 60)]) == 2)
    // No piece lasts longer than a day at 120 a minute.
    #expect(bars([first, (480, 480 * 1_000_000, 60)]) == 43_200)
  }

  @Test func `a pedal that is folded into a part's notes makes it longer`() throws {
    var settings = MetricalConfiguration()
    settings.pedal = true
    let track = Track(
      notes: [Note(onset: 0, duration: 480, pitch: 60)],
      messages: [(0, 127), (1920 * 3, 0)].map {
        TrackMessage(tick: $0.0, kind: .control(controller: 64, value: $0.1))
      })
    let score = Score(tracks: [track], endTick: 99_999)
    #expect(GivenLine(score, in: try vocabulary(.remi(settings))).barCount == 3)
    #expect(GivenLine(score, in: try vocabulary()).barCount == 1)
  }

  @Test(arguments: bases)
  func `a piece that is changed in key or loudness keeps its given part in place`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try vocabulary(base)
    var moved = 0
    withEvery(seed: 0..<100) { generator in
      let score = piece(using: &generator)
      let tokens = vocabulary.encode(score)
      let louder = vocabulary.augment(tokens, by: Augmentation(stretch: 1.05, velocity: 9))
      func given(_ tokens: [Token]) -> [Token] {
        zip(tokens, vocabulary.areGiven(tokens)).filter(\.1).map(\.0)
      }
      #expect(given(louder) == given(tokens) && louder.count == tokens.count)
      guard let up = vocabulary.transpose(tokens, by: 3) else { return }
      moved += 1
      #expect(vocabulary.transpose(up, by: -3) == tokens)
      for (before, after) in zip(tokens, up) where before != after {
        #expect(vocabulary.kind(of: before) == vocabulary.kind(of: after))
        #expect(["pitch", "given-pitch"].contains(vocabulary.kind(of: after)))
      }
      let pitches = tokens.count { vocabulary.kind(of: $0).hasSuffix("pitch") }
      #expect(zip(tokens, up).count { $0 != $1 } == pitches)
    }
    #expect(moved > 10)
  }

  @Test(arguments: bases)
  func `any tokens whatever decode, and names are all different`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try vocabulary(base)
    withEvery(seed: 0..<200) { generator in
      let tokens = (0..<100).map { _ in
        Token.random(in: 0..<Token(vocabulary.count + 3), using: &generator)
      }
      expectValid(vocabulary.decode(tokens))
      _ = vocabulary.transpose(tokens, by: 2)
      _ = vocabulary.augment(tokens, by: Augmentation(velocity: 3))
    }
    let names = (0..<vocabulary.count).map { vocabulary.name(of: Token($0)) }
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: bases) func `a configuration comes back from JSON`(
    _ base: VocabularyConfiguration
  ) throws {
    for (part, isOptional) in [
      (GivenPart.named("a \"b\""), false), (.number(2), true), (.highest, false),
    ] {
      let configuration = try AccompaniedVocabulary(
        base: base, part: part, isOptional: isOptional
      ).configuration
      let data = try JSONEncoder().encode(configuration)
      #expect(
        try JSONDecoder().decode(VocabularyConfiguration.self, from: data) == configuration)
      #expect(try configuration.makeVocabulary().configuration == configuration)
    }
  }

  @Test func `parts are found by name, number and height, and drums are none`() throws {
    let low = [
      Note(onset: 0, duration: 960, pitch: 48), Note(onset: 960, duration: 480, pitch: 90),
    ]
    let high = [
      Note(onset: 0, duration: 480, pitch: 72), Note(onset: 480, duration: 960, pitch: 71),
    ]
    let drums = [Note(onset: 0, duration: 100, pitch: 36)]
    let score = Score(tracks: [
      Track(name: "Piano", channel: 0, notes: low), Track(name: "VOICE ", channel: 1, notes: high),
      Track(name: "Kit", channel: 9, notes: drums), Track(name: "Silent", channel: 2),
    ])
    func given(_ text: String) throws -> [[Note]]? {
      try #require(GivenPart(text)).parting(score)?.given.tracks.map(\.notes)
    }
    #expect(try given("voice") == [[], high, [], []])
    #expect(try given("2") == [[], high, [], []])
    #expect(try given("highest") == [[low[1]], high, [], []])
    for missing in ["flute", "5", "4", "silent", "kit", "3", "99"] {
      #expect(try given(missing) == nil)
    }
    let others = try #require(GivenPart.number(2).parting(score)).others
    #expect(others.tracks.map(\.notes) == [low, [], drums, []])
    for text in ["", "  ", "0", "99999999999999999999999"] { #expect(GivenPart(text) == nil) }
    #expect(GivenPart("HIGHEST") == .highest)
  }

  @Test func `only vocabularies with several instruments write to a part`() {
    var alone = MetricalConfiguration()
    alone.programs = false
    for base in [VocabularyConfiguration.performance(), .pianoroll(), .remi(alone)] {
      #expect(throws: VocabularyError.self) {
        try AccompaniedVocabulary(base: base, part: .highest)
      }
    }
    #expect(
      throws: VocabularyError(.accompaniment(found: "remi with 1 merges"))
    ) {
      try AccompaniedVocabulary(
        base: .merged(base: .remi(), merges: [.init(0, 1)]), part: .highest)
    }
  }

  @Test(arguments: bases)
  func `a piece that is given nothing is told whole, behind the end of the part`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try AccompaniedVocabulary(
      base: base, part: .named("Tune"), isOptional: true)
    let whole = vocabulary.whole
    #expect(vocabulary.preface.isEmpty && whole.preface.count == 1)
    #expect(vocabulary.name(of: whole.preface[0]) == "given-end")
    #expect(whole.accompanied == nil && vocabulary.accompanied != nil)
    #expect(try self.vocabulary(base).whole is AccompaniedVocabulary)
    var moved = 0
    withEvery(seed: 0..<50) { generator in
      let score = piece(using: &generator)
      let tokens = vocabulary.encodeWhole(score) ?? []
      let plain = vocabulary.base.encode(score)
      #expect(tokens == [vocabulary.start] + whole.preface + plain.dropFirst())
      #expect(whole.opening() == Array(tokens.prefix(2)))
      #expect(vocabulary.isWhole(tokens))
      #expect(vocabulary.decode(tokens) == vocabulary.base.quantise(score))
      #expect(whole.encode(score) == plain && whole.decode(tokens) == whole.quantise(score))
      // Metres are the piece's own.
      let marks = vocabulary.areGiven(tokens)
      #expect(marks.enumerated().allSatisfy { $1 == ($0 == 1) })
      #expect(whole.areGiven(tokens) == marks)
      #expect(vocabulary.encodeWhole(score, limit: tokens.count - 1) == nil)
      let parted = vocabulary.encode(score)
      let hasPart = vocabulary.part.parting(score) != nil
      #expect(vocabulary.isWhole(parted) != hasPart)
      #expect(!hasPart || vocabulary.areGiven(parted).count { $0 } > 2)
      guard let up = vocabulary.transpose(tokens, by: 2) else { return }
      moved += 1
      #expect(vocabulary.transpose(up, by: -2) == tokens)
      #expect(vocabulary.augment(tokens, by: Augmentation(semitones: 2)) == up)
    }
    #expect(moved > 0)
  }

  @Test func `conditions stand before the given part, and move with it`() throws {
    let accompanied = try AccompaniedVocabulary(
      base: .remi(), part: .named("Tune"), isOptional: true)
    var attributes = PieceAttributes()
    (attributes.key, attributes.tempo) = (Key(tonic: 2, isMinor: true), 90)
    let vocabulary = try ConditionedVocabulary(
      base: accompanied, conditions: Conditions([.key, .tempo], of: [attributes]))
    #expect(vocabulary.accompanied?.part == .named("Tune"))
    let data = try JSONEncoder().encode(vocabulary.configuration)
    let read = try JSONDecoder().decode(VocabularyConfiguration.self, from: data)
    #expect(try read == vocabulary.configuration && read.makeVocabulary().count == vocabulary.count)
    var generator = SeededGenerator(seed: 3)
    var score = piece(using: &generator)
    while accompanied.part.parting(score) == nil { score = piece(using: &generator) }
    for body in [accompanied.encode(score), accompanied.encodeWhole(score) ?? []] {
      let tokens = vocabulary.telling(attributes, before: body)
      #expect(tokens[0] == vocabulary.start && tokens[1...2].allSatisfy(vocabulary.isCondition))
      #expect(vocabulary.parts(of: tokens).body == body)
      #expect(
        vocabulary.areGiven(tokens)
          == [false, true, true] + accompanied.areGiven(body).dropFirst())
      #expect(vocabulary.decode(tokens) == accompanied.decode(body))
      #expect(vocabulary.tempo(toldIn: tokens) == 85)
      let up = try #require(vocabulary.transpose(tokens, by: 1))
      #expect(vocabulary.key(toldIn: up) == Key(tonic: 3, isMinor: true))
      #expect(vocabulary.parts(of: up).body == accompanied.transpose(body, by: 1))
    }
    // Whoever looks at a piece sees all its parts, where none has to be given.
    let whole = vocabulary.wholeReading(of: score)
    #expect(vocabulary.parts(of: whole).body == accompanied.encodeWhole(score))
    #expect(
      vocabulary.parts(of: whole).given == vocabulary.given(telling: PieceAttributes(score)))
    let giving = try self.vocabulary()
    #expect(giving.wholeReading(of: score) == giving.encode(score))
    // What a network reads before a whole piece.
    let opening = vocabulary.whole.opening(telling: attributes)
    #expect(opening.count == 4 && vocabulary.name(of: opening[3]) == "given-end")
    #expect(vocabulary.opening(telling: attributes) == Array(opening.dropLast()))
    #expect(vocabulary.whole.predictableCount == accompanied.base.count)
  }
}
