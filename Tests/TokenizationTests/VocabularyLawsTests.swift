import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// How many times as many random cases a long run tries: `MUSEGEN_LONG_TESTS=100`.
private let effort = UInt64(ProcessInfo.processInfo.environment["MUSEGEN_LONG_TESTS"] ?? "1") ?? 1

/// What holds for every vocabulary, whatever its settings.
@Suite struct VocabularyLawsTests {
  @Test func `a piano roll's tokens have as many notes as they decode to`() {
    var generator = SeededGenerator(seed: 12)
    for vocabulary in allVocabularies.map(\.vocabulary) {
      guard case .pianoroll = vocabulary.configuration.plain else { continue }
      for _ in 0..<20 {
        let tokens = vocabulary.encode(randomScore(using: &generator))
        let notes = vocabulary.decode(tokens).tracks.flatMap(\.notes)
        #expect(vocabulary.noteCount(in: tokens) == notes.count)
      }
    }
  }

  @Test(arguments: allVocabularies)
  func `decoding an encoded score gives the quantised score`(_ each: VocabularyCase) {
    withEvery(seed: 0..<200 * effort) { generator in
      let score = randomScore(using: &generator)
      let vocabulary = each.vocabulary
      #expect(vocabulary.decode(vocabulary.encode(score)) == vocabulary.quantise(score))
    }
  }

  @Test(arguments: allVocabularies)
  func `quantising twice changes nothing more`(_ each: VocabularyCase) {
    withEvery(seed: 0..<200 * effort) { generator in
      let once = each.vocabulary.quantise(randomScore(using: &generator))
      #expect(each.vocabulary.quantise(once) == once)
    }
  }

  @Test(arguments: allVocabularies)
  func `the grammar allows every token of an encoded score but its conditions`(
    _ each: VocabularyCase
  ) {
    withEvery(seed: 0..<200 * effort) { generator in
      let vocabulary = each.vocabulary
      var grammar = vocabulary.makeGrammar()
      for (index, token) in vocabulary.encode(randomScore(using: &generator)).enumerated() {
        let isGiven = (vocabulary as? ConditionedVocabulary)?.isCondition(token) ?? false
        guard grammar.allowed[token] != isGiven else {
          Issue.record("token \(index), \(vocabulary.name(of: token)), is not allowed")
          break
        }
        grammar.advance(token)
      }
    }
  }

  @Test(arguments: allVocabularies)
  func `a sequence drawn under the mask is what the encoder writes`(_ each: VocabularyCase) {
    var ended = 0
    withEvery(seed: 0..<60 * effort) { generator in
      let vocabulary = each.vocabulary
      var grammar = vocabulary.makeGrammar()
      var tokens: [Token] = []
      for _ in 0..<2_000 {
        let allowed = grammar.allowed
        if allowed.isEmpty { Issue.record("nothing may come next") }
        let choices = allowed.tokens
        let releasing = tokens.count > 100 ? release(choices, grammar, vocabulary) : nil
        let closing = tokens.count > 100 && allowed[vocabulary.end]
        guard
          let token =
            closing ? vocabulary.end : releasing ?? choices.randomElement(using: &generator)
        else { break }
        tokens.append(token)
        grammar.advance(token)
        if token == vocabulary.end { break }
      }
      if tokens.last == vocabulary.end {
        ended += 1
        // What a merged token stands for can be drawn without it: the base tokens are compared.
        let again = vocabulary.encode(vocabulary.decode(tokens))
        #expect(expanded(again, vocabulary) == expanded(tokens, vocabulary))
      }
    }
    #expect(ended > 40)
  }

  @Test(arguments: allVocabularies)
  func `any tokens whatever decode to a valid score`(_ each: VocabularyCase) {
    withEvery(seed: 0..<1_000 * effort) { generator in
      let vocabulary = each.vocabulary
      var decoder = vocabulary.makeDecoder()
      var grammar = vocabulary.makeGrammar()
      var messages: [TimedMessage] = []
      for _ in 0..<Int.random(in: 0...200, using: &generator) {
        // Also tokens that the vocabulary does not have.
        let token = Token.random(in: 0..<Token(vocabulary.count + 3), using: &generator)
        decoder.consume(token)
        grammar.advance(token)
        if Int.random(in: 0..<20, using: &generator) == 0 {
          messages += decoder.takeSettledMessages()
          #expect(messages.allSatisfy { $0.seconds <= decoder.settledSeconds })
          expectValid(decoder.score)
        }
      }
      #expect(!grammar.allowed.isEmpty)
      decoder.finish()
      messages += decoder.takeSettledMessages()
      expectValid(decoder.score)
      expectPlays(messages, decoder.score)
    }
  }

  @Test(arguments: allVocabularies)
  func `transposed tokens are the transposed score's`(_ each: VocabularyCase) {
    var moved = 0
    withEvery(seed: 0..<100 * effort) { generator in
      let vocabulary = each.vocabulary
      // What the vocabulary can tell, so that nothing is left out before or after.
      let score = vocabulary.quantise(randomScore(using: &generator))
      let semitones = Int.random(in: -8...8, using: &generator)
      guard let tokens = vocabulary.transpose(vocabulary.encode(score), by: semitones) else {
        return
      }
      var transposed = score
      for index in transposed.tracks.indices where !transposed.tracks[index].isDrums {
        for note in transposed.tracks[index].notes.indices {
          let pitch = Int(transposed.tracks[index].notes[note].pitch) + semitones
          transposed.tracks[index].notes[note].pitch = UInt8(pitch)
        }
      }
      moved += 1
      #expect(tokens == vocabulary.encode(transposed))
    }
    #expect(moved > 20)
  }

  @Test(arguments: allVocabularies)
  func `a configuration comes back from JSON`(_ each: VocabularyCase) throws {
    let data = try JSONEncoder().encode(each.configuration)
    #expect(
      try JSONDecoder().decode(VocabularyConfiguration.self, from: data) == each.configuration)
  }

  @Test(arguments: allVocabularies)
  func `token names are all different`(_ each: VocabularyCase) {
    let names = (0..<each.vocabulary.count).map { each.vocabulary.name(of: Token($0)) }
    #expect(Set(names).count == names.count)
  }
}

private func expanded(_ tokens: [Token], _ vocabulary: any Vocabulary) -> [Token] {
  let body = (vocabulary as? ConditionedVocabulary)?.parts(of: tokens).body ?? tokens
  return (vocabulary.withoutConditions as? MergedVocabulary)?.expand(body) ?? body
}

/// Of the tokens that may come next, one that leads to a note-off or a pedal's lift, where the vocabulary has such.
private func release(
  _ choices: [Token], _ grammar: any Grammar, _ vocabulary: any Vocabulary
) -> Token? {
  let isNoteOff = { (token: Token) in vocabulary.kind(of: token) == "note-off" }
  guard (0..<vocabulary.count).contains(where: { isNoteOff(Token($0)) }) else { return nil }
  let isRelease = { (token: Token) in isNoteOff(token) || vocabulary.name(of: token) == "pedal up" }
  if let token = choices.first(where: isRelease) { return token }
  let program = choices.first { token in
    guard vocabulary.kind(of: token) == "program" else { return false }
    var next = grammar
    next.advance(token)
    return (0..<vocabulary.count).contains { next.allowed[Token($0)] && isRelease(Token($0)) }
  }
  return program ?? choices.first { vocabulary.kind(of: $0) == "time-shift" }
}

/// Expects that no note is shorter than a tick, out of range, or struck while it sounds.
func expectValid(_ score: Score, sourceLocation: SourceLocation = #_sourceLocation) {
  var silentFrom: [Int: Int] = [:]
  #expect(
    Set(score.tracks.map(\.channel)).count == score.tracks.count, sourceLocation: sourceLocation)
  for track in score.tracks {
    for note in track.notes {
      let key = Int(track.channel) * 128 + Int(note.pitch)
      let isValid =
        note.onset >= silentFrom[key, default: 0] && note.duration > 0 && note.pitch < 128
        && (1...127).contains(note.velocity) && note.end <= score.endTick
      if !isValid { Issue.record("\(note) is not valid", sourceLocation: sourceLocation) }
      silentFrom[key] = note.end
    }
  }
  for tempo in score.tempos {
    #expect((1...16_777_215).contains(tempo.microsecondsPerQuarter), sourceLocation: sourceLocation)
  }
}

/// Expects that messages are in order, strike only what is silent, and sound what the score says.
func expectPlays(
  _ messages: [TimedMessage], _ score: Score, sourceLocation: SourceLocation = #_sourceLocation
) {
  var sounding: Set<Int> = []
  var strikes = 0
  var seconds = 0.0
  for timed in messages {
    #expect(timed.seconds >= seconds, sourceLocation: sourceLocation)
    seconds = timed.seconds
    switch timed.message {
    case .noteOn(let channel, let pitch, _):
      strikes += 1
      #expect(
        sounding.insert(Int(channel) * 128 + Int(pitch)).inserted, sourceLocation: sourceLocation)
    case .noteOff(let channel, let pitch, _):
      #expect(
        sounding.remove(Int(channel) * 128 + Int(pitch)) != nil, sourceLocation: sourceLocation)
    default: break
    }
  }
  #expect(sounding.isEmpty, sourceLocation: sourceLocation)
  #expect(
    strikes == score.tracks.reduce(0) { $0 + $1.notes.count }, sourceLocation: sourceLocation)
}
