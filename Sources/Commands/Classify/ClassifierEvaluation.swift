import Drawing
import FileStorage
import MuseGen
import Reproducibility

/// What `musegen eval` tells of a classifier.
struct ClassifierEvaluation: Encodable {
  private let pieces: Int
  private let events: Int
  private let skipped: Int
  private let labels: [String]
  private let all: Figures
  /// The figures of the pieces that it did not learn from, where it learned from some.
  private let unheard: Figures?
  private let majority: Figures
  private let ngrams: Figures

  /// What is told of one who tells pieces apart.
  private struct Figures: Encodable {
    let pieces: Int
    let accuracy: Double
    let low: Double
    let high: Double
    let macroF1: Double
    let natsPerPiece: Double
    /// How many pieces of each label (rows) were given each label.
    let confusion: [[Int]]

    init(_ report: ClassificationReport) {
      pieces = report.pieces
      accuracy = report.accuracy
      low = report.interval.lowerBound
      high = report.interval.upperBound
      macroF1 = report.macroF1
      natsPerPiece = report.natsPerPiece
      confusion = report.confusion
    }

    var text: String {
      "accuracy \(accuracy.percent) (\((100 * low).decimals(1)) to \((100 * high).decimals(1))), "
        + "macro F1 \(macroF1.decimals(3))"
    }
  }

  /// Measures a classifier on labelled pieces.
  ///
  /// - Parameters:
  ///   - classifier: the classifier.
  ///   - corpus: the pieces; those with a label that it does not know are left out, and told.
  ///   - terminal: where progress is shown; nil to show none.
  /// - Throws: ``Failure`` where no piece has a label that it knows.
  init(of classifier: Classifier, on corpus: LabelledCorpus, terminal: Terminal?) throws {
    let known = corpus.labels.map { classifier.labels.firstIndex(of: $0) }
    let places = corpus.truth.indices.filter { known[corpus.truth[$0]] != nil }
    let others = zip(corpus.labels, known).filter { $0.1 == nil }.map(\.0)
    guard !places.isEmpty else {
      throw Failure(
        .data, "the pieces are \(others.listed(of: 5)), expected \(classifier.labels.listed(of: 8))"
      )
    }
    if !others.isEmpty {
      let count = corpus.truth.count - places.count
      Terminal.warn(
        "\(count.counted("piece")) with labels that the classifier does not know, "
          + "\(others.listed(of: 5)); left out")
    }
    let tokens = places.map(corpus.corpus.tokens(ofPiece:))
    let truth = places.compactMap { known[corpus.truth[$0]] }
    let answers = try classifier.answers(for: tokens, terminal: terminal)
    func figures(_ answers: [[Double]], _ some: [Int]) -> Figures {
      Figures(
        ClassificationReport(
          labels: classifier.labels, truth: some.map { truth[$0] },
          probabilities: some.map { answers[$0] }))
    }
    let learned = Set(classifier.provenance.learned)
    let unheard = places.indices.filter {
      !learned.contains(corpus.corpus.pieces[places[$0]].noteHash.hexadecimal)
    }
    pieces = places.count
    events = tokens.reduce(0) { $0 + $1.count }
    skipped = corpus.corpus.skipped.count
    labels = classifier.labels
    all = figures(answers, Array(places.indices))
    self.unheard =
      unheard.isEmpty || unheard.count == places.count ? nil : figures(answers, unheard)
    // Beside the figure that counts stand baselines of the same pieces.
    let compared = self.unheard == nil ? Array(places.indices) : unheard
    let counts = classifier.provenance.trainingPieces.map(Double.init)
    let sum = max(1, counts.reduce(0, +))
    let shares =
      counts.isEmpty
      ? [Double](repeating: 1, count: classifier.labels.count) : counts.map { $0 / sum }
    majority = figures(places.map { _ in shares }, compared)
    ngrams = figures(classifier.ngrams.probabilities(of: tokens), compared)
  }

  /// The report for people.
  var lines: [String] {
    var lines = [
      "\(pieces.counted("piece")), \(events.grouped) events"
        + (skipped > 0 ? ", \(skipped) files skipped" : ""),
      "\(all.text), \(all.natsPerPiece.decimals(3)) nats per piece",
    ]
    if let unheard {
      lines.append(
        "\((pieces - unheard.pieces).grouped) of them were learned from; of the other "
          + "\(unheard.pieces.grouped): \(unheard.text)")
    }
    lines.append("always the commonest label: \(majority.text)")
    lines.append("counted n-grams: \(ngrams.text)")
    lines.append("")
    return lines + TextTable(matrix.rows).lines
  }

  /// Who is taken for whom: of the pieces that it did not learn from, where there are any.
  var matrix: ConfusionMatrix {
    ConfusionMatrix(labels: labels.map(\.onOneLine), counts: (unheard ?? all).confusion)
  }
}

extension [String] {
  /// The first of the texts, and how many more there are.
  fileprivate func listed(of most: Int) -> String {
    prefix(most).map(\.onOneLine).joined(separator: ", ")
      + (count > most ? " and \(count - most) more" : "")
  }
}
