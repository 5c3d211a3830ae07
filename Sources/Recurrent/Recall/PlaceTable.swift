/// For each run of n tokens in a piece, the place after its last occurrence.
///
/// An open-addressed hash table whose keys are the places: they are compared in the piece itself, so
/// that a place is never wrong.
struct PlaceTable: Hashable, Sendable {
  /// n.
  let length: Int
  // 0 where nothing is kept; its size is a power of two.
  private var places = PagedArray<Int32>(repeating: 0, count: 64)
  private var count = 0

  init(length: Int) { self.length = length }

  /// Keeps the end of the piece under its last n tokens, and returns the place that was kept so far.
  mutating func exchange(in tokens: PagedArray<Int32>) -> Int? {
    let slot = slot(of: tokens.count, in: tokens)
    let former = places[slot]
    places[slot] = Int32(tokens.count)
    if former > 0 { return Int(former) }
    count += 1
    if 2 * count > places.count { grow(tokens) }
    return nil
  }

  // Where the run of tokens before a place is kept, or would be.
  private func slot(of place: Int, in tokens: PagedArray<Int32>) -> Int {
    let mask = places.count - 1
    var slot = hash(before: place, in: tokens) & mask
    while places[slot] > 0, !isSame(Int(places[slot]), place, in: tokens) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func isSame(_ place: Int, _ other: Int, in tokens: PagedArray<Int32>) -> Bool {
    (1...length).allSatisfy { tokens[place - $0] == tokens[other - $0] }
  }

  // Fowler, Noll and Vo's hash, its bits mixed once more as only the lowest count.
  private func hash(before place: Int, in tokens: PagedArray<Int32>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in place - length..<place {
      hash = (hash ^ UInt64(UInt32(bitPattern: tokens[index]))) &* 0x100_0000_01B3
    }
    hash = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
    return Int(hash >> 33)
  }

  private mutating func grow(_ tokens: PagedArray<Int32>) {
    let kept = places
    places = PagedArray(repeating: 0, count: 2 * kept.count)
    for index in 0..<kept.count where kept[index] > 0 {
      places[slot(of: Int(kept[index]), in: tokens)] = kept[index]
    }
  }
}

/// An array in pages: a copy that is then changed copies the pages that it changes, and no more.
struct PagedArray<Element: Hashable & Sendable>: Hashable, Sendable {
  private static var pageSize: Int { 256 }
  private var pages: [[Element]] = []
  private(set) var count = 0

  init() {}

  init(repeating element: Element, count: Int) {
    self.count = count
    pages = stride(from: 0, to: count, by: Self.pageSize).map {
      Array(repeating: element, count: min(Self.pageSize, count - $0))
    }
  }

  mutating func append(_ element: Element) {
    if count % Self.pageSize == 0 { pages.append([]) }
    pages[pages.count - 1].append(element)
    count += 1
  }

  subscript(index: Int) -> Element {
    get { pages[index / Self.pageSize][index % Self.pageSize] }
    set { pages[index / Self.pageSize][index % Self.pageSize] = newValue }
  }
}
