import Batching
import Evaluation
import Glibc
public import Modeling
import Recurrent
public import Tokenization

/// A model that writes music in styles, as one that tells them apart: by Bayes' rule over how likely it finds
/// a piece in each.
///
/// What else a piece's tokens tell of it, such as its key, stays told; how often each style stood among the
/// pieces that the model learned from is what is known before a piece is read.
///
/// - Reference: Ng and Jordan, "On Discriminative vs. Generative Classifiers" (2001).
public struct GenerativeClassifier: PieceClassifier, Sendable {
  /// The model.
  public let model: Model
  /// Its styles.
  public let labels: [String]
  /// The share of each style among the pieces that the model learned from; all alike where it does not say.
  public let priors: [Double]
  private let vocabulary: ConditionedVocabulary

  /// Takes a model; nil where it knows no styles.
  ///
  /// - Parameter model: the model.
  public init?(_ model: Model) {
    guard let vocabulary = model.vocabulary as? ConditionedVocabulary,
      let slot = vocabulary.conditions.slots.firstIndex(where: { $0.kind == .style })
    else { return nil }
    self.model = model
    self.vocabulary = vocabulary
    labels = vocabulary.conditions.slots[slot].values
    let mix = model.provenance.conditions.flatMap { $0.fits(vocabulary.conditions) ? $0 : nil }
    // One more than was counted, as a style of which the mix kept no combination is possible too.
    let counts = labels.indices.map { 1 + Double(mix?.count(ofValue: $0, inSlot: slot) ?? 0) }
    let sum = counts.reduce(0, +)
    priors = counts.map { $0 / sum }
  }

  /// Tells how likely the model finds pieces in each style.
  ///
  /// - Parameters:
  ///   - pieces: tokens of whole pieces, of the model's vocabulary.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: for each piece the log-likelihood of its tokens behind the start in each style, in nats.
  /// - Throws: `EvaluationError` where memory would not suffice or a loss is no number, `CancellationError` where
  ///   the task is cancelled.
  /// - Complexity: O(n) for the tokens of all pieces, read once in each style.
  public func logLikelihoods(
    of pieces: [ArraySlice<Token>], progress: (Double) -> Void = { _ in }
  ) throws -> [[Double]] {
    guard !pieces.isEmpty else { return [] }
    let readings = pieces.count * labels.count
    let engine: BackpropagationThroughTime
    do {
      engine = try BackpropagationThroughTime(
        model.network.configuration, streams: min(32, readings), windowLength: 128, precision: .f32)
    } catch {
      throw EvaluationError(.network(error))
    }
    let order = (0..<readings).sorted {
      (pieces[$1 / labels.count].count, $0) < (pieces[$0 / labels.count].count, $1)
    }
    let tokens = pieces.reduce(0) { $0 + $1.count } * labels.count
    let losses = try engine.losses(
      of: model.network, onPieces: order,
      progress: { progress(Double($0) / Double(max(1, tokens))) }
    ) { [labels, vocabulary] reading in
      let told = vocabulary.telling(
        style: labels[reading % labels.count], of: Array(pieces[reading / labels.count]))
      return ReadPiece(told, areGiven: vocabulary.areGiven(told))
    }
    if let broken = losses.pieces.firstIndex(where: { !$0.isFinite }) {
      throw EvaluationError(.notFinite(path: "piece \(broken / labels.count + 1)"))
    }
    return pieces.indices.map { piece in
      labels.indices.map { -losses.pieces[piece * labels.count + $0] }
    }
  }

  /// Reads whole pieces in each style and tells which they are.
  ///
  /// - Parameters:
  ///   - pieces: tokens of whole pieces, of the model's vocabulary.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: for each piece the probability of each style.
  /// - Throws: what ``logLikelihoods(of:progress:)`` does.
  public func probabilities(
    of pieces: [ArraySlice<Token>], progress: (Double) -> Void = { _ in }
  ) throws -> [[Double]] {
    let logPriors = priors.map { log($0) }
    return try logLikelihoods(of: pieces, progress: progress).map {
      posterior(logLikelihoods: $0, logPriors: logPriors)
    }
  }
}
