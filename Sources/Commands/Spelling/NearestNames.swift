import Settings

extension String {
  /// The names that were probably meant by this one: those that it begins, else the nearest by
  /// spelling, a few at most; none where all are far.
  package func nearest(among names: some Sequence<String>) -> [String] {
    let names = Set(names).sorted()
    let begun = names.filter { $0.hasPrefix(self) }
    if !begun.isEmpty, begun.count < 4, !isEmpty { return begun }
    let most = max(1, min(3, count / 2))
    let distances = names.map { (name: $0, distance: $0.editDistance(to: self)) }
    guard let least = distances.map(\.distance).min(), least <= most, least < count else {
      return []
    }
    return Array(distances.filter { $0.distance == least }.map(\.name).prefix(3))
  }
}

extension [String] {
  /// The names as the end of a message: `, the nearest is play`; empty where there are none.
  var asNearest: String {
    guard let last else { return "" }
    return count == 1
      ? ", the nearest is \(last)"
      : ", the nearest are \(dropLast().joined(separator: ", ")) and \(last)"
  }
}
