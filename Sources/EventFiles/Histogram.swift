import ProtocolBuffers

/// How numbers are spread: how many fall into each of some buckets.
public struct Histogram: Hashable, Sendable {
  private let low: Double
  private let high: Double
  private let count: Int
  private let sum: Double
  private let sumOfSquares: Double
  private let limits: [Double]
  private let counts: [Double]

  /// Counts numbers in buckets of equal width from the least to the greatest.
  ///
  /// - Parameters:
  ///   - numbers: the numbers; those that are none are left out.
  ///   - buckets: how many buckets, at least 1.
  public init(of numbers: [Float], buckets: Int = 30) {
    let numbers = numbers.lazy.filter(\.isFinite).map(Double.init)
    let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
    // All alike, they stand in one bucket that has some width.
    let buckets = high > low ? max(buckets, 1) : 1
    let width = high > low ? (high - low) / Double(buckets) : 1e-6
    var counts = [Double](repeating: 0, count: buckets)
    var (count, sum, squares) = (0, 0.0, 0.0)
    for number in numbers {
      counts[min(Int((number - low) / width), buckets - 1)] += 1
      count += 1
      sum += number
      squares += number * number
    }
    (self.low, self.high, self.count) = (low, high, count)
    (self.sum, self.sumOfSquares) = (sum, squares)
    limits = (1...buckets).map { low + width * Double($0) }
    self.counts = counts
  }

  var message: MessageWriter {
    var message = MessageWriter()
    // As in proto 3, a zero is not written.
    for (field, number) in [(1, low), (2, high), (3, Double(count)), (4, sum), (5, sumOfSquares)]
    where number != 0 { message.add(field, number) }
    message.add(6, limits)
    message.add(7, counts)
    return message
  }
}
