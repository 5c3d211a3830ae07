/// A change of tempo.
public struct TempoChange: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// The length of a quarter note in microseconds, 1 to 16,777,215.
  public var microsecondsPerQuarter: Int

  /// Creates a tempo change.
  public init(tick: Int, microsecondsPerQuarter: Int) {
    self.tick = tick
    self.microsecondsPerQuarter = microsecondsPerQuarter
  }
}

/// A change of metre.
public struct TimeSignature: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// Beats in a bar, 1 to 255.
  public var numerator: Int
  /// The note value of a beat: 1, 2, 4, 8, ….
  public var denominator: Int

  /// Creates a time signature.
  public init(tick: Int, numerator: Int, denominator: Int) {
    self.tick = tick
    self.numerator = numerator
    self.denominator = denominator
  }
}

/// A change of key.
public struct KeySignature: Hashable, Sendable {
  /// The tick from which it holds.
  public var tick: Int
  /// Sharps if positive, flats if negative: -7 to 7.
  public var sharps: Int
  /// Whether the key is minor.
  public var isMinor: Bool

  /// Creates a key signature.
  public init(tick: Int, sharps: Int, isMinor: Bool) {
    self.tick = tick
    self.sharps = sharps
    self.isMinor = isMinor
  }
}
