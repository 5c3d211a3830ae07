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
