public import Recurrent
public import Tokenization

/// A trained model: a network, the vocabulary its tokens belong to, and where it comes from.
public struct Model: Sendable {
  /// The recurrent network.
  public var network: Network
  /// The vocabulary of its tokens.
  public private(set) var vocabulary: any Vocabulary
  /// What it was trained on, how, and how well it predicts.
  public var provenance: Provenance

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - network: a network with as many tokens as the vocabulary.
  ///   - vocabulary: the vocabulary.
  ///   - provenance: where the model comes from.
  public init(network: Network, vocabulary: any Vocabulary, provenance: Provenance = Provenance()) {
    precondition(
      network.configuration.vocabularySize == vocabulary.count,
      "network of \(network.configuration.vocabularySize) tokens, vocabulary of \(vocabulary.count)"
    )
    self.network = network
    self.vocabulary = vocabulary
    self.provenance = provenance
  }

  /// The model as it writes where no part is given: whole pieces, if its part is optional.
  public var whole: Model {
    var model = self
    model.vocabulary = vocabulary.whole
    return model
  }
}
