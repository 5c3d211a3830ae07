import Music
import StandardMIDIFile
import Tokenization

/// How many bars were written since the primer.
struct BarCount {
  private let start: Double
  private var seconds = -1.0
  private var last = 0.0

  init(from primer: Score) { start = BarCount.bars(primer) }

  /// Bars so far; it looks anew only when a twentieth of a second has passed.
  mutating func count(_ decoder: any TokenDecoder) -> Double {
    let now = decoder.settledSeconds
    if now >= seconds + 0.05 {
      seconds = now
      last = BarCount.bars(decoder.score) - start
    }
    return last
  }

  /// The bars of a score by its metres, 4/4 before the first.
  private static func bars(_ score: Score) -> Double {
    guard case .ticksPerQuarter(let quarter) = score.division else { return 0 }
    var result = 0.0
    var tick = 0
    var bar = Double(4 * quarter)
    for signature in score.timeSignatures {
      result += Double(signature.tick - tick) / bar
      tick = signature.tick
      bar = Double(4 * quarter * signature.numerator) / Double(signature.denominator)
    }
    return result + Double(max(0, score.endTick - tick)) / bar
  }
}
