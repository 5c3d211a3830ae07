/// Which of several pieces are still to be written, by their seeds: where a signal ends the command, it
/// says so, and they can be written another time.
struct UnwrittenPieces {
  private let seeds: [UInt64]
  private var places: RangeSet<Int>

  /// Begins with all pieces.
  ///
  /// - Parameter seeds: the seed of each.
  init(_ seeds: [UInt64]) {
    self.seeds = seeds
    places = RangeSet(seeds.indices)
    announce()
  }

  /// Takes out a piece that has been written.
  ///
  /// - Parameter index: which of the pieces it is, from 0.
  mutating func remove(_ index: Int) {
    places.remove(contentsOf: index..<index + 1)
    announce()
  }

  private func announce() {
    // Of a piece alone there is nothing to be said: it was not written.
    Interruption.part(saying: seeds.count > 1 && !places.isEmpty ? line : nil)
  }

  private var line: String {
    let ranges = places.ranges
    let told = ranges.map { range in
      range.count == 1
        ? "\(seeds[range.lowerBound])"
        : "\(seeds[range.lowerBound]) to \(seeds[range.upperBound - 1])"
    }
    let what =
      ranges.count == 1 && ranges[0].count == 1
      ? "is the piece of --seed" : "are the pieces of --seed"
    return "stopped; not written \(what) \(told.joined(separator: ", "))"
  }
}
