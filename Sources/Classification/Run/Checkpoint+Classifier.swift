public import Modeling
import Recurrent
import Safetensors
public import Training

/// A checkpoint as a classifier.
extension Checkpoint {
  /// What a classifier's checkpoint holds beside its numbers.
  private struct Record: Codable {
    var labels: [String]
    var provenance: ClassifierProvenance
  }

  /// The names under which it is kept.
  private enum Key {
    static let record = "musegen.classifier"
  }

  /// Keeps what makes a classifier of the numbers.
  mutating func keep(_ classifier: Classifier) {
    var kept = SafetensorsFile(tensors: classifier.ngrams.tensors)
    kept.encodeMetadata(
      Key.record, Record(labels: classifier.labels, provenance: classifier.provenance))
    companion = kept
  }

  /// The classifier that the run would write at this point.
  ///
  /// - Returns: the best parameters as a classifier, the last where none were measured.
  /// - Throws: `ModelFileError` where it is a model's, or does not hold what makes one: those of
  ///   older versions do not.
  public func classifier() throws(ModelFileError) -> Classifier {
    guard settings.network.readout != nil else {
      throw ModelFileError(.wrongKind(expected: .classifier, found: .model))
    }
    let kept = companion ?? SafetensorsFile(tensors: [])
    let record: Record = try kept.decodeMetadata(Key.record)
    let labels = record.labels
    guard settings.network.readout?.labelCount == labels.count, Set(labels).count == labels.count,
      record.provenance.arePossible(labels: labels.count)
    else { throw ModelFileError(.malformedMetadata(Key.record)) }
    let (network, vocabulary) = try chosenNetwork()
    return Classifier(
      network: network, vocabulary: vocabulary, labels: labels,
      ngrams: try NgramClassifier(kept, labels: labels), provenance: record.provenance)
  }
}
