public import Modeling
public import Music
import Recurrent
public import Tokenization

/// Writes one piece, token by token.
///
/// Every token is allowed by the vocabulary's grammar, so the piece is valid at every moment. Near
/// the asked length the generator waits for the music to rest and closes the piece there; it never
/// stops in the middle of a note. It does not hear of a cancelled task: whoever asks for token after
/// token can stop asking.
public final class PieceGenerator {
  /// How tokens are drawn; may change while the piece is being written.
  public var sampling: SamplingSettings {
    get { state.sampler.settings }
    set { state.sampler.settings = newValue }
  }
  /// How many notes a second the sampler aims at; nil for as many as the model likes.
  public var density: Double? { state.density }
  /// How many events were written behind the primer.
  public var eventCount: Int { state.eventCount }
  /// What was changed on the way so far, and what the settings change later.
  public var changes: [SamplingChange] { state.changes }
  /// How many tokens were drawn.
  public var tokenCount: Int { state.tokenCount }
  /// Whether the piece is at its end.
  public var isFinished: Bool { state.isFinished }
  /// How long the primer is that the piece begins with, in seconds.
  public var primerSeconds: Double { state.primerSeconds }

  private let stepper: GuidedStepper
  private var state: PieceState
  private var logits: [Float] = []

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for.
  /// - Throws: ``GenerationError`` where the settings cannot be met, the primer is empty or memory does
  ///   not suffice.
  public init(model: Model, settings: GenerationSettings) throws(GenerationError) {
    state = PieceState(settings, try PieceStart(settings, model))
    stepper = try GuidedStepper(model, pieces: 1, guidance: settings.guidance)
    for token in state.opening { stepper.step([Int32(token)], logits: &logits) }
  }

  /// Draws the next token; nil when the piece is at its end.
  public func next() -> Token? {
    guard let token = state.draw(logits[...], stepper.pieces.first) else { return nil }
    stepper.step(
      [Int32(token)], hidingRecall: [state.hidesRecall], telling: [state.toldKey], logits: &logits)
    return token
  }

  /// Changes how the tokens to come are drawn; with these ``changes`` in its settings the piece is written
  /// again.
  ///
  /// - Throws: ``GenerationError`` where a value is out of range; then nothing changes.
  public func change(_ kind: SamplingChange.Kind) throws(GenerationError) {
    try SamplingChange(event: 0, kind).validate()
    state.change(kind)
  }

  /// Removes and returns the messages that no later token can change, in playing order.
  public func takeMessages() -> [TimedMessage] { state.takeMessages() }

  /// How far the piece is written, in seconds.
  public var settledSeconds: Double { state.decoder.settledSeconds }

  /// The piece so far.
  public var score: Score { state.decoder.score }
}

/// A stepper whose logits do not depend on what else is written beside them, where the network allows.
///
/// - Throws: ``GenerationError`` where memory does not suffice.
func makeStepper(_ model: Model, streams: Int) throws(GenerationError) -> Stepper {
  do {
    return try Stepper(model.network, streams: streams, precision: steppingPrecision(model))
  } catch {
    throw GenerationError(.network(error))
  }
}

/// Bytes, whose sums are exact, where the machine does them fast; otherwise floats.
func steppingPrecision(_ model: Model) -> SteppingPrecision {
  SteppingPrecision.auto.resolved(for: model.network.configuration) == .int8 ? .int8 : .f32
}
