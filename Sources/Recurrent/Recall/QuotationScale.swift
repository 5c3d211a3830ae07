/// In what is told how far back a piece quotes itself: in steps of the music that its vocabulary tells, bars or
/// frames, or else in tokens.
///
/// A tune that comes again after eight bars does so at one distance, however many tokens its bars take.
package struct QuotationScale: Hashable, Sendable {
  /// How many classes distances fall into: a class for each number of steps, or for each doubling of tokens;
  /// the last has all that are farther.
  static let classCount = 256
  /// How many steps are told by each token; nil where none are.
  let steps: [Int32]?

  /// Creates a scale.
  ///
  /// - Parameter steps: how many bars, or frames, each token tells; nil for distances in tokens.
  package init(steps: [Int]? = nil) { self.steps = steps?.map { Int32($0) } }
}

/// How far back each place of a piece is, as it is written.
package struct QuotationRuler: Hashable, Sendable {
  private let scale: QuotationScale
  /// How many steps were told before each token; empty where distances are in tokens.
  private var passed = PagedArray<Int32>()
  private var steps: Int32 = 0
  /// How many tokens were read.
  package private(set) var count = 0

  /// Begins a piece.
  package init(_ scale: QuotationScale) { self.scale = scale }

  /// Takes the piece's next token.
  package mutating func read(_ token: Int32) {
    count += 1
    guard let told = scale.steps else { return }
    passed.append(steps)
    steps += told[Int(token)]
  }

  /// The class of the distance from the token that comes next to an earlier one.
  package func distanceClass(to place: Int) -> Int {
    let distance =
      scale.steps == nil
      ? Int.bitWidth - 1 - (count - place).leadingZeroBitCount : Int(steps - passed[place])
    return min(distance, QuotationScale.classCount - 1)
  }
}
