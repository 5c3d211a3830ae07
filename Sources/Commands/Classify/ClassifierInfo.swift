import Drawing
import MuseGen

/// What `musegen info` tells of a classifier's file, as JSON too.
struct ClassifierInfo: Encodable {
  var path: String
  var bytes: Int
  var title: String?
  var licence: String?
  var sources: [String]
  var labels: [String]
  var pooling: Pooling
  var vocabulary: VocabularyConfiguration
  var network: NetworkConfiguration
  var parameters: Int
  var stored: String
  var trainingPieces: [Int]
  var heldOut: HeldOutFigures?
  var window: Int?
  var steps: Int?
  var seed: UInt64?

  init(path: String, bytes: Int, stored: String, classifier: Classifier) {
    let provenance = classifier.provenance
    self.path = path
    self.bytes = bytes
    title = provenance.label.title
    licence = provenance.label.licence
    sources = provenance.label.sources
    labels = classifier.labels
    pooling = classifier.pooling
    vocabulary = classifier.vocabulary.configuration
    network = classifier.network.configuration
    parameters = classifier.network.parameters.count
    self.stored = stored
    trainingPieces = provenance.trainingPieces
    heldOut = provenance.heldOut
    window = provenance.window
    steps = provenance.steps
    seed = provenance.seed
  }

  /// The report for people.
  var report: [String] {
    var lines = [path]
    if let title { lines.append("  \(title.onOneLine)") }
    lines.append(
      "  a classifier: \(network.cell.rawValue.uppercased()) of \(network.layerCount) x "
        + "\(network.hiddenSize), pooled by \(pooling.rawValue), \(parameters.grouped) parameters "
        + "as \(stored), \(bytes.grouped) bytes")
    lines.append("  \(vocabulary.fullName), \(network.vocabularySize.grouped) events")
    let counts = labels.enumerated().map { place, label in
      label.onOneLine
        + (trainingPieces.indices.contains(place) ? " \(trainingPieces[place].grouped)" : "")
    }
    lines.append(
      "  \(labels.count) labels, learned from so many pieces: \(counts.joined(separator: ", "))")
    if let heldOut {
      lines.append(
        "  \(heldOut.accuracy.percent) of \(heldOut.pieces.counted("held-out piece")) right, macro F1 "
          + "\(heldOut.macroF1.decimals(3)); \(heldOut.majority.percent) by the commonest label, "
          + "\(heldOut.ngrams.percent) by counted n-grams; these pieces chose the epoch")
    }
    if let steps, let window {
      lines.append(
        "  \(steps.counted("step")), excerpts of \(window)" + (seed.map { ", seed \($0)" } ?? ""))
    }
    lines.append("  licence: \(licence?.onOneLine ?? "not said")")
    return lines + sources.map { "  source: \($0.onOneLine)" }
  }
}
