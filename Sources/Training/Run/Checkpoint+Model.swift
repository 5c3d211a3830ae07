public import Modeling
package import Recurrent
package import Tokenization

/// A checkpoint as a model.
extension Checkpoint {
  /// Which parameters of a run make a model.
  public enum Choice: Hashable, Sendable {
    /// Those with the lowest held-out loss, after a step.
    case best(step: Int)
    /// Their running average, whose loss was the lowest, after a step.
    case bestAverage(step: Int)
    /// Those after the last step, as nothing was measured.
    case last(step: Int)
  }

  /// Which parameters ``model()`` takes.
  public var choice: Choice {
    guard bestParameters != nil, let best = counters.best else { return .last(step: counters.step) }
    return best.averageNats == best.nats ? .bestAverage(step: best.step) : .best(step: best.step)
  }

  /// Whether it is of a run that trains a classifier.
  public var isClassifier: Bool { settings.network.readout != nil }

  /// The model that the run would write at this point.
  ///
  /// One of an older version says of itself only what stands in its settings and counters.
  ///
  /// - Returns: the best parameters as a model, the last where none were measured.
  /// - Throws: `ModelFileError` where it is a classifier's, or its numbers make no model.
  public func model() throws(ModelFileError) -> Model {
    guard !isClassifier else {
      throw ModelFileError(.wrongKind(expected: .model, found: .classifier))
    }
    let (network, vocabulary) = try chosenNetwork()
    return Model(
      network: network, vocabulary: vocabulary, provenance: provenance ?? ownProvenance)
  }

  /// The best parameters as a network, the last where none were measured, and its vocabulary.
  package func chosenNetwork() throws(ModelFileError) -> (Network, any Vocabulary) {
    let vocabulary: any Vocabulary
    do {
      vocabulary = try settings.vocabulary.makeVocabulary()
    } catch {
      throw ModelFileError(.vocabulary(error))
    }
    do {
      let network = try Network(
        settings.network(vocabularySize: vocabulary.count),
        parameters: bestParameters ?? parameters)
      return (network, vocabulary)
    } catch {
      throw ModelFileError(.network(error))
    }
  }

  /// What settings and counters tell of the model.
  private var ownProvenance: Provenance {
    var provenance = Provenance()
    provenance.base = settings.base
    provenance.licence = settings.base?.licence
    provenance.sources = settings.base?.sources
    provenance.corpusDigest = corpusDigest
    provenance.seed = settings.seed
    provenance.steps = counters.best?.step ?? counters.step
    provenance.validationNats = counters.best?.nats
    provenance.settings = settings.json
    return provenance
  }
}
