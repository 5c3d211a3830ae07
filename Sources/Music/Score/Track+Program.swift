extension Track {
  /// The program in force at a tick, 0 before the first program change.
  ///
  /// - Complexity: O(*n*) in the number of messages; ``programs`` serves many ticks.
  public func program(atTick tick: Int) -> UInt8 {
    var program: UInt8 = 0
    for message in messages {
      if message.tick > tick { break }
      if case .program(let new) = message.kind { program = new }
    }
    return program
  }

  /// The program changes, by tick.
  public var programs: [(tick: Int, program: UInt8)] {
    messages.compactMap { message in
      if case .program(let program) = message.kind { (message.tick, program) } else { nil }
    }
  }
}
