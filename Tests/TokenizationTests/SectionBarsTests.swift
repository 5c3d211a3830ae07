import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// What becomes of notes at the ends of sections, where bars or frames are told.
struct SectionBarsTests {
  private static let vocabularies = allVocabularies.filter { each in
    switch each.configuration.plain {
    case .remi, .pianoroll: true
    default: false
    }
  }

  /// The notes that sound over the end of a section of two bars.
  private func notesOverEnds(of score: Score) throws -> [Note] {
    let metre = try #require(score.metreMap)
    return score.tracks.flatMap(\.notes).filter { note in
      metre.bar(at: note.onset) / 2 < metre.bar(at: note.end - 1) / 2
    }
  }

  /// Where one score has notes that another lacks, but for those that could not last an eighth of a quarter
  /// note up to a section's end.
  private func lostOnsets(of score: Score, in other: Score) throws -> [Int] {
    func onsets(_ score: Score) -> Set<[Int]> {
      Set(score.tracks.flatMap(\.notes).map { [$0.onset, Int($0.pitch)] })
    }
    let metre = try #require(score.metreMap)
    guard case .ticksPerQuarter(let quarter) = score.division else { return [] }
    return onsets(score).subtracting(onsets(other)).map { $0[0] }.filter { onset in
      let end = metre.tick(ofBar: metre.bar(at: onset) / 2 * 2 + 2)
      return 8 * (end - onset) >= quarter
    }
  }

  /// Draws a token that may come, most often one that strikes nothing or was drawn lately, so that much is
  /// held; of metres only the first.
  private func draw(
    _ allowed: TokenMask, after tokens: [Token], _ vocabulary: any Vocabulary,
    using generator: inout SeededGenerator
  ) -> Token? {
    func metres(_ tokens: some Sequence<Token>) -> Set<TokenEvent> {
      Set(
        tokens.flatMap { vocabulary.events(of: $0) }.filter {
          if case .metre = $0 { true } else { false }
        })
    }
    let told = metres(tokens.prefix(4))
    let choices = (0..<Token(vocabulary.count)).filter { token in
      allowed[token] && token != vocabulary.end && metres([token]).union(told).count < 2
    }
    let quiet = choices.filter { token in
      vocabulary.noteCount(of: token) == 0 || tokens.suffix(6).contains(token)
    }
    let isQuiet = Int.random(in: 0..<5, using: &generator) > 0 && !quiet.isEmpty
    return (isQuiet ? quiet : choices).randomElement(using: &generator)
  }

  @Test(arguments: vocabularies)
  func `no note sounds over the end of a section, whatever tokens came, as it is played or read`(
    _ each: VocabularyCase
  ) throws {
    let vocabulary = each.vocabulary
    var cut = 0
    try withEvery(seed: 0..<6) { generator in
      var (decoder, free) = (vocabulary.makeDecoder(), vocabulary.makeDecoder())
      decoder.sectionBars = 2
      var (grammar, tokens, messages) = (vocabulary.makeGrammar(), [Token](), [TimedMessage]())
      for count in 0..<250 {
        let drawn = draw(grammar.allowed, after: tokens, vocabulary, using: &generator)
        let token =
          count % 10 == 9
          ? Token.random(in: 0..<Token(vocabulary.count), using: &generator) : drawn ?? 0
        tokens.append(token)
        grammar.advance(token)
        decoder.consume(token)
        free.consume(token)
        messages += decoder.takeSettledMessages()
        if count % 25 == 0 {
          let over = try notesOverEnds(of: decoder.score)
          #expect(over.isEmpty)
        }
      }
      cut += try notesOverEnds(of: free.score).count
      decoder.finish()
      messages += decoder.takeSettledMessages()
      let over = try notesOverEnds(of: decoder.score)
      #expect(over.isEmpty)
      expectPlays(messages, decoder.score)
      let lost = try lostOnsets(of: free.score, in: decoder.score)
      #expect(lost.isEmpty)
    }
    #expect(cut > 0)
  }

  @Test(arguments: vocabularies)
  func `under a grammar with sections tokens of one metre tell no note that is held over an end`(
    _ each: VocabularyCase
  ) throws {
    // Without hold tokens a pitch that is struck again at once looks as if it were held.
    if case .pianoroll(let settings) = each.configuration.plain, !settings.holds { return }
    var held = 0
    try withEvery(seed: 0..<6) { generator in
      for isDivided in [true, false] {
        var (grammar, decoder) = (each.vocabulary.makeGrammar(), each.vocabulary.makeDecoder())
        if isDivided { grammar.sectionBars = 2 }
        var tokens: [Token] = []
        for _ in 0..<250 {
          let drawn = draw(grammar.allowed, after: tokens, each.vocabulary, using: &generator)
          guard let token = drawn else { break }
          tokens.append(token)
          grammar.advance(token)
          decoder.consume(token)
        }
        let count = try notesOverEnds(of: decoder.score).count
        if isDivided { #expect(count == 0) } else { held += count }
      }
    }
    #expect(held > 0)
  }
}
