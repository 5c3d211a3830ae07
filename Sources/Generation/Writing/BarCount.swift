import Tokenization

/// How many bars were written since the primer.
struct BarCount {
  private let start: Double
  private var seconds = -1.0
  private var last = 0.0

  /// Counts from where so many bars have passed.
  init(from start: Double) { self.start = start }

  /// Bars so far; they count in steps of a twentieth of a second, not from token to token.
  mutating func count(_ decoder: any TokenDecoder) -> Double {
    let now = decoder.settledSeconds
    if now >= seconds + 0.05 {
      seconds = now
      last = decoder.barsWritten - start
    }
    return last
  }
}
