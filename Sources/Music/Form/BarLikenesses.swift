/// How alike the bars of a piece are, each pair compared when it is first asked for.
struct BarLikenesses {
  private let bars: [ComparedBar]
  /// The likeness of each bar to those before it, bar after bar; below 0 where it is not known.
  private var known: [Float]

  init(_ bars: [ComparedBar]) {
    self.bars = bars
    known = Array(repeating: -1, count: bars.count * (bars.count - 1) / 2)
  }

  /// The number of bars.
  var count: Int { bars.count }

  /// How alike two phrases are.
  ///
  /// Bars of the earlier phrase that the later one lacks are not alike, but for one.
  ///
  /// - Parameters:
  ///   - later: a phrase.
  ///   - earlier: one before it.
  ///   - bound: the least that counts, 0 to 1.
  /// - Returns: the mean over the bars, 0 where it is less than the bound.
  mutating func mean(_ later: Range<Int>, _ earlier: Range<Int>, atLeast bound: Double) -> Double {
    let shared = min(later.count, earlier.count)
    let length = max(shared, earlier.count - 1)
    var missing = Double(length - shared)
    let most = (1 - bound) * Double(length) + 1e-9
    for bar in 0..<shared {
      missing += 1 - likeness(of: later.lowerBound + bar, to: earlier.lowerBound + bar)
      if missing > most { return 0 }
    }
    return 1 - missing / Double(length)
  }

  private mutating func likeness(of later: Int, to earlier: Int) -> Double {
    let place = later * (later - 1) / 2 + earlier
    if known[place] < 0 { known[place] = Float(bars[later].likeness(to: bars[earlier])) }
    return Double(known[place])
  }
}

/// A bar as it is compared with others: the pitch classes struck in it and when, and those of its highest notes.
struct ComparedBar {
  private var all: [Int] = []
  private var melody: [Int] = []

  /// Creates a bar in which nothing is struck.
  init() {}

  init(_ strokes: ArraySlice<StruckBars.Stroke>) {
    all = Set(strokes.map { 12 * $0.sixteenth + Int($0.pitch) % 12 }).sorted()
    for (stroke, next) in zip(strokes, strokes.dropFirst())
    where next.sixteenth != stroke.sixteenth {
      melody.append(12 * stroke.sixteenth + Int(stroke.pitch) % 12)
    }
    if let stroke = strokes.last { melody.append(12 * stroke.sixteenth + Int(stroke.pitch) % 12) }
  }

  /// How alike two bars are, 0 to 1: Dice's coefficient of their strokes, the melody's counted for more.
  func likeness(to other: ComparedBar) -> Double {
    0.7 * dice(melody, other.melody) + 0.3 * dice(all, other.all)
  }

  private func dice(_ left: [Int], _ right: [Int]) -> Double {
    if left.isEmpty && right.isEmpty { return 1 }
    var (shared, index) = (0, 0)
    for stroke in left {
      while index < right.count, right[index] < stroke { index += 1 }
      if index < right.count, right[index] == stroke { shared += 1 }
    }
    return Double(2 * shared) / Double(left.count + right.count)
  }
}
