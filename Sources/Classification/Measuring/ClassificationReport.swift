import Glibc

/// How well pieces were told apart, whoever did it.
public struct ClassificationReport: Hashable, Sendable {
  /// The labels.
  public let labels: [String]
  /// How many pieces of each label (rows) were given each label (columns).
  public let confusion: [[Int]]
  /// The mean of −log of the right label's probability, in nats; no probability counts as less than 10⁻¹².
  public let natsPerPiece: Double

  /// Counts answers.
  ///
  /// - Parameters:
  ///   - labels: the labels.
  ///   - truth: the place of each piece's label.
  ///   - probabilities: for each piece the probability of each label; the first of the highest is taken.
  public init(labels: [String], truth: [Int], probabilities: [[Double]]) {
    precondition(truth.count == probabilities.count)
    self.labels = labels
    var confusion = labels.map { _ in labels.map { _ in 0 } }
    var nats = 0.0
    for (label, row) in zip(truth, probabilities) {
      confusion[label][row.firstOfHighest] += 1
      nats -= log(max(row[label], 1e-12))
    }
    self.confusion = confusion
    natsPerPiece = truth.isEmpty ? 0 : nats / Double(truth.count)
  }

  /// How many pieces there were.
  public var pieces: Int { confusion.joined().reduce(0, +) }

  /// How many of them were told right.
  public var right: Int { labels.indices.reduce(0) { $0 + confusion[$1][$1] } }

  /// The share of the pieces that was told right; 0 where there are none.
  public var accuracy: Double { Double(right) / Double(max(1, pieces)) }

  /// The interval that holds the accuracy on such pieces with 95 %.
  ///
  /// - Reference: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
  public var interval: ClosedRange<Double> {
    guard pieces > 0 else { return 0...1 }
    let (count, z) = (Double(pieces), 1.959963984540054)
    let middle = (accuracy + z * z / (2 * count)) / (1 + z * z / count)
    let half =
      z / (1 + z * z / count)
      * (accuracy * (1 - accuracy) / count + z * z / (4 * count * count)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }

  /// Of a label's pieces the share that was told right, and of the pieces that were given it; nil where there
  /// are none of both.
  ///
  /// - Parameter label: the label's place.
  /// - Returns: 2·right / (pieces of the label + pieces given it).
  public func f1(ofLabel label: Int) -> Double? {
    let own = confusion[label].reduce(0, +)
    let given = confusion.reduce(0) { $0 + $1[label] }
    return own + given == 0 ? nil : 2 * Double(confusion[label][label]) / Double(own + given)
  }

  /// The mean of the labels' F1, of those that a piece has or was given; 0 where there are none.
  public var macroF1: Double {
    let values = labels.indices.compactMap { f1(ofLabel: $0) }
    return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}

extension [Double] {
  /// The place of the first of the highest numbers.
  package var firstOfHighest: Int {
    indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 }
  }
}
