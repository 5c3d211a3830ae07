/// How long a piece shall be.
public enum PieceLength: Hashable, Sendable {
  case seconds(Double)
  case bars(Int)
  case notes(Int)
  case tokens(Int)

  /// The number, of whatever it counts.
  var amount: Double {
    switch self {
    case .seconds(let seconds): seconds
    case .bars(let count), .notes(let count), .tokens(let count): Double(count)
    }
  }

  /// How much before the asked length the model may end the piece.
  var lead: Double {
    if case .seconds(let seconds) = self { min(2.5, seconds / 20) } else { 0 }
  }

  /// How much longer the piece may get until the model ends it; then the first rest does.
  var patience: Double {
    if case .seconds(let seconds) = self { min(2.5, seconds / 20) } else { 0 }
  }

  /// How much longer the piece may get to end where nothing sounds.
  var overrun: Double {
    switch self {
    case .seconds(let seconds): min(5, seconds / 10)
    case .bars: 1
    case .notes(let count): Double(min(32, count / 10))
    case .tokens(let count): Double(min(128, count / 10))
    }
  }

  /// A model that never lets time pass must not run for ever: no music has 2,000 tokens a second.
  var tokenLimit: Int {
    switch self {
    case .seconds(let seconds): 10_000 + Int(seconds * 2_000)
    case .bars(let count): 10_000 + count * 4_000
    case .notes(let count): 10_000 + count * 200
    case .tokens(let count): count
    }
  }

  /// Checks that the length is one.
  ///
  /// - Throws: ``GenerationError`` where it is none or longer than a day of music.
  func validate() throws(GenerationError) {
    func check(_ found: String, _ holds: Bool, _ most: String) throws(GenerationError) {
      try GenerationError.check("length", found, holds, "more than 0 and at most \(most)")
    }
    switch self {
    case .seconds(let seconds):
      try check(
        "\(seconds) s", seconds > 0 && seconds <= GenerationSettings.longestSeconds, "a day")
    case .bars(let count): try check("\(count) bars", 1...50_000 ~= count, "50000")
    case .notes(let count): try check("\(count) notes", 1...1_000_000 ~= count, "1000000")
    case .tokens(let count): try check("\(count) tokens", 1...10_000_000 ~= count, "10000000")
    }
  }
}
