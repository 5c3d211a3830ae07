import Music
import StandardMIDIFile

/// What tells a tick's bar and second.
struct BarClock: Sendable {
  private let tempoMap: TempoMap
  private let ticksPerQuarter: Int?
  private let timeSignatures: [TimeSignature]

  init(_ score: Score) {
    tempoMap = score.tempoMap
    timeSignatures = score.timeSignatures
    ticksPerQuarter =
      if case .ticksPerQuarter(let ticks) = score.division { ticks } else { nil }
  }

  func seconds(atTick tick: Int) -> Double { tempoMap.seconds(atTick: tick) }

  /// The bar in which a tick lies, from 1; nil in time code.
  ///
  /// A change of metre starts a bar.
  func bar(atTick tick: Int) -> Int? {
    guard let ticksPerQuarter else { return nil }
    var bars = 0
    var start = 0
    var length = 4 * ticksPerQuarter
    for signature in timeSignatures where signature.tick <= tick {
      bars += (signature.tick - start + length - 1) / length
      start = signature.tick
      length = max(1, 4 * ticksPerQuarter * signature.numerator / max(1, signature.denominator))
    }
    return bars + (tick - start) / length + 1
  }
}
