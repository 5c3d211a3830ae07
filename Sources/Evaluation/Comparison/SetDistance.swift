/// How far two sets of pieces are apart in a feature; nil where one has no piece that tells it.
///
/// Every piece counts the same, however long it is.
func distance(
  in feature: Feature, between left: [PieceFeatures], and right: [PieceFeatures]
) -> Double? {
  let left = left.compactMap { $0[feature] }
  let right = right.compactMap { $0[feature] }
  guard !left.isEmpty, !right.isEmpty else { return nil }
  switch feature.distance {
  case .totalVariation:
    return zip(mean(left), mean(right)).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  case .meanDifference:
    let differences = zip(mean(left), mean(right)).map { abs($0 - $1) }.filter { !$0.isNaN }
    return differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count)
  case .wasserstein:
    guard let width = feature.binWidth else {
      return wasserstein(left.flatMap { $0 }, right.flatMap { $0 })
    }
    var difference = 0.0
    return width
      * zip(mean(left), mean(right)).reduce(0) { sum, shares in
        difference += shares.0 - shares.1
        return sum + abs(difference)
      }
  }
}

/// The mean of lists of equal length, each place over the lists that have a number there.
func mean(_ lists: [[Double]]) -> [Double] {
  var sums = [Double](repeating: 0, count: lists.first?.count ?? 0)
  var counts = sums
  for list in lists {
    for (index, value) in list.enumerated() where !value.isNaN {
      sums[index] += value
      counts[index] += 1
    }
  }
  return zip(sums, counts).map { $0 / $1 }
}

/// The area between the cumulative distributions of two samples.
private func wasserstein(_ left: [Double], _ right: [Double]) -> Double {
  let steps =
    (left.map { (value: $0, share: 1 / Double(left.count)) }
    + right.map { (value: $0, share: -1 / Double(right.count)) }).sorted { $0.value < $1.value }
  var area = 0.0
  var difference = 0.0
  for (step, next) in zip(steps, steps.dropFirst()) {
    difference += step.share
    area += abs(difference) * (next.value - step.value)
  }
  return area
}
