import Glibc

/// How well pieces were told apart, whoever did it.
public struct ClassificationReport: Hashable, Sendable {
  /// The labels.
  public let labels: [String]
  /// How many pieces of each label (rows) were given each label (columns).
  public let confusion: [[Int]]
  /// The mean of −log of the right label's probability, in nats; no probability counts as less than 10⁻¹².
  public let natsPerPiece: Double
  /// How many pieces tell as much as one that has nothing to do with any other.
  private let piecesPerDraw: Double

  /// Counts answers.
  ///
  /// - Parameters:
  ///   - labels: the labels.
  ///   - truth: the place of each piece's label.
  ///   - probabilities: for each piece the probability of each label; the first of the highest is taken.
  ///   - works: the number of each piece's work; nil where each piece is one.
  public init(
    labels: [String], truth: [Int], probabilities: [[Double]], works: [Int]? = nil
  ) {
    precondition(truth.count == probabilities.count)
    precondition(works?.count ?? truth.count == truth.count)
    self.labels = labels
    var confusion = labels.map { _ in labels.map { _ in 0 } }
    var nats = 0.0
    for (label, row) in zip(truth, probabilities) {
      confusion[label][row.firstOfHighest] += 1
      nats -= log(max(row[label], 1e-12))
    }
    self.confusion = confusion
    natsPerPiece = truth.isEmpty ? 0 : nats / Double(truth.count)
    let areRight = zip(truth, probabilities).map { $1.firstOfHighest == $0 }
    piecesPerDraw = works.map { Self.piecesPerDraw(areRight, works: $0) } ?? 1
  }

  /// How many pieces there were.
  public var pieces: Int { confusion.joined().reduce(0, +) }

  /// How many of them were told right.
  public var right: Int { labels.indices.reduce(0) { $0 + confusion[$1][$1] } }

  /// The share of the pieces that was told right; 0 where there are none.
  public var accuracy: Double { Double(right) / Double(max(1, pieces)) }

  /// The interval that holds the accuracy on such pieces with 95 %.
  ///
  /// The movements of a work are told right or wrong together. So the pieces count as many as would sway as little if
  /// each stood alone: fewer by the design effect, which is 1 where works have a piece each.
  ///
  /// - Reference: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927); with the design
  ///   effect Korn and Graubard, "Confidence Intervals for Proportions With Small Expected Number of Positive Counts
  ///   Estimated From Survey Data" (1998).
  public var interval: ClosedRange<Double> {
    guard pieces > 0 else { return 0...1 }
    let (count, z) = (Double(pieces) / piecesPerDraw, 1.959963984540054)
    let middle = (accuracy + z * z / (2 * count)) / (1 + z * z / count)
    let half =
      z / (1 + z * z / count)
      * (accuracy * (1 - accuracy) / count + z * z / (4 * count * count)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }

  /// The design effect of works: how much more the share of right ones sways than if all pieces stood alone, and at
  /// least 1; where all are right, or none, as if each work were all right or all wrong.
  private static func piecesPerDraw(_ areRight: [Bool], works: [Int]) -> Double {
    let share = Double(areRight.count { $0 }) / Double(max(1, areRight.count))
    var residuals: [Int: Double] = [:]
    var squares = 0.0
    for (isRight, work) in zip(areRight, works) {
      let residual = (isRight ? 1 : 0) - share
      residuals[work, default: 0] += residual
      squares += residual * residual
    }
    guard squares > 0 else {
      return Double(max(1, areRight.count)) / Double(max(1, residuals.count))
    }
    // A sum depends on its order in the last digits.
    let ofWorks = residuals.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    return max(1, ofWorks / squares)
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
