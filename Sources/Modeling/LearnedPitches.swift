/// The pitches of the music that a model learned from, drums aside.
///
/// In files it is the lowest and the highest, and an empty list where there are none.
public enum LearnedPitches: Hashable, Sendable {
  /// None: the music is drums alone.
  case drumsOnly
  /// From the lowest to the highest.
  case within(ClosedRange<UInt8>)

  /// The lowest to the highest; nil where the music is drums alone.
  public var range: ClosedRange<UInt8>? {
    if case .within(let pitches) = self { pitches } else { nil }
  }

  /// Whether a pitch is one of them, or between two.
  public func contains(_ pitch: UInt8) -> Bool { range?.contains(pitch) ?? false }

  /// Those of this music and of another.
  public func joined(with other: LearnedPitches) -> LearnedPitches {
    switch (self, other) {
    case (.within(let own), .within(let others)):
      .within(min(own.lowerBound, others.lowerBound)...max(own.upperBound, others.upperBound))
    case (.drumsOnly, _): other
    case (.within, .drumsOnly): self
    }
  }
}

extension LearnedPitches: Codable {
  /// Reads pitches, whoever wrote them.
  ///
  /// - Throws: `DecodingError` for what is neither a range of pitches nor empty.
  public init(from decoder: any Decoder) throws {
    var bounds = try decoder.unkeyedContainer()
    if bounds.isAtEnd {
      self = .drumsOnly
      return
    }
    let lowest = try bounds.decode(UInt8.self)
    let highest = try bounds.decode(UInt8.self)
    guard bounds.isAtEnd, lowest <= highest, highest < 128 else {
      throw DecodingError.dataCorruptedError(
        in: bounds, debugDescription: "\(lowest) to \(highest) are no pitches")
    }
    self = .within(lowest...highest)
  }

  /// Writes them.
  public func encode(to encoder: any Encoder) throws {
    var bounds = encoder.unkeyedContainer()
    guard let range else { return }
    try bounds.encode(range.lowerBound)
    try bounds.encode(range.upperBound)
  }
}
