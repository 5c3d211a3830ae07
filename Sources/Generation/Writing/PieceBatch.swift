public import Modeling
public import Music
import Recurrent
import Tokenization

/// Writes many pieces at once: one network step serves all of them.
///
/// A piece depends on its own seed alone, not on what is written beside it. Bytes sum exactly, so that
/// the pieces are lanes of one product; a network that cannot step in bytes has a lane only.
///
/// Like all that writes step by step it does not hear of a cancelled task: whoever asks for one step
/// after another can stop asking.
public final class PieceBatch {
  /// A finished piece.
  public struct Piece: Sendable {
    /// Its place in the list of what was asked for: of so many candidates for each seed the first seed's come first.
    public let index: Int
    /// The music.
    public let score: Score
    /// How long its primer is, in seconds.
    public let primerSeconds: Double
    /// Where its primer ends, in ticks of the score: nothing new is struck before.
    public let primerTick: Int
    /// What the model was told of it, each in words such as `key D-minor`.
    public let told: [String]
    /// The mean of the logarithms of its tokens' probabilities under the network as it is told of the piece, without
    /// guidance; 0 where they were not measured.
    public let logLikelihoodPerToken: Double

    /// The music after the primer.
    public var scoreWithoutPrimer: Score {
      score.trimmed(to: primerTick..<max(primerTick, score.endTick))
    }
  }

  /// How many pieces are written at once, at most.
  public static let widestBatch = 64

  /// How many tokens were drawn.
  public private(set) var tokenCount = 0

  private let settings: GenerationSettings
  private let seeds: [UInt64]
  private let candidates: Int
  private let measuresLikelihood: Bool
  private let start: PieceStart
  private let stepper: GuidedStepper
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
  ///   - candidates: how many pieces are written of each seed, at least 1, to be compared: they are told the same, follow
  ///     the same plan and degrees, and differ in what is drawn. The first is the piece of the seed alone.
  ///   - measuresLikelihood: whether pieces shall be told with their likelihood.
  /// - Throws: ``GenerationError`` where the settings cannot be met, the primer is empty or memory does
  ///   not suffice.
  public init(
    model: Model, settings: GenerationSettings, seeds: [UInt64], candidates: Int = 1,
    measuresLikelihood: Bool = false
  ) throws(GenerationError) {
    self.settings = settings
    self.seeds = seeds
    self.candidates = max(1, candidates)
    self.measuresLikelihood = measuresLikelihood
    start = try PieceStart(settings, model)
    let isExact = steppingPrecision(model) == .int8
    let count = seeds.count * self.candidates
    let width = isExact ? max(1, min(PieceBatch.widestBatch, count)) : 1
    stepper = try GuidedStepper(model, pieces: width, guidance: settings.guidance)
    lanes = Array(repeating: nil, count: width)
    tokens = Array(repeating: Int32(start.vocabulary.start), count: width)
    for lane in lanes.indices { lanes[lane] = openLane(stream: lane) }
  }

  /// Writes a token of each piece that is open.
  ///
  /// - Returns: the pieces that this has finished, most often none; nil when all are.
  public func next() -> [Piece]? {
    let open = lanes.compactMap { $0 }
    if open.isEmpty { return nil }
    let size = start.vocabulary.count
    stepper.perform(on: open) {
      [logits, told = stepper.told(logits), pieces = stepper.pieces] lane in
      let row = lane.stream * size..<(lane.stream + 1) * size
      lane.advance(
        logits.isEmpty ? [] : logits[row], pieces.isEmpty ? nil : pieces[lane.stream],
        measuring: told.isEmpty ? nil : told[row])
    }
    var finished: [Piece] = []
    for lane in open {
      if lane.isFinished { finished.append(replace(lane)) } else { tokenCount += lane.drawn }
    }
    for case let lane? in lanes { tokens[lane.stream] = Int32(lane.token) }
    stepper.step(
      tokens, hidingRecall: lanes.map { $0?.hidesRecall ?? false },
      telling: lanes.map { $0?.toldKey }, logits: &logits)
    return finished
  }

  /// Takes a finished lane's piece and gives its stream the next one, if there is one.
  private func replace(_ lane: Lane) -> Piece {
    let next = openLane(stream: lane.stream)
    lanes[lane.stream] = next
    if let next {
      stepper.reset(piece: lane.stream)
      next.advance([], nil, measuring: nil)
    }
    let state = lane.state
    return Piece(
      index: lane.index, score: state.decoder.score, primerSeconds: state.primerSeconds,
      primerTick: state.primerTick, told: state.told,
      logLikelihoodPerToken: state.logLikelihood / Double(max(1, state.tokenCount)))
  }

  /// The next piece, in a stream that is free; nil when all have been begun.
  private func openLane(stream: Int) -> Lane? {
    guard upcoming < seeds.count * candidates else { return nil }
    let (place, candidate) = upcoming.quotientAndRemainder(dividingBy: candidates)
    var settings = settings
    settings.seed = seeds[place]
    // Far from the seeds of other pieces, which are counted on by one.
    let state = PieceState(
      settings, start, drawnBy: settings.seed ^ UInt64(candidate) << 40,
      measuresLikelihood: measuresLikelihood)
    upcoming += 1
    return Lane(index: upcoming - 1, stream: stream, state: state)
  }
}

/// One of the pieces written side by side; a thread has it for itself while it advances.
private final class Lane {
  /// The piece's place in the list of what was asked for.
  let index: Int
  let stream: Int
  var state: PieceState
  /// What the network reads next.
  var token: Token = 0
  /// How many tokens the last advance drew: none while the network reads the primer.
  var drawn = 0
  var isFinished = false
  private var openingCount = 0

  /// Whether the network is to be told of no match as it reads the token; of the primer it is told all.
  var hidesRecall: Bool { drawn > 0 && state.hidesRecall }
  /// The condition that tells the network the key from here on; nil for what it was told.
  var toldKey: Token? { drawn > 0 ? state.toldKey : nil }

  init(index: Int, stream: Int, state: PieceState) {
    self.index = index
    self.stream = stream
    self.state = state
  }

  /// Chooses the next token, from the logits and what is recalled once the primer has been read, and measures it by
  /// logits without guidance.
  func advance(
    _ logits: ArraySlice<Float>, _ memory: PieceMemory?, measuring told: ArraySlice<Float>?
  ) {
    drawn = 0
    if openingCount < state.opening.count {
      token = state.opening[openingCount]
      openingCount += 1
    } else if let next = state.draw(logits, memory, measuring: told) {
      token = next
      drawn = 1
    } else {
      isFinished = true
    }
  }
}
