import Classification
import Testing

@Suite struct ClassificationReportTests {
  /// Answers that are as sure as they are wrong or right.
  private func report(
    _ truth: [Int], _ answers: [Int], labels: Int = 3, works: [Int]? = nil
  ) -> ClassificationReport {
    ClassificationReport(
      labels: (0..<labels).map { "label \($0)" }, truth: truth,
      probabilities: answers.map { answer in
        (0..<labels).map { $0 == answer ? 0.8 : 0.2 / Double(labels - 1) }
      }, works: works)
  }

  // sklearn.metrics 1.9: accuracy_score, f1_score(average="macro"), confusion_matrix, log_loss of these.
  @Test func `accuracy, macro F1, confusion and loss are scikit-learn's`() {
    let found = report([0, 0, 0, 1, 1, 2, 2, 2, 2, 0], [0, 1, 0, 1, 2, 2, 2, 0, 2, 0])
    #expect(found.confusion == [[3, 1, 0], [0, 1, 1], [1, 0, 3]])
    #expect(found.accuracy == 0.7)
    #expect(abs(found.macroF1 - 2.0 / 3) < 1e-12)
    #expect(abs(found.natsPerPiece - (0.7 * 0.22314355131420976 + 0.3 * 2.302585092994046)) < 1e-12)
  }

  @Test func `labels that no piece has and none was given count in no mean`() {
    let found = report([0, 0, 1, 1], [0, 0, 1, 0])
    // f1_score([0,0,1,1], [0,0,1,0], average="macro") = (0.8 + 0.6667) / 2
    #expect(abs(found.macroF1 - (0.8 + 2.0 / 3) / 2) < 1e-12)
    #expect(found.f1(ofLabel: 2) == nil)
  }

  // statsmodels.stats.proportion.proportion_confint(k, n, method="wilson").
  @Test(arguments: [
    (right: 7, of: 10, low: 0.396778147461, high: 0.892208732594),
    (right: 0, of: 5, low: 0, high: 0.434482464783),
    (right: 34, of: 34, low: 0.898485445847, high: 1),
  ])
  func `the interval is Wilson's`(right: Int, of count: Int, low: Double, high: Double) {
    let answers = (0..<count).map { $0 < right ? 0 : 1 }
    let interval = report(Array(repeating: 0, count: count), answers).interval
    #expect(abs(interval.lowerBound - low) < 1e-6)
    #expect(abs(interval.upperBound - high) < 1e-6)
  }

  @Test func `movements that are told right or wrong together are as many pieces as works`() {
    func interval(_ answers: [Int], works: [Int]? = nil) -> ClosedRange<Double> {
      report(Array(repeating: 0, count: answers.count), answers, works: works).interval
    }
    func areEqual(_ one: ClosedRange<Double>, _ other: ClosedRange<Double>) -> Bool {
      abs(one.lowerBound - other.lowerBound) < 1e-12
        && abs(one.upperBound - other.upperBound) < 1e-12
    }
    let pairs = [0, 0, 1, 1, 2, 2, 3, 3]
    // Three works right and one wrong. Residuals of 1/4 and -3/4: squares of 3/2, of works 3.
    let together = [0, 0, 0, 0, 0, 0, 1, 1]
    #expect(areEqual(interval(together, works: pairs), interval([0, 0, 0, 1])))
    #expect(interval(together, works: Array(0..<8)) == interval(together))
    // Where they differ as pieces of many works do, nothing is gained by it.
    let apart = [0, 1, 0, 1, 0, 1, 0, 1]
    #expect(interval(apart, works: pairs) == interval(apart))
    let right = [Int](repeating: 0, count: 8)
    #expect(areEqual(interval(right, works: pairs), interval([0, 0, 0, 0])))
  }

  @Test func `nothing to measure on is told as nothing`() {
    let found = report([], [])
    #expect(found.accuracy == 0)
    #expect(found.macroF1 == 0)
    #expect(found.interval == 0...1)
  }

  @Test func `Bayes' rule weighs likelihoods with priors`() {
    let even = posterior(logLikelihoods: [-1000, -1000 - 0.6931471805599453])
    #expect(abs(even[0] - 2.0 / 3) < 1e-12)
    let weighed = posterior(
      logLikelihoods: [0, 0], logPriors: [-0.2231435513142097, -1.6094379124341003])
    #expect(abs(weighed[0] - 0.8) < 1e-12)
    #expect(posterior(logLikelihoods: [-.infinity, 0]) == [0, 1])
    #expect(posterior(logLikelihoods: [-.infinity, -.infinity]) == [0.5, 0.5])
    #expect(posterior(logLikelihoods: [.nan, 0]) == [0, 1])
  }
}
