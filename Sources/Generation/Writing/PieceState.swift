import Foundation
import Modeling
import Music
import Tensors
import Tokenization

/// A piece being written, all but the network: it turns logits into the next token.
struct PieceState {
  var sampler: Sampler
  /// How many tokens were drawn.
  private(set) var tokenCount = 0
  /// Whether the piece is at its end.
  private(set) var isFinished = false
  /// The sum of the logarithms of the drawn tokens' probabilities, where it is measured.
  private(set) var logLikelihood = 0.0
  private(set) var decoder: any Decoder
  /// What the network reads before the first token is drawn.
  let opening: [Token]
  /// How long the primer is.
  let primerSeconds: Double

  private let vocabulary: any Vocabulary
  private let steering: SteeringTable
  private let length: PieceLength?
  private let measuresLikelihood: Bool
  private var random: RandomSource
  private var grammar: any Grammar
  private var repetition: RepetitionWindow
  private var density: DensityControl?
  private var bars: BarCount
  private var noteCount = 0

  /// Starts a piece.
  ///
  /// - Throws: ``GenerationError`` where the settings cannot be met or the primer is empty.
  init(
    _ settings: GenerationSettings, _ start: PieceStart, measuresLikelihood: Bool = false
  ) throws(GenerationError) {
    vocabulary = start.vocabulary
    steering = start.steering
    self.measuresLikelihood = measuresLikelihood
    length = settings.length
    sampler = Sampler(settings.sampling, classes: start.classes)
    random = RandomSource(seed: settings.seed)
    var grammar = vocabulary.makeGrammar()
    grammar.longestNoteSeconds = settings.longestNoteSeconds ?? start.longestNoteSeconds
    var decoder = vocabulary.makeDecoder()
    opening = start.opening
    for token in opening {
      grammar.advance(token)
      decoder.consume(token)
    }
    self.grammar = grammar
    self.decoder = decoder
    primerSeconds = decoder.settledSeconds
    repetition = RepetitionWindow()
    density = settings.steering.density.map { DensityControl(target: $0) }
    bars = BarCount(from: decoder.score)
  }

  /// Draws the next token; nil when the piece is at its end.
  mutating func draw(_ logits: ArraySlice<Float>) -> Token? {
    if isFinished { return nil }
    let grammatical = grammar.allowed
    var allowed = grammatical
    switch ending(allowed) {
    case .now: return finish()
    case .notYet:
      allowed[vocabulary.end] = false
      if allowed.isEmpty { return finish() }
    case .possible: break
    }
    allowed = steering.steer(allowed)
    prepareBias()
    var token = sampler.sample(logits: logits, allowed: allowed, using: &random)
    // Drawing again among the others is drawing from the others' distribution.
    while !steering.leadsOn(token, grammar) {
      allowed[token] = false
      if allowed.isEmpty { break }
      token = sampler.sample(logits: logits, allowed: allowed, using: &random)
    }
    if measuresLikelihood {
      logLikelihood += Double(logProbability(of: token, logits: logits, allowed: grammatical))
    }
    tokenCount += 1
    if token == vocabulary.end { return finish() }
    grammar.advance(token)
    let before = decoder.settledSeconds
    decoder.consume(token)
    let notes = vocabulary.noteCount(of: token)
    noteCount += notes
    if sampler.settings.repetitionPenalty > 1 {
      repetition.append(steering.struck[Int(token)], window: sampler.settings.repetitionWindow)
    }
    density?.advance(notes: notes, seconds: decoder.settledSeconds - before)
    return token
  }

  mutating func takeMessages() -> [TimedMessage] { decoder.takeSettledMessages() }

  private mutating func prepareBias() {
    let penalty = sampler.settings.repetitionPenalty
    guard penalty > 1 || density != nil || !steering.bias.isEmpty else { return }
    if sampler.bias.isEmpty {
      sampler.bias = Array(repeating: 0, count: vocabulary.count)
    }
    for index in sampler.bias.indices {
      sampler.bias[index] = steering.bias.isEmpty ? 0 : steering.bias[index]
    }
    if penalty > 1 {
      let cost = log(penalty)
      for token in steering.struck.indices {
        for pitch in steering.struck[token] where repetition.contains(pitch) {
          sampler.bias[token] -= cost
        }
      }
    }
    if let density { for token in steering.time { sampler.bias[token] += density.timeBias } }
  }

  private enum Ending { case notYet, possible, now }

  /// Before the asked length the piece goes on; then the first rest ends it, and a tenth later (at
  /// most 5 s, a bar, 32 notes) it is closed wherever it is.
  private mutating func ending(_ allowed: TokenMask) -> Ending {
    guard let length else { return .possible }
    let written: Double
    switch length {
    case .seconds: written = decoder.settledSeconds - primerSeconds
    case .bars: written = bars.count(decoder)
    case .notes: written = Double(noteCount)
    case .tokens: written = Double(tokenCount)
    }
    sampler.progress = Float(written / length.amount)
    if written < length.amount { return tokenCount < length.tokenLimit ? .notYet : .now }
    return allowed[vocabulary.end] || written >= length.amount + length.overrun ? .now : .possible
  }

  private mutating func finish() -> Token? {
    isFinished = true
    decoder.finish()
    return nil
  }
}

/// The logarithm of a token's probability under the network, among the allowed ones.
private func logProbability(
  of token: Token, logits: ArraySlice<Float>, allowed: TokenMask
) -> Float {
  var largest = -Float.infinity
  for index in logits.indices where allowed[Token(index - logits.startIndex)] {
    largest = max(largest, logits[index])
  }
  var sum: Float = 0
  for index in logits.indices where allowed[Token(index - logits.startIndex)] {
    sum += exp(logits[index] - largest)
  }
  return logits[logits.startIndex + Int(token)] - largest - log(sum)
}
