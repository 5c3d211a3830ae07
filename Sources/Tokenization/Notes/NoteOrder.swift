/// The order in which notes of one time are told: by program, then by pitch, each once.
struct NoteOrder: Hashable, Sendable {
  /// The last note that was told as program · 128 + pitch, -1 where there is none.
  private var last = -1

  /// Whether no note has been told.
  var isEmpty: Bool { last < 0 }

  /// The program of the last note, -1 where there is none.
  var program: Int { last < 0 ? -1 : last / 128 }

  /// Takes note that a note is told.
  mutating func append(_ program: Int, _ pitch: Int) { last = program * 128 + pitch }

  /// Goes on to another time, at which no note has been told.
  mutating func removeAll() { last = -1 }

  /// The pitches of a program that may be told next.
  func later(of program: Int) -> UInt128 {
    if program > self.program { return .max }
    if program < self.program || last % 128 == 127 { return 0 }
    return .max << UInt128(last % 128 + 1)
  }
}

extension UInt128 {
  /// A bit for each pitch of a range, pitch 0 in the lowest.
  init(pitches: ClosedRange<Int>) {
    self = (.max >> UInt128(128 - pitches.count)) << UInt128(pitches.lowerBound)
  }
}

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
    forget(isSounding)
    var lowest: Int?
    for strike in strikes[first...] {
      if now - strike.step < steps { break }
      if stillSounds(strike, isSounding) { lowest = min(lowest ?? strike.key, strike.key) }
    }
    return lowest
  }

  private func stillSounds(
    _ strike: (key: Int, step: Int), _ isSounding: (Int) -> Bool
  ) -> Bool { isSounding(strike.key) && latest[strike.key] == strike.step }

  /// Goes past the first strikes that no longer sound.
  private mutating func forget(_ isSounding: (Int) -> Bool) {
    while first < strikes.count, !stillSounds(strikes[first], isSounding) { first += 1 }
    // What is forgotten is cleared away now and then, so that music may go on for ever.
    if first > 1_000 || first == strikes.count {
      strikes.removeFirst(first)
      first = 0
    }
  }
}

/// The whole steps that a limit in seconds allows, at least one; nil where it is none, or no number.
func wholeSteps(
  _ seconds: Double?, of stepSeconds: Double, rounded rule: FloatingPointRoundingRule = .down
) -> Int? {
  guard let seconds, !seconds.isNaN else { return nil }
  // A whole number of steps is one though the division of binary fractions misses it by little.
  let slack = rule == .up ? -1e-6 : 1e-6
  return Int(min(max((seconds / stepSeconds + slack).rounded(rule), 1), 1e9))
}

extension TokenMask {
  /// The pitches, a bit each, of a range of tokens that stand for one after another.
  func pitches(_ tokens: Range<Int>, lowest: Int) -> UInt128 {
    tokens.reduce(into: 0) { bits, token in
      if self[Token(token)] { bits |= 1 << UInt128(lowest + token - tokens.lowerBound) }
    }
  }
}
