/// A curve as one line of blocks, however long it grows: when it is full, pairs become one.
public struct Sparkline: Sendable {
  private let width: Int
  private var values: [Double] = []
  /// How many values make a column, and those of the column in the making.
  private var stride = 1
  private var sum = 0.0
  private var count = 0

  /// Creates a curve without values.
  ///
  /// - Parameter width: the most columns.
  public init(width: Int) { self.width = max(2, width) }

  /// Appends a value; one that is no number is left out.
  public mutating func append(_ value: Double) {
    guard value.isFinite else { return }
    sum += value
    count += 1
    guard count == stride else { return }
    values.append(sum / Double(stride))
    sum = 0
    count = 0
    if values.count == width * 2 {
      values = Swift.stride(from: 0, to: values.count, by: 2).map {
        (values[$0] + values[$0 + 1]) / 2
      }
      stride *= 2
    }
  }

  /// The curve, its lowest value the lowest block.
  public var text: String {
    let shown = values.count <= width ? values : stridedPairs
    guard let low = shown.min(), let high = shown.max() else { return "" }
    let blocks = Array("▁▂▃▄▅▆▇█")
    return String(
      shown.map { value in
        high > low ? blocks[Int((value - low) / (high - low) * 7)] : blocks[0]
      })
  }

  private var stridedPairs: [Double] {
    Swift.stride(from: 0, to: values.count, by: 2).map {
      $0 + 1 < values.count ? (values[$0] + values[$0 + 1]) / 2 : values[$0]
    }
  }
}
