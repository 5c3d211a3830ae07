import Foundation
public import Modeling
import Recurrent
import Tokenization

/// Searches for a likely piece: so many beginnings side by side, of which the likeliest are kept at
/// every token.
///
/// Likely is what the settings' filters and steering make of the network's distribution, so that
/// chance has no part in which tokens come. Pieces compare by the mean logarithm of their tokens' probabilities, as
/// in Wu et al., "Google's Neural Machine Translation System" (2016), with a length penalty of 1.
public final class BeamSearch {
  /// The most beginnings side by side.
  public static let widest = 64

  /// How many tokens the piece has so far.
  public private(set) var tokenCount = 0

  private struct Hypothesis {
    var state: PieceState
    var logProbability = 0.0
    var mean: Double { logProbability / Double(max(1, state.tokenCount)) }
  }

  private let stepper: GuidedStepper
  private let width: Int
  private var open: [Hypothesis]
  private var best: Hypothesis?
  private var endings = 0
  private var logits: [Float] = []

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for; on its seed hang what the model is told unasked, and which of a training piece's
  ///     plans and degrees the piece follows.
  ///   - width: how many beginnings stand side by side, 1 to ``widest``.
  /// - Throws: ``GenerationError`` where the settings cannot be met or the primer is empty.
  public init(model: Model, settings: GenerationSettings, width: Int) throws(GenerationError) {
    try GenerationError.check("beam", width, 1...Self.widest ~= width, "1 to \(Self.widest)")
    guard settings.given == nil else {
      throw GenerationError(.given("a search cannot write to a given part"))
    }
    guard settings.length?.form == nil else {
      throw GenerationError(.form("a search cannot keep to a form"))
    }
    self.width = width
    let state = PieceState(settings, try PieceStart(settings, model), measuresLikelihood: true)
    open = [Hypothesis(state: state)]
    stepper = try GuidedStepper(model, pieces: width, guidance: settings.guidance)
    for token in state.opening {
      stepper.step(Array(repeating: Int32(token), count: width), logits: &logits)
    }
  }

  /// Writes a token; false once the search is over.
  public func advance() -> Bool {
    if open.isEmpty { return false }
    var ranked: [(source: Int, token: Token, logProbability: Double)] = []
    for source in open.indices {
      let continuations = open[source].state.continuations(
        row(source), memory(source), count: width)
      if open[source].state.isFinished { close(open[source]) }
      for (token, probability) in continuations {
        ranked.append((source, token, open[source].logProbability + log(Double(probability))))
      }
    }
    ranked.sort {
      ($1.logProbability, $0.source, $0.token) < ($0.logProbability, $1.source, $1.token)
    }
    var kept: [Hypothesis] = []
    var sources: [Int] = []
    var tokens: [Int32] = []
    for (source, token, logProbability) in ranked.prefix(width) {
      var next = open[source]
      next.logProbability = logProbability
      guard next.state.take(token, toldRow(source), memory(source)) else {
        close(next)
        continue
      }
      kept.append(next)
      sources.append(source)
      tokens.append(Int32(token))
    }
    open = endings < width ? kept : []
    guard let token = tokens.first, let source = sources.first, !open.isEmpty else { return false }
    tokenCount += 1
    let idle = width - sources.count
    stepper.gather(sources + Array(repeating: source, count: idle))
    let hiding = kept.map(\.state.hidesRecall) + Array(repeating: false, count: idle)
    let telling = kept.map(\.state.toldKey) + Array(repeating: nil, count: idle)
    stepper.step(
      tokens + Array(repeating: token, count: idle), hidingRecall: hiding, telling: telling,
      logits: &logits)
    return true
  }

  /// The likeliest piece that has ended, or the likeliest beginning where none has.
  public var piece: PieceBatch.Piece? {
    guard let state = (best ?? open.first)?.state else { return nil }
    return PieceBatch.Piece(
      index: 0, score: state.decoder.score, primerSeconds: state.primerSeconds,
      primerTick: state.primerTick, told: state.told,
      logLikelihoodPerToken: state.logLikelihood / Double(max(1, state.tokenCount)))
  }

  private func close(_ hypothesis: Hypothesis) {
    endings += 1
    if best.map({ hypothesis.mean > $0.mean }) ?? true { best = hypothesis }
  }

  private func memory(_ stream: Int) -> PieceMemory? {
    stepper.pieces.isEmpty ? nil : stepper.pieces[stream]
  }

  private func row(_ stream: Int) -> ArraySlice<Float> { logits[places(stream)] }

  private func toldRow(_ stream: Int) -> ArraySlice<Float> {
    stepper.told(logits)[places(stream)]
  }

  private func places(_ stream: Int) -> Range<Int> {
    stream * stepper.vocabularySize..<(stream + 1) * stepper.vocabularySize
  }
}
