/// What is changed of how a piece is drawn while it is being written, so that it can be written again.
public struct SamplingChange: Hashable, Sendable {
  /// How many events of the piece come before; a primer is not counted.
  public var event: Int
  /// What is changed.
  public var kind: Kind

  /// What can be changed on the way.
  public enum Kind: Hashable, Sendable {
    /// The temperature, as ``SamplingSettings/temperature``.
    case temperature(Float)
    /// How many notes a second are aimed at, as ``Steering/density``; nil for as many as the model likes.
    case density(Double?)
  }

  /// Creates a change.
  public init(event: Int, _ kind: Kind) {
    self.event = event
    self.kind = kind
  }

  /// Checks that the value is in its range.
  ///
  /// - Throws: ``GenerationError`` where it is not.
  func validate() throws(GenerationError) {
    try GenerationError.check("changes", "event \(event)", event >= 0, "0 or more")
    switch kind {
    case .temperature(let temperature):
      var sampling = SamplingSettings()
      sampling.temperature = temperature
      try sampling.validate()
    case .density(let density):
      var steering = Steering()
      steering.density = density
      try steering.validate()
    }
  }
}

extension SamplingChange.Kind {
  /// How many kinds there are.
  static let count = 2

  /// Whether the other changes the same thing, to whichever value.
  func changesTheSame(as other: SamplingChange.Kind) -> Bool {
    switch (self, other) {
    case (.temperature, .temperature), (.density, .density): true
    case (.temperature, _), (.density, _): false
    }
  }
}
