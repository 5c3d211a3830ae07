import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// What limits of notes and rests do to music that is drawn at random under a grammar.
struct NoteLimitTests {
  /// Draws tokens, and gives what they are decoded to.
  func walk(
    _ vocabulary: any Vocabulary, note: Double?, rest: Double?, seed: UInt64, count: Int = 1_500
  ) -> Score {
    var random = SeededGenerator(seed: seed)
    var grammar = vocabulary.makeGrammar()
    grammar.longestNoteSeconds = note
    grammar.longestRestSeconds = rest
    var decoder = vocabulary.makeDecoder()
    decoder.longestNoteSeconds = note
    var loud = TokenMask(count: vocabulary.count)
    for token in 0..<Token(vocabulary.count) where vocabulary.noteCount(of: token) > 0 {
      loud[token] = true
    }
    loud[vocabulary.end] = true
    for _ in 0..<count {
      var allowed = grammar.allowed
      // Music with few notes, whose rests and notes get long.
      if Double.random(in: 0..<1, using: &random) < 0.7 {
        let quiet = allowed.subtracting(loud)
        if !quiet.isEmpty { allowed = quiet }
      }
      allowed[vocabulary.end] = false
      guard let token = allowed.tokens.randomElement(using: &random) else { break }
      grammar.advance(token)
      decoder.consume(token)
    }
    decoder.finish()
    return decoder.score
  }

  func longestNote(_ score: Score) -> Double {
    let tempoMap = score.tempoMap
    return score.tracks.flatMap(\.notes).map { note in
      tempoMap.seconds(atTick: note.end) - tempoMap.seconds(atTick: note.onset)
    }.max() ?? 0
  }

  /// From the start to the last onset.
  func longestRest(_ score: Score) -> Double {
    let tempoMap = score.tempoMap
    let onsets = score.tracks.flatMap(\.notes).map { tempoMap.seconds(atTick: $0.onset) }.sorted()
    return zip([0] + onsets, onsets).map { $1 - $0 }.max() ?? 0
  }

  /// The longest step of a vocabulary's time, by its settings.
  func step(_ configuration: VocabularyConfiguration) -> Double {
    switch configuration {
    case .performance(let settings): return Double(settings.stepMilliseconds) / 1_000
    case .pianoroll(let settings):
      return 240 / Double(settings.tempo) / Double(settings.framesPerWhole)
    case .tsd(let settings), .remi(let settings):
      let beat =
        settings.timeSignatures ? 4 / Double(settings.signatures.map(\.denominator).min() ?? 4) : 1
      let quarter = settings.tempos ? 60 / Double(settings.slowestTempo) : 0.5
      return quarter * beat / Double(settings.resolutions.map(\.positions).max() ?? 1)
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      return step(base)
    }
  }

  func polyphony(_ configuration: VocabularyConfiguration) -> Int? {
    switch configuration {
    case .performance(let settings): settings.polyphony
    case .pianoroll(let settings): settings.polyphony
    case .tsd(let settings), .remi(let settings): settings.polyphony
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      polyphony(base)
    }
  }

  @Test(arguments: allVocabularies)
  func `no note is longer than asked for`(_ example: VocabularyCase) {
    for seed in 0..<6 as Range<UInt64> {
      let longest = longestNote(walk(example.vocabulary, note: 1, rest: nil, seed: seed))
      #expect(longest <= max(1, step(example.configuration)) + 1e-6, "seed \(seed): \(longest) s")
    }
    // Without hold tokens a note goes on only where it is drawn again for each frame.
    if case .pianoroll(let settings) = example.configuration.plain, !settings.holds { return }
    let isLongWithout = (0..<6 as Range<UInt64>).contains { seed in
      longestNote(walk(example.vocabulary, note: nil, rest: nil, seed: seed)) > 1
    }
    #expect(isLongWithout)
  }

  @Test(arguments: [nil, 0.5, 0.001, 3])
  func `a note that no token releases in time ends in time`(_ limit: Double?) throws {
    let vocabulary = PerformanceVocabulary()
    // A tenth of a second, which ends neither the note nor the wait for its release, twenty times.
    let names =
      ["start", "velocity 75", "note-on 60"] + Array(repeating: "time-shift 100 ms", count: 20)
    var decoder = vocabulary.makeDecoder()
    decoder.longestNoteSeconds = limit
    for name in names + ["note-off 60"] {
      let token = (0..<Token(vocabulary.count)).first { vocabulary.name(of: $0) == name }
      decoder.consume(try #require(token, "\(name)"))
    }
    decoder.finish()
    // At least a step of ten milliseconds, at most until the release.
    let want = min(max(limit ?? 2, 0.01), 2)
    #expect(abs(longestNote(decoder.score) - want) < 1e-9)
    #expect(
      decoder.takeSettledMessages().count { timed in
        if case .noteOff = timed.message { true } else { false }
      } == 1)
  }

  @Test func `a piece ends when it is over, whatever its longest note`() throws {
    let vocabulary = PerformanceVocabulary()
    func end(after names: [String]) throws -> Double {
      var decoder = vocabulary.makeDecoder()
      decoder.longestNoteSeconds = 5
      for name in ["start", "velocity 75", "note-on 60", "time-shift 500 ms"] + names {
        let token = (0..<Token(vocabulary.count)).first { vocabulary.name(of: $0) == name }
        decoder.consume(try #require(token, "\(name)"))
      }
      decoder.finish()
      return decoder.score.duration
    }
    #expect(try end(after: []) == 0.5)
    #expect(try end(after: ["note-off 60"]) == 0.5)
    #expect(try end(after: ["note-off 60", "note-on 62", "time-shift 100 ms"]) == 0.6)
  }

  @Test(arguments: [nil, 1, 0.5])
  func `a pitch of every frame is let go when it has sounded for long enough`(
    _ limit: Double?
  ) throws {
    let vocabulary = try PianoRollVocabulary()
    let note = try #require(vocabulary.note(60))
    var grammar = vocabulary.makeGrammar()
    grammar.longestNoteSeconds = limit
    var tokens = [vocabulary.start]
    grammar.advance(vocabulary.start)
    while tokens.count < 200 {
      let token = tokens.last != note && grammar.allowed[note] ? note : vocabulary.endOfFrame
      grammar.advance(token)
      tokens.append(token)
    }
    // Frames of an eighth of a second; the piece is cut off within one.
    let lengths = vocabulary.decode(tokens).tracks[0].notes.dropLast().map(\.duration)
    let frames = limit.map { Int($0 * 8) }
    #expect(Set(lengths) == Set(frames.map { [$0 * vocabulary.ticksPerFrame] } ?? []))
  }

  @Test(arguments: allVocabularies)
  func `no rest is longer than asked for`(_ example: VocabularyCase) {
    // Where as many notes sound as may, the next one waits for their ends.
    let note = polyphony(example.configuration).map { _ in 0.5 }
    for seed in 0..<6 as Range<UInt64> {
      let longest = longestRest(walk(example.vocabulary, note: note, rest: 1, seed: seed))
      #expect(longest <= 1 + 1e-6, "seed \(seed): \(longest) s")
    }
    // Of short time-shifts many have to follow one another until a second is over.
    if case .performance(let settings) = example.configuration,
      settings.maximumShift * settings.stepMilliseconds < 1_000
    {
      return
    }
    let isLongWithout = (0..<6 as Range<UInt64>).contains { seed in
      longestRest(walk(example.vocabulary, note: nil, rest: nil, seed: seed)) > 1
    }
    #expect(isLongWithout)
  }

  @Test(arguments: allVocabularies)
  func `limits shorter than a step let time pass`(_ example: VocabularyCase) {
    let score = walk(example.vocabulary, note: 1e-9, rest: 1e-9, seed: 1, count: 3_000)
    #expect(score.endTick > 0)
    #expect(longestRest(score) <= 2 * step(example.configuration) + 1e-6)
  }

  @Test(arguments: [-1e308, -1, 0, 1e308, .nan, .infinity, -.infinity])
  func `any number is taken for a limit`(limit: Double) {
    for example in allVocabularies {
      let score = walk(example.vocabulary, note: limit, rest: limit, seed: 1, count: 200)
      let notes = score.tracks.flatMap(\.notes)
      #expect(notes.allSatisfy { $0.duration > 0 && $0.end <= score.endTick })
    }
  }

  @Test(arguments: allVocabularies)
  func `any tokens whatever leave a grammar with something to go on with`(
    _ example: VocabularyCase
  ) {
    let vocabulary = example.vocabulary
    for seed in 0..<4 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var grammar = vocabulary.makeGrammar()
      grammar.longestNoteSeconds = seed.isMultiple(of: 2) ? 0.3 : nil
      grammar.longestRestSeconds = seed < 2 ? 0.3 : nil
      for _ in 0..<1_500 {
        let isForeign = Int.random(in: 0..<50, using: &random) == 0
        grammar.advance(
          .random(in: 0...(isForeign ? .max : Token(vocabulary.count - 1)), using: &random))
        #expect(!grammar.allowed.isEmpty)
      }
    }
  }
}

extension TokenMask {
  /// The tokens in it, in order.
  var tokens: [Token] {
    var tokens: [Token] = []
    forEachIndex { tokens.append(Token($0)) }
    return tokens
  }
}
