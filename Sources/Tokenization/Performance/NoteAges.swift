/// Since when notes have sounded, so that those that have sounded too long are found at once.
struct NoteAges: Sendable {
  /// Strikes in the order in which they came; those before `first` no longer sound.
  private var strikes: [(key: Int, step: Int)] = []
  private var first = 0
  private var latest: [Int: Int] = [:]
  private var now = 0

  /// Takes note that a silent note is struck now.
  mutating func strike(_ key: Int) {
    strikes.append((key, now))
    latest[key] = now
  }

  /// Lets time pass.
  mutating func pass(_ steps: Int) { now += steps }

  /// The lowest of the notes that have sounded for so many steps: releases come in rising order.
  ///
  /// - Complexity: constant, and the number of notes found.
  mutating func lowestOverdue(after steps: Int, isSounding: (Int) -> Bool) -> Int? {
    func stillSounds(_ strike: (key: Int, step: Int)) -> Bool {
      isSounding(strike.key) && latest[strike.key] == strike.step
    }
    while first < strikes.count, !stillSounds(strikes[first]) { first += 1 }
    // What is forgotten is cleared away now and then, so that music may go on for ever.
    if first > 1_000 || first == strikes.count {
      strikes.removeFirst(first)
      first = 0
    }
    var lowest: Int?
    for strike in strikes[first...] {
      if now - strike.step < steps { break }
      if stillSounds(strike) { lowest = min(lowest ?? strike.key, strike.key) }
    }
    return lowest
  }
}
