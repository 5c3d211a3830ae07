/// Finds the best sequence of states where each change costs something: Viterbi's algorithm with one price for
/// all changes at a place.
struct SteadyPath {
  private let states: Int
  private var scores: [Double]
  /// The best state at each place before the change to the next, and which states are reached from it.
  private var sources: [(best: Int, isReached: [Bool])] = []

  /// Creates a path of no place.
  init(states: Int) {
    self.states = states
    scores = Array(repeating: 0, count: states)
  }

  /// Adds a place.
  ///
  /// - Parameters:
  ///   - gains: how well each state fits there.
  ///   - change: what it costs to be in another state than at the place before.
  mutating func append(_ gains: [Double], change: Double) {
    var best = 0
    for state in 1..<states where scores[state] > scores[best] { best = state }
    let moved = scores[best] - change
    sources.append((best, scores.map { moved > $0 }))
    for state in 0..<states { scores[state] = max(scores[state], moved) + gains[state] }
  }

  /// The states of the best sequence, one for each place; of equals the lowest.
  ///
  /// The first place's change is free, as all states have the same score before it.
  var path: [Int] {
    var state = 0
    for other in 1..<states where scores[other] > scores[state] { state = other }
    var path: [Int] = []
    for (best, isReached) in sources.reversed() {
      path.append(state)
      if isReached[state] { state = best }
    }
    return path.reversed()
  }
}
