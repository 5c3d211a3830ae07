/// Runs a property for every seed of a range, naming the seed where it does not hold.
public func withEvery(
  seed seeds: Range<UInt64>, _ property: (inout SeededGenerator) throws -> Void
) rethrows {
  for seed in seeds {
    var generator = SeededGenerator(seed: seed)
    do {
      try property(&generator)
    } catch {
      print("the property fails for seed \(seed)")
      throw error
    }
  }
}

/// SplitMix64: small, fast and the same on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Creates a generator.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
