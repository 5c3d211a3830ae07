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

  /// The index of the first element of which something holds, in an array in which it holds of all
  /// that follow; the array's end where it holds of none.
  ///
  /// - Complexity: O(log *n*).
  @inlinable
  package func partitioningIndex(where belongsToEnd: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if belongsToEnd(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
