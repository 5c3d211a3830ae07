/// What of the model's playing can be turned while it plays.
public enum Knob: String, Hashable, Sendable, CaseIterable {
  /// How bold it is.
  case temperature
  /// How many notes a second are aimed at.
  case density
  /// How much it repeats itself.
  case repeats

  /// What it can be turned to.
  public var range: ClosedRange<Double> {
    switch self {
    case .temperature, .repeats: 0...2
    case .density: 0.2...60
    }
  }

  /// The value of a controller's position, 0 to 127: for a density 0.5 to 16, for others their range.
  public func value(ofController position: UInt8) -> Double {
    let share = Double(min(position, 127)) / 127
    return switch self {
    case .temperature, .repeats: 2 * share
    // As pitch and loudness are heard: by ratios, 32 from end to end.
    case .density: 0.5 * exponential(share)
    }
  }

  /// 1 to 32 over 0 to 1, by five doublings.
  private func exponential(_ share: Double) -> Double {
    let octaves = 5 * share
    let whole = octaves.rounded(.down)
    var value = 1.0
    for _ in 0..<Int(whole) { value *= 2 }
    // Between two doublings along a straight line, which is at most a sixteenth off.
    return value * (1 + octaves - whole)
  }
}

/// Which controller turns which knob, and which knob waits to learn its own.
struct KnobControllers: Hashable, Sendable {
  private(set) var knobs: [UInt8: Knob] = [:]
  var learning: Knob?

  /// The knob that a controller turns, which it learns now if one waits; nil for none.
  mutating func knob(of controller: UInt8) -> Knob? {
    if let knob = learning {
      for (other, turned) in knobs where turned == knob { knobs[other] = nil }
      knobs[controller] = knob
      learning = nil
    }
    return knobs[controller]
  }
}
