public import Recurrent

/// A task that cannot be done without remembering over a lag.
///
/// - Reference: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), sections 5.4 and 5.5;
///   Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks" (2016).
public enum MemoryTask: String, Codable, CaseIterable, Sendable {
  /// Three symbols of eight, a lag of blanks, a sign; then the three are to be said again.
  case copy
  /// Digits, two of them marked, one near the start; at the end their sum is to be said.
  case adding

  /// V of a network that does the task.
  public var vocabularySize: Int {
    switch self {
    // Eight symbols, the blank and the sign.
    case .copy: 10
    // Ten digits plain, ten marked; sums go up to 18.
    case .adding: 20
    }
  }

  /// The loss of guessing as well as can be without memory, in nats.
  public var chance: Double {
    switch self {
    case .copy: 2.079
    case .adding: 2.752
    }
  }

  /// The steps of one example.
  public func length(lag: Int) -> Int {
    switch self {
    case .copy: lag + 6
    case .adding: max(3, lag)
    }
  }

  /// Draws examples, one in each stream.
  public func examples(
    lag: Int, streams: Int, from random: inout some RandomNumberGenerator
  ) -> Window {
    let length = length(lag: lag)
    var inputs = [Int32](repeating: 0, count: length * streams)
    var targets = [Int32](repeating: -1, count: length * streams)
    for stream in 0..<streams {
      switch self {
      case .copy:
        let (blank, sign): (Int32, Int32) = (8, 9)
        let symbols = (0..<3).map { _ in Int32.random(in: 0..<8, using: &random) }
        for step in 0..<length {
          inputs[step * streams + stream] =
            step < 3 ? symbols[step] : step == length - 3 ? sign : blank
          if step >= length - 3 { targets[step * streams + stream] = symbols[step + 3 - length] }
        }
      case .adding:
        let first = Int.random(in: 0..<max(1, length / 10), using: &random)
        let second = Int.random(in: first + 1..<max(first + 2, length / 2), using: &random)
        var sum: Int32 = 0
        for step in 0..<length {
          let digit = Int32.random(in: 0..<10, using: &random)
          let isMarked = step == first || step == second
          if isMarked { sum += digit }
          inputs[step * streams + stream] = digit + (isMarked ? 10 : 0)
        }
        targets[(length - 1) * streams + stream] = sum
      }
    }
    return Window(
      length: length, streams: streams, inputs: inputs, targets: targets,
      resets: (0..<length * streams).map { $0 < streams })
  }
}
