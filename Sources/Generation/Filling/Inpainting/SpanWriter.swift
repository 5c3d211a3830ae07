import Modeling
import Music
import Tensors
import Tokenization

/// The tokens of a span as one of many candidates writes them, from the end of its past on.
struct SpanWriter: Sendable {
  private(set) var tokens: [Token] = []
  /// The logarithm of the probability with which they were drawn.
  private(set) var logProbability = 0.0
  private var grammar: any Grammar
  private var decoder: any TokenDecoder
  private var signature: Token?
  private var loops: LoopGuard
  /// How many notes the piece has before those that are decoded.
  private let earlierNoteCount: Int
  private let rules: SpanRules
  private let tempoMap: TempoMap
  private let span: Range<Int>
  private let tokenLimit: Int

  /// Creates a writer at the start of a span.
  ///
  /// - Parameters:
  ///   - stretch: the span and what is around it.
  ///   - past: how many of the stretch's tokens come before the span.
  ///   - grammar: the grammar's state after the settled ones of them.
  ///   - loops: what keeps the piece from circling, after the settled ones.
  ///   - noteCount: how many notes the piece has with these.
  ///   - signature: the last token before those that are not settled that told a metre.
  ///   - rules: what may be written.
  ///   - longestNoteSeconds: how long a note may sound that waits for its release; nil for ever.
  ///   - polyphony: how many of the notes written may sound at once; nil for all.
  init(
    _ stretch: InpaintedPiece.Stretch, past: Int, grammar: any Grammar, loops: LoopGuard,
    noteCount: Int, signature: Token?, rules: SpanRules, longestNoteSeconds: Double?,
    polyphony: Int?
  ) {
    self.rules = rules
    self.grammar = grammar
    self.loops = loops
    span = stretch.span
    let (piece, lower) = (stretch.score, stretch.span.lowerBound)
    // The tempo stays what it is where the span begins.
    tempoMap = TempoMap(
      division: piece.division, tempos: piece.tempos.filter { $0.tick <= lower })
    let seconds = tempoMap.seconds(atTick: span.upperBound) - tempoMap.seconds(atTick: lower)
    // A model that never lets time pass must not run for ever: no music has 2,000 tokens a second.
    tokenLimit = 10_000 + Int(min(seconds, 86_400) * 2_000)
    decoder = rules.vocabulary.makeDecoder()
    for token in stretch.tokens[..<stretch.settled.upperBound] { decoder.consume(token) }
    earlierNoteCount = noteCount - decoder.noteCount
    let unsettled = stretch.tokens[stretch.settled.upperBound..<past]
    for token in unsettled {
      decoder.consume(token)
      self.grammar.advance(token)
      self.loops.read(token, noteCount: earlierNoteCount + decoder.noteCount)
    }
    // What was there before the span keeps its length.
    decoder.longestNoteSeconds = longestNoteSeconds
    decoder.polyphony = polyphony
    self.signature = unsettled.last { rules.signatures[$0] } ?? signature
    _ = decoder.takeSettledMessages()
  }

  /// Whether the span is written to its end.
  var isComplete: Bool {
    tokens.count >= tokenLimit || tick >= span.upperBound
  }

  /// Up to where time has passed.
  private var tick: Int { tempoMap.tick(atSeconds: decoder.settledSeconds) }

  /// What is written, and what of the stretch came before it.
  ///
  /// A grammar may have left no choice but a note out of the pitches, which is left out.
  var score: Score {
    var score = decoder.score
    guard let pitches = rules.pitches else { return score }
    for track in score.tracks.indices where !score.tracks[track].isDrums {
      score.tracks[track].notes.removeAll { note in
        span.contains(note.onset) && !pitches.contains(note.pitch)
      }
    }
    return score
  }

  /// Draws the next token from logits.
  mutating func draw(
    _ logits: ArraySlice<Float>, temperature: Double, distribution: inout TokenDistribution,
    using random: inout RandomSource
  ) -> Token {
    let allowed = grammar.allowed
    distribution.load(logits, allowed: allowed, temperature: temperature)
    let wanted = rules.wanted(among: allowed, signature: signature).intersection(allowed)
    // What leads to the span is none of its own, and circles where the piece does.
    let (token, logMass) = distribution.draw(
      from: tick < span.lowerBound ? wanted : loops.withoutLoops(wanted), allowed: allowed,
      using: &random)
    logProbability += distribution.logProbability(of: token) - logMass
    tokens.append(token)
    grammar.advance(token)
    decoder.consume(token)
    loops.read(token, noteCount: earlierNoteCount + decoder.noteCount)
    if rules.signatures[token] { signature = token }
    return token
  }
}

/// What may be written in a span besides what the grammar allows: neither the end of the piece nor a
/// change of tempo or metre, which are not the span's own, and no pedal or wheel, which stay what they are.
struct SpanRules: Sendable {
  let vocabulary: any Vocabulary
  /// The tokens that tell a metre.
  let signatures: TokenMask
  /// The pitches that may be struck, drums aside; nil for all.
  let pitches: LearnedPitches?
  private let wanted: TokenMask

  /// Makes the rules.
  ///
  /// - Parameters:
  ///   - vocabulary: the vocabulary.
  ///   - varied: the track that alone is written; nil for all.
  ///   - pitches: the pitches that may be struck, drums aside; nil for all.
  init(
    _ vocabulary: any Vocabulary, varied: VariedTrack? = nil, pitches: LearnedPitches? = nil
  ) {
    self.vocabulary = vocabulary
    self.pitches = pitches
    let strikesDrumsOnly = pitches == .drumsOnly && vocabulary.strikesDrumsAsPitches
    let merged = vocabulary.withoutConditions as? MergedVocabulary
    var wanted = TokenMask(count: vocabulary.count)
    var signatures = TokenMask(count: vocabulary.count)
    for token in 0..<Token(vocabulary.count) {
      let kinds =
        merged.map { merged in merged.expand([token]).map { merged.base.kind(of: $0) } }
        ?? [vocabulary.kind(of: token)]
      signatures[token] = kinds == ["time-signature"]
      wanted[token] =
        token != vocabulary.end && !kinds.contains("tempo") && !kinds.contains("time-signature")
        && !vocabulary.events(of: token).contains(where: \.movesController)
        && varied.map { vocabulary.events(of: token).allSatisfy($0.admits) } ?? true
        && pitches.map { pitches in
          vocabulary.events(of: token).allSatisfy {
            Self.isWanted($0, within: pitches, strikesDrumsOnly: strikesDrumsOnly)
          }
        } ?? true
    }
    self.wanted = wanted
    self.signatures = signatures
  }

  /// Whether an event keeps to pitches.
  private static func isWanted(
    _ event: TokenEvent, within pitches: LearnedPitches, strikesDrumsOnly: Bool
  ) -> Bool {
    switch event {
    // What is struck is a drum where the drums' program alone may play.
    case .note(let pitch): strikesDrumsOnly || pitch >= 128 || pitches.contains(pitch)
    // Only a pitch could follow, where there are none.
    case .program(let program): program >= 128 || pitches != .drumsOnly
    default: true
    }
  }

  /// The wanted tokens, of which the grammar allows at least one.
  ///
  /// Where it allows only metres, the one in force; where only what is not wanted, all of it.
  func wanted(among allowed: TokenMask, signature: Token?) -> TokenMask {
    if zip(wanted.words, allowed.words).contains(where: { $0 & $1 != 0 }) { return wanted }
    guard let signature, allowed[signature] else { return allowed }
    var mask = TokenMask(count: vocabulary.count)
    mask[signature] = true
    return mask
  }
}
