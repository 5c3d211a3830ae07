public import Modeling
public import Music
import Recurrent
import Tokenization

/// Writes many pieces at once: one network step serves all of them.
///
/// A piece depends on its own seed alone, not on what is written beside it. Bytes sum exactly, so that
/// the pieces are lanes of one product; a network that cannot step in bytes has a lane only.
public final class PieceBatch {
  /// A finished piece.
  public struct Piece: Sendable {
    /// Its place in the list of what was asked for.
    public let index: Int
    /// The music.
    public let score: Score
    /// How long its primer is, in seconds.
    public let primerSeconds: Double
    /// The mean of the logarithms of its tokens' probabilities; 0 where they were not measured.
    public let logLikelihoodPerToken: Double

    /// The music after the primer.
    public var scoreWithoutPrimer: Score {
      let tick = score.tempoMap.tick(atSeconds: primerSeconds)
      return score.trimmed(to: tick..<max(tick, score.endTick))
    }
  }

  /// How many pieces are written at once, at most.
  public static let widestBatch = 64

  /// How many tokens were drawn.
  public private(set) var tokenCount = 0

  private struct Lane {
    var index: Int
    var state: PieceState
    var openingCount = 0
  }

  private let settings: GenerationSettings
  private let seeds: [UInt64]
  private let measuresLikelihood: Bool
  private let start: PieceStart
  private let stepper: Stepper
  private var lanes: [Lane?]
  private var upcoming = 0
  private var tokens: [Int32]
  private var logits: [Float] = []

  /// Prepares pieces that differ by their seeds.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for; its seed is not used.
  ///   - seeds: a seed for each piece.
  ///   - measuresLikelihood: whether pieces shall be told with their likelihood.
  /// - Throws: ``GenerationError`` where the settings cannot be met or the primer is empty.
  public init(
    model: Model, settings: GenerationSettings, seeds: [UInt64],
    measuresLikelihood: Bool = false
  ) throws(GenerationError) {
    self.settings = settings
    self.seeds = seeds
    self.measuresLikelihood = measuresLikelihood
    start = try PieceStart(settings, model)
    let isExact = steppingPrecision(model) == .int8
    let width = isExact ? max(1, min(PieceBatch.widestBatch, seeds.count)) : 1
    stepper = makeStepper(model, streams: width)
    lanes = Array(repeating: nil, count: width)
    tokens = Array(repeating: Int32(start.vocabulary.start), count: width)
    for lane in lanes.indices { try open(lane) }
  }

  /// Writes until at least one more piece is finished.
  ///
  /// - Parameter isCancelled: asked at every step; true stops early with no pieces.
  /// - Returns: the pieces finished at this step; nil when all are.
  /// - Throws: ``GenerationError`` where a further piece cannot be started.
  public func next(
    isCancelled: () -> Bool = { false }
  ) throws(GenerationError) -> [Piece]? {
    var finished: [Piece] = []
    while finished.isEmpty, !isCancelled() {
      if lanes.allSatisfy({ $0 == nil }) { return nil }
      for lane in lanes.indices {
        if let piece = try advance(lane) { finished.append(piece) }
      }
      stepper.step(tokens, logits: &logits)
    }
    return finished
  }

  /// Chooses what a lane's network reads next.
  private func advance(_ lane: Int) throws(GenerationError) -> Piece? {
    guard var current = lanes[lane] else { return nil }
    lanes[lane] = nil
    if current.openingCount < current.state.opening.count {
      tokens[lane] = Int32(current.state.opening[current.openingCount])
      current.openingCount += 1
      lanes[lane] = current
      return nil
    }
    let size = start.vocabulary.count
    if let token = current.state.draw(logits[lane * size..<(lane + 1) * size]) {
      tokenCount += 1
      tokens[lane] = Int32(token)
      lanes[lane] = current
      return nil
    }
    try open(lane)
    if var next = lanes[lane] {
      stepper.reset(stream: lane)
      tokens[lane] = Int32(next.state.opening[0])
      next.openingCount = 1
      lanes[lane] = next
    }
    return Piece(
      index: current.index, score: current.state.decoder.score,
      primerSeconds: current.state.primerSeconds,
      logLikelihoodPerToken: current.state.logLikelihood / Double(max(1, current.state.tokenCount)))
  }

  /// Gives a lane the next piece, if there is one.
  private func open(_ lane: Int) throws(GenerationError) {
    guard upcoming < seeds.count else { return }
    var settings = settings
    settings.seed = seeds[upcoming]
    lanes[lane] = Lane(
      index: upcoming,
      state: try PieceState(settings, start, measuresLikelihood: measuresLikelihood))
    upcoming += 1
  }
}
