extension PianoRoll {
  /// A curve over the time of a roll, in a strip of its own below it.
  public struct Strip: Hashable, Sendable {
    /// What stands above it.
    public let title: String
    /// Which of the palette's colours it has.
    public let colour: Int
    // Values that hold from each time until the next.
    private let seconds: [Double]
    private let values: [Double]
    private let range: ClosedRange<Double>

    // In a picture.
    static let height = 26.0
    static let gap = 14.0

    /// Creates a strip.
    ///
    /// - Parameters:
    ///   - title: what stands above it.
    ///   - seconds: when values come, in seconds, never falling.
    ///   - values: the values, which fill the strip from its lower to its upper border.
    ///   - colour: which of the palette's colours it has.
    public init(title: String, seconds: [Double], values: [Double], colour: Int = 0) {
      self.title = title
      self.colour = colour
      self.seconds = seconds
      self.values = values
      let finite = values.filter(\.isFinite)
      range = (finite.min() ?? 0)...(finite.max() ?? 1)
    }

    /// The borders' values.
    var bounds: (low: String, high: String) {
      let decimals = max(abs(range.lowerBound), abs(range.upperBound)) < 10 ? 2 : 0
      return (range.lowerBound.decimals(decimals), range.upperBound.decimals(decimals))
    }

    /// What the strip shows, and the values at its borders.
    public var caption: String { "\(title) \(bounds.low) to \(bounds.high)" }

    /// The strip as a line of blocks below a roll of the same width.
    ///
    /// - Parameters:
    ///   - columns: as for ``PianoRoll/text(columns:isColoured:)``.
    ///   - end: when the roll ends, in seconds.
    /// - Returns: the line, without the caption.
    public func text(columns: Int, end: Double) -> String {
      let blocks = Array("▁▂▃▄▅▆▇█")
      let shown = shares(max(columns, 20) - PianoRoll.textMargin, from: 0, to: end)
      return String(repeating: " ", count: PianoRoll.textMargin)
        + String(shown.map { blocks[Int($0 * 7)] })
    }

    /// The mean in each of so many equal parts of a time, 0 at the lower border and 1 at the upper; where
    /// no value comes, the last before.
    ///
    /// - Complexity: O(n + columns) for n values.
    func shares(_ columns: Int, from start: Double, to end: Double) -> [Double] {
      var sums = [Double](repeating: 0, count: columns)
      var counts = [Int](repeating: 0, count: columns)
      var last = values.first ?? 0
      for (second, value) in zip(seconds, values) where value.isFinite {
        if second < start {
          last = value
        } else if second <= end, end > start {
          let column = min(columns - 1, Int((second - start) / (end - start) * Double(columns)))
          sums[column] += value
          counts[column] += 1
        }
      }
      return (0..<columns).map { column in
        if counts[column] > 0 { last = sums[column] / Double(counts[column]) }
        return share(of: last)
      }
    }

    private func share(of value: Double) -> Double {
      let length = range.upperBound - range.lowerBound
      guard value.isFinite, length > 0 else { return 0 }
      return min(max((value - range.lowerBound) / length, 0), 1)
    }
  }
}
