import Music
import Tensors
import Tokenization

/// The bars of a piece, or stretches of two seconds where its ticks tell no beats.
struct PieceUnits: Sendable {
  /// Where each begins, in ticks, and where the last ends.
  private(set) var bounds: [Int]

  /// Cuts a piece into stretches of one length.
  init(endTick: Int, length: Int) {
    bounds = Array(stride(from: 0, to: endTick, by: max(1, length))) + [endTick]
  }

  /// Cuts a piece into bars.
  init(endTick: Int, metre: MetreMap) { bounds = metre.barStarts(before: endTick) + [endTick] }

  /// Cuts a piece at some ticks, rising.
  init(bounds: [Int]) { self.bounds = bounds }

  /// Chooses a share of the stretches.
  ///
  /// - Parameters:
  ///   - share: 0 to 1; at least one stretch where it is above 0.
  ///   - joined: whether neighbours are joined.
  ///   - random: where the choice comes from.
  /// - Returns: ranges of ticks, rising.
  func spans(
    share: Double, joined: Bool = true, using random: inout RandomSource
  ) -> [Range<Int>] {
    let count = bounds.count - 1
    guard share > 0, count > 0 else { return [] }
    var units = Array(0..<count)
    let chosen = min(count, max(1, Int((share * Double(count)).rounded())))
    // The first steps of Fisher and Yates's shuffle.
    for place in 0..<chosen {
      units.swapAt(
        place, place + min(Int(random.uniform() * Double(count - place)), count - place - 1))
    }
    var spans: [Range<Int>] = []
    for unit in units.prefix(chosen).sorted() {
      if joined, let last = spans.last, last.upperBound == bounds[unit] {
        spans[spans.count - 1] = last.lowerBound..<bounds[unit + 1]
      } else {
        spans.append(bounds[unit]..<bounds[unit + 1])
      }
    }
    return spans
  }
}
