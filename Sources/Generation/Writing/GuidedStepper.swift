import Modeling
import Recurrent
import Tokenization

/// Steps pieces side by side, each with a twin that is told nothing where conditions are sharpened.
///
/// The logits are those of the twin, plus what the conditions change in them times the guidance: 1 leaves
/// the model's own, more makes what is told count for more. A twin is another row of the same product.
///
/// - Reference: Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022); for language models Sanchez
///   et al., "Stay on Topic with Classifier-Free Guidance" (2023).
final class GuidedStepper {
  private let stepper: Stepper
  private let count: Int
  private let guidance: Float
  /// What a twin reads for each token; nil where there are no twins.
  private let twins: [Int32]?
  private var both: [Float] = []

  /// - Parameters:
  ///   - model: the model.
  ///   - pieces: how many pieces.
  ///   - guidance: how much of what conditions change in the logits counts.
  /// - Throws: ``GenerationError`` where memory does not suffice.
  init(_ model: Model, pieces: Int, guidance: Float) throws(GenerationError) {
    count = pieces
    self.guidance = guidance
    twins =
      guidance == 1
      ? nil
      : (model.vocabulary as? ConditionedVocabulary).map { vocabulary in
        (0..<vocabulary.count).map { Int32(vocabulary.untold(Token($0))) }
      }
    stepper = try makeStepper(model, streams: twins == nil ? pieces : 2 * pieces)
  }

  /// What recall knows of each piece; empty where the network has none.
  var pieces: [PieceMemory] {
    twins == nil ? stepper.pieces : Array(stepper.pieces.prefix(count))
  }

  /// What the network remembers of all pieces and their twins.
  var state: NetworkState {
    get { stepper.state }
    set { stepper.state = newValue }
  }

  /// V.
  var vocabularySize: Int { stepper.configuration.vocabularySize }

  /// Reads a token of each piece, and writes the logits of the next, [pieces, V].
  ///
  /// - Parameters:
  ///   - tokens: a token for each piece.
  ///   - hidingRecall: of which pieces the network is told of no match at this step; nil for none.
  ///   - telling: the token of a condition that holds from this step on, for each piece; nil for those that held.
  ///   - logits: receives the logits.
  func step(
    _ tokens: [Int32], hidingRecall: [Bool]? = nil, telling: [Token?]? = nil,
    logits: inout [Float]
  ) {
    let told = telling.map { $0.map { token in token.map { Int32($0) } } }
    guard let twins else {
      return stepper.step(tokens, hidingRecall: hidingRecall, telling: told, logits: &logits)
    }
    let untold = [Int32?](repeating: nil, count: count)
    stepper.step(
      tokens + tokens.map { twins[Int($0)] }, hidingRecall: hidingRecall.map { $0 + $0 },
      telling: told.map { $0 + untold }, logits: &both)
    let size = count * vocabularySize
    if logits.count != size { logits = [Float](repeating: 0, count: size) }
    for index in 0..<size {
      logits[index] = both[size + index] + guidance * (both[index] - both[size + index])
    }
  }

  /// What the network makes of each piece where it is told all, without guidance, [pieces, V] at the beginning.
  ///
  /// - Parameter logits: what the last step wrote.
  /// - Returns: the logits as told; behind them there may be others.
  func told(_ logits: [Float]) -> [Float] { twins == nil ? logits : both }

  /// Does other work between two steps on the threads that step.
  func perform<Item: AnyObject>(on items: [Item], _ work: @Sendable (Item) -> Void) {
    stepper.perform(on: items, work)
  }

  /// Puts a piece to its start.
  func reset(piece: Int) {
    stepper.reset(stream: piece)
    if twins != nil { stepper.reset(stream: count + piece) }
  }

  /// Goes on with piece `sources[k]` in the place of piece k.
  func gather(_ sources: [Int]) {
    stepper.state = stepper.state.gathering(
      twins == nil ? sources : sources + sources.map { count + $0 })
  }
}
