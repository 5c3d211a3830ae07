public import Modeling
public import Music
import Recurrent
import Tensors
public import Tokenization

/// Writes one piece, token by token.
///
/// Every token is allowed by the vocabulary's grammar, so the piece is valid at every moment. Near
/// the asked length the generator waits for the music to rest and closes the piece there; it never
/// stops in the middle of a note.
public final class PieceGenerator {
  /// How tokens are drawn; may change while the piece is being written.
  public var sampling: SamplingSettings {
    get { sampler.settings }
    set { sampler.settings = newValue }
  }
  /// How many tokens were drawn.
  public private(set) var tokenCount = 0
  /// Whether the piece is at its end.
  public private(set) var isFinished = false

  private let vocabulary: any Vocabulary
  private let stepper: Stepper
  private var sampler: Sampler
  private var random: RandomSource
  private var grammar: any Grammar
  private var decoder: any Decoder
  private var logits: [Float]
  private let targetSeconds: Double?
  /// How long the piece may go on beyond ``targetSeconds`` to find a rest.
  private let overrunSeconds: Double

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for.
  /// - Throws: ``GenerationError`` where a setting is out of range or the primer is empty.
  public init(model: Model, settings: GenerationSettings) throws(GenerationError) {
    try settings.validate()
    let vocabulary = model.vocabulary
    self.vocabulary = vocabulary
    do {
      stepper = try Stepper(model.network, streams: 1, precision: .f32)
    } catch {
      preconditionFailure("a model holds a valid network: \(error)")
    }
    sampler = Sampler(settings.sampling)
    random = RandomSource(seed: settings.seed)
    grammar = vocabulary.makeGrammar()
    grammar.longestNoteSeconds =
      settings.longestNoteSeconds ?? model.provenance.longestNoteSeconds
    decoder = vocabulary.makeDecoder()
    logits = Array(repeating: 0, count: vocabulary.count)
    var opening = [vocabulary.start]
    if let primer = settings.primer {
      opening = vocabulary.encode(primer).filter { $0 != vocabulary.end }
      guard opening.contains(where: { vocabulary.noteCount(of: $0) > 0 }) else {
        throw GenerationError(.emptyPrimer)
      }
    }
    for token in opening {
      grammar.advance(token)
      decoder.consume(token)
      stepper.step([Int32(token)], logits: &logits)
    }
    let primerSeconds = decoder.settledSeconds
    targetSeconds = settings.seconds.map { primerSeconds + $0 }
    overrunSeconds = settings.seconds.map { min(5, $0 / 10) } ?? 0
  }

  /// Draws the next token; nil when the piece is at its end.
  public func next() -> Token? {
    if isFinished { return nil }
    var allowed = grammar.allowed
    let ending = ending(allowed)
    if ending == .now { return finish() }
    if ending == .notYet { allowed[vocabulary.end] = false }
    let token = sampler.sample(logits: logits[...], allowed: allowed, using: &random)
    tokenCount += 1
    if token == vocabulary.end { return finish() }
    grammar.advance(token)
    decoder.consume(token)
    stepper.step([Int32(token)], logits: &logits)
    return token
  }

  /// Removes and returns the messages that no later token can change, in playing order.
  public func takeMessages() -> [TimedMessage] { decoder.takeSettledMessages() }

  /// How far the piece is written, in seconds.
  public var settledSeconds: Double { decoder.settledSeconds }

  /// The piece so far.
  public var score: Score { decoder.score }

  private enum Ending { case notYet, possible, now }

  /// Before the asked length the piece goes on; then the first rest ends it, and a tenth later
  /// (at most 5 s) it is closed wherever it is.
  private func ending(_ allowed: TokenMask) -> Ending {
    guard let targetSeconds else { return .possible }
    let now = decoder.settledSeconds
    if now < targetSeconds { return tokenCount < tokenLimit ? .notYet : .now }
    return allowed[vocabulary.end] || now >= targetSeconds + overrunSeconds
      ? .now : .possible
  }

  /// A model that never lets time pass must not run for ever: no music has 2,000 tokens a second.
  private var tokenLimit: Int { 10_000 + Int((targetSeconds ?? 0) * 2_000) }

  private func finish() -> Token? {
    isFinished = true
    decoder.finish()
    return nil
  }
}
