extension Array {
  /// The elements by tick, those of one tick in the order they had.
  func sortedByTick(_ tick: (Element) -> Int) -> [Element] {
    for index in indices.dropFirst() where tick(self[index - 1]) > tick(self[index]) {
      return enumerated().sorted {
        let (left, right) = (tick($0.element), tick($1.element))
        return left == right ? $0.offset < $1.offset : left < right
      }.map(\.element)
    }
    return self
  }
}
