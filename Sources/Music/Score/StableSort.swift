extension Array {
  /// The elements by a key, those of one key in the order they had.
  func stableSorted<Key: Comparable>(by key: (Element) -> Key) -> [Element] {
    enumerated().sorted {
      let (left, right) = (key($0.element), key($1.element))
      return left == right ? $0.offset < $1.offset : left < right
    }.map(\.element)
  }
}
