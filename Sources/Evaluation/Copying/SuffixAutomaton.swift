import Music

/// The smallest automaton that accepts every suffix of a sequence: it finds, symbol by symbol, the
/// longest end of a stream that occurs in the sequence.
///
/// - Reference: Blumer et al., "The Smallest Automaton Recognizing the Subwords of a Text" (1985).
struct SuffixAutomaton {
  private struct State {
    var length = 0
    var link = -1
    var firstEnd = -1
    var next: [Int32: Int32] = [:]
  }

  /// How much of a stream's end is matched.
  struct Cursor {
    fileprivate var state = 0
    /// The number of symbols matched.
    fileprivate(set) var length = 0
  }

  /// A symbol that stands before the longest sequence of a state.
  private struct Predecessor {
    var state: Int
    var symbol: Int32
    /// Where the sequence ends for the first time behind that symbol.
    var end: Int
  }

  private let symbols: [Int32]
  private var states = [State()]
  /// Those of all states, by state and symbol.
  private var predecessors: [Predecessor] = []

  /// Builds the automaton of a sequence.
  ///
  /// - Complexity: O(n log n) for n symbols.
  init(_ symbols: [Int32]) {
    self.symbols = symbols
    states.reserveCapacity(2 * symbols.count)
    var last = 0
    for (index, symbol) in symbols.enumerated() {
      let added = states.count
      states.append(State(length: index + 1, firstEnd: index))
      var state = last
      while state >= 0, states[state].next[symbol] == nil {
        states[state].next[symbol] = Int32(added)
        state = states[state].link
      }
      states[added].link = state < 0 ? 0 : target(of: state, by: symbol)
      last = added
    }
    // The states that link to one differ in what stands before its longest sequence.
    predecessors = states.dropFirst().map { state in
      let start = state.firstEnd - states[state.link].length
      return Predecessor(state: state.link, symbol: symbols[start], end: state.firstEnd)
    }
    predecessors.sort { ($0.state, $0.symbol) < ($1.state, $1.symbol) }
  }

  /// Where a symbol leads from a state, by no longer way than through the state itself.
  private mutating func target(of state: Int, by symbol: Int32) -> Int {
    guard let next = states[state].next[symbol].map(Int.init) else { return 0 }
    if states[next].length == states[state].length + 1 { return next }
    let clone = states.count
    states.append(states[next])
    states[clone].length = states[state].length + 1
    states[next].link = clone
    var state = state
    while state >= 0, states[state].next[symbol] == Int32(next) {
      states[state].next[symbol] = Int32(clone)
      state = states[state].link
    }
    return clone
  }

  /// Reads the stream's next symbol.
  func advance(_ cursor: inout Cursor, by symbol: Int32) {
    while true {
      if let next = states[cursor.state].next[symbol] {
        cursor.state = Int(next)
        cursor.length += 1
        return
      }
      guard states[cursor.state].link >= 0 else { return }
      cursor.state = states[cursor.state].link
      cursor.length = states[cursor.state].length
    }
  }

  /// The index of the sequence's symbol at which what is matched ends for the first time.
  func end(of cursor: Cursor) -> Int { states[cursor.state].firstEnd }

  /// The index at which what is matched ends for the first time where one of some symbols stands before it.
  ///
  /// - Parameters:
  ///   - cursor: what is matched, one symbol or more.
  ///   - wanted: the symbols.
  /// - Returns: the index; nil where none of them stands before any place of what is matched.
  /// - Complexity: O(log n) for n symbols of the sequence, and O(k) for k that are wanted.
  func end(of cursor: Cursor, behind wanted: ClosedRange<Int32>) -> Int? {
    let state = states[cursor.state]
    guard cursor.length == state.length else {
      // All places have the same symbol before it, as the state's longest sequence has.
      return wanted.contains(symbols[state.firstEnd - cursor.length]) ? state.firstEnd : nil
    }
    let first = predecessors.partitioningIndex {
      ($0.state, $0.symbol) >= (cursor.state, wanted.lowerBound)
    }
    return predecessors[first...].prefix {
      $0.state == cursor.state && $0.symbol <= wanted.upperBound
    }.map(\.end).min()
  }
}
