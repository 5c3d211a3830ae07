import Music

/// The frames of a vocabulary among the ticks of a score, of which a frame need not have a whole number.
struct FrameGrid: Hashable, Sendable {
  /// A frame is so many ticks of the score over the denominator.
  private let numerator: Int
  private let denominator: Int

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - ticksPerFrame: the length of a frame in a vocabulary's ticks.
  ///   - vocabularyTicks: how many of those a quarter note has.
  ///   - scoreTicks: how many ticks of the score a quarter note has.
  init(ticksPerFrame: Int, vocabularyTicks: Int, scoreTicks: Int) {
    numerator = ticksPerFrame * scoreTicks
    denominator = vocabularyTicks
  }

  /// The tick nearest to a frame's beginning.
  func tick(ofFrame frame: Int) -> Int { (frame * numerator + denominator / 2) / denominator }

  /// The frame whose beginning is nearest to a tick, `Int.max` beyond all numbers.
  func frame(nearest tick: Int) -> Int {
    let (whole, rest) = tick.quotientAndRemainder(dividingBy: numerator)
    let (frames, overflows) = whole.multipliedReportingOverflow(by: denominator)
    let part = (2 * rest * denominator + numerator) / (2 * numerator)
    return overflows || frames > Int.max - part ? Int.max : frames + part
  }

  /// Half of a frame in ticks.
  var halfFrame: Int { numerator / (2 * denominator) }
}
