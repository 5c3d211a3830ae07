import Glibc
public import Recurrent
public import Tokenization

/// A model that tells what a piece is: a network whose answer is a label.
///
/// The same cells and layers as a model's that writes music; what they say at each step is pooled, and a
/// linear layer gives a number for each label.
public struct Classifier: Sendable {
  /// The network, with a readout of as many labels.
  public let network: Network
  /// The vocabulary of its tokens.
  public let vocabulary: any Vocabulary
  /// The labels, in the order of the network's answers.
  public let labels: [String]
  /// Counted n-grams of the pieces that it learned from, to hold it against.
  public let ngrams: NgramClassifier
  /// What it learned from, how, and how well it tells pieces apart.
  public var provenance: ClassifierProvenance

  /// Creates a classifier.
  ///
  /// - Parameters:
  ///   - network: a network of the vocabulary's tokens and of as many labels.
  ///   - vocabulary: the vocabulary.
  ///   - labels: the labels.
  ///   - ngrams: n-grams of the same labels.
  ///   - provenance: where it comes from.
  public init(
    network: Network, vocabulary: any Vocabulary, labels: [String], ngrams: NgramClassifier,
    provenance: ClassifierProvenance = ClassifierProvenance()
  ) {
    precondition(
      network.configuration.readout?.labelCount == labels.count
        && network.configuration.vocabularySize == vocabulary.count
        && ngrams.labels == labels,
      "a network of other labels or tokens")
    self.network = network
    self.vocabulary = vocabulary
    self.labels = labels
    self.ngrams = ngrams
    self.provenance = provenance
  }

  /// How its answers are pooled.
  public var pooling: Pooling { network.configuration.readout?.pooling ?? .last }
}

/// What tells how likely each of some labels is for a piece: a classifier, counted n-grams, or a model that
/// writes music under each of its conditions and tells how likely it finds a piece.
public protocol PieceClassifier {
  /// The labels, in the order of the answers.
  var labels: [String] { get }

  /// Tells pieces apart.
  ///
  /// - Parameters:
  ///   - pieces: tokens of whole pieces, from the start token to the end token.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: for each piece the probability of each label.
  /// - Throws: `CancellationError` where the task is cancelled, or what keeps it from being told.
  func probabilities(
    of pieces: [ArraySlice<Token>], progress: (Double) -> Void
  ) throws -> [[Double]]
}

/// The probability of each label by Bayes' rule.
///
/// - Parameters:
///   - logLikelihoods: how likely what was seen is under each label, in nats.
///   - logPriors: how likely each label is before, in nats; all alike where nil.
/// - Returns: the probabilities, which add up to 1; a label whose number is not finite has none, and where
///   all are so, all have the same.
public func posterior(logLikelihoods: [Double], logPriors: [Double]? = nil) -> [Double] {
  let logs = logLikelihoods.indices.map { index in
    let sum = logLikelihoods[index] + (logPriors?[index] ?? 0)
    return sum.isNaN ? -.infinity : sum
  }
  guard let most = logs.max(), most.isFinite else {
    return logs.map { _ in 1 / Double(max(1, logs.count)) }
  }
  let shares = logs.map { exp($0 - most) }
  let sum = shares.reduce(0, +)
  return shares.map { $0 / sum }
}
